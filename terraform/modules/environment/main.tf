module "network" {
  source = "../network"

  environment = var.environment
  region      = var.region
  ranges      = var.ranges
  open_ports  = var.open_ports
}

module "gke" {
  source = "../gke"

  environment         = var.environment
  project_id          = var.project_id
  region              = var.region
  node_locations      = var.node_locations
  network_id          = module.network.network_id
  subnetwork_id       = module.network.subnetwork_id
  pods_range_name     = module.network.pods_range_name
  services_range_name = module.network.services_range_name
  node_tag            = module.network.node_tag
  release_channel     = var.release_channel
  deletion_protection = var.deletion_protection

  livekit_pool = {
    machine_type = var.node_machine_type
    min_nodes    = var.node_pool_min_nodes
    max_nodes    = var.node_pool_max_nodes
  }
}

module "memorystore" {
  source = "../memorystore"

  environment         = var.environment
  region              = var.region
  network_id          = module.network.private_services_network_id
  reserved_range_name = module.network.private_services_range_name
  tier                = var.redis_tier
  memory_size_gb      = var.redis_memory_size_gb
}

module "secret_manager" {
  source = "../secret-manager"

  environment         = var.environment
  livekit_api_key     = var.livekit_api_key
  livekit_api_secret  = var.livekit_api_secret
  keys_version        = var.livekit_keys_version
  accessors           = var.livekit_keys_accessors
  deletion_protection = var.deletion_protection
}
