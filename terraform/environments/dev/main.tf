provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = {
    component   = "livekit"
    environment = local.environment
  }
}

module "livekit" {
  source = "../../modules/environment"

  environment    = local.environment
  project_id     = var.project_id
  region         = var.region
  node_locations = var.node_locations
  domain         = var.domain
  turn_domain    = var.turn_domain

  livekit_api_key        = var.livekit_api_key
  livekit_api_secret     = var.livekit_api_secret
  livekit_keys_version   = var.livekit_keys_version
  livekit_keys_accessors = var.livekit_keys_accessors

  node_machine_type    = coalesce(var.node_machine_type, local.sizes.node_machine_type)
  node_pool_min_nodes  = coalesce(var.node_pool_min_nodes, local.sizes.node_pool_min_nodes)
  node_pool_max_nodes  = coalesce(var.node_pool_max_nodes, local.sizes.node_pool_max_nodes)
  redis_tier           = coalesce(var.redis_tier, local.sizes.redis_tier)
  redis_memory_size_gb = coalesce(var.redis_memory_size_gb, local.sizes.redis_memory_size_gb)
  deletion_protection  = coalesce(var.deletion_protection, local.sizes.deletion_protection)

  bootstrapped = var.bootstrapped

  dns_zone    = var.dns_zone
  acme_zone   = var.acme_zone
  caa_issuers = var.caa_issuers

  ranges     = var.ranges
  open_ports = var.open_ports
  addons     = var.addons
  flow_logs  = var.flow_logs

  private_nodes            = var.private_nodes
  drain_seconds            = var.drain_seconds
  livekit_pool_generations = var.livekit_pool_generations
  fallback_pool            = var.fallback_pool
  system_pool              = var.system_pool
  release_channel          = var.release_channel
  maintenance_window       = var.maintenance_window
  maintenance_exclusions   = var.maintenance_exclusions

  redis_version                    = var.redis_version
  redis_maintenance_window         = var.redis_maintenance_window
  redis_auth_enabled               = var.redis_auth_enabled
  redis_transit_encryption_enabled = var.redis_transit_encryption_enabled
}
