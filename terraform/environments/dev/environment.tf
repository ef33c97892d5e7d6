# What makes this environment dev: the only file, with backend.tf, in which environments differ.
locals {
  environment = "dev"

  sizes = {
    node_machine_type    = "c2-standard-4"
    node_pool_min_nodes  = 1
    node_pool_max_nodes  = 3
    redis_tier           = "BASIC"
    redis_memory_size_gb = 1
    deletion_protection  = false
  }
}
