# What makes this environment stg: the only file, with backend.tf, in which environments differ.
locals {
  environment = "stg"

  sizes = {
    node_machine_type    = "c2-standard-8"
    node_pool_min_nodes  = 2
    node_pool_max_nodes  = 5
    redis_tier           = "BASIC"
    redis_memory_size_gb = 2
    deletion_protection  = false
  }
}
