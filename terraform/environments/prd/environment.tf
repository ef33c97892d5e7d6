# What makes this environment prd: the only file, with backend.tf, in which environments differ.
locals {
  environment = "prd"

  sizes = {
    node_machine_type    = "c2-standard-8"
    node_pool_min_nodes  = 3
    node_pool_max_nodes  = 10
    redis_tier           = "STANDARD_HA"
    redis_memory_size_gb = 5
    deletion_protection  = true
  }
}
