locals {
  # The identities that terraform/bootstrap made, by their names. What they may in this environment is granted here.
  identity_domain  = "${var.project_id}.iam.gserviceaccount.com"
  nodes_id         = "livekit-${var.environment}-nodes"
  deploy_member    = "serviceAccount:livekit-deploy@${local.identity_domain}"
  turn_cert_member = "serviceAccount:livekit-turn-cert@${local.identity_domain}"
  verify_member    = "serviceAccount:livekit-verify@${local.identity_domain}"

  key_readers = merge(
    var.bootstrapped ? { deploy = local.deploy_member, verify = local.verify_member } : {},
    {
      for member in var.livekit_keys_accessors : member => member
      if !(var.bootstrapped && contains([local.deploy_member, local.verify_member], member))
    },
  )
  turn_secret_readers = var.bootstrapped ? { deploy = local.deploy_member, verify = local.verify_member } : {}
  certificate_readers = var.bootstrapped ? { deploy = local.deploy_member } : {}
  certificate_keepers = var.bootstrapped ? { turn-cert = local.turn_cert_member } : {}
}

module "network" {
  source = "../network"

  environment = var.environment
  region      = var.region
  ranges      = var.ranges
  open_ports  = var.open_ports
  flow_logs   = var.flow_logs

  deletion_protection = var.deletion_protection
}

module "dns" {
  source = "../dns"

  environment         = var.environment
  region              = var.region
  domain              = var.domain
  turn_domain         = var.turn_domain
  zone                = var.dns_zone
  acme_zone           = var.acme_zone
  acme_members        = local.certificate_keepers
  caa_issuers         = var.caa_issuers
  deletion_protection = var.deletion_protection
}

module "iam" {
  source = "../iam"

  project_id = var.project_id

  # Logs, metrics and images: what a node itself needs.
  service_accounts = var.bootstrapped ? {} : {
    (local.nodes_id) = {
      display_name = "Nodes of livekit-cluster-${var.environment}"
      roles        = { node = "roles/container.defaultNodeServiceAccount" }
    }
  }
}

module "gke" {
  source = "../gke"

  environment            = var.environment
  project_id             = var.project_id
  region                 = var.region
  node_locations         = var.node_locations
  network_id             = module.network.network_id
  subnetwork_id          = module.network.subnetwork_id
  pods_range_name        = module.network.pods_range_name
  services_range_name    = module.network.services_range_name
  node_tag               = module.network.node_tag
  private_nodes          = var.private_nodes
  release_channel        = var.release_channel
  maintenance_window     = var.maintenance_window
  maintenance_exclusions = var.maintenance_exclusions
  backup_agent           = var.addons.backup != null
  deletion_protection    = var.deletion_protection

  node_service_account_email = var.bootstrapped ? "${local.nodes_id}@${local.identity_domain}" : module.iam.emails[local.nodes_id]

  livekit_pool = {
    machine_type  = var.node_machine_type
    min_nodes     = var.node_pool_min_nodes
    max_nodes     = var.node_pool_max_nodes
    drain_seconds = var.drain_seconds
  }

  livekit_pool_generations = var.livekit_pool_generations
  fallback_pool            = var.fallback_pool
  system_pool              = var.system_pool

  # Made last, hence destroyed first: a destroy that the protected pools refuse has then taken nothing away yet.
  depends_on = [module.network, module.dns, module.iam, module.secret_manager]
}

module "addons" {
  source = "../addons"

  environment      = var.environment
  region           = var.region
  node_locations   = var.node_locations
  network_id       = module.network.network_id
  cluster_name     = module.gke.cluster_name
  cluster_id       = module.gke.cluster_id
  cluster_location = module.gke.cluster_location
  inside_ranges    = module.network.inside_ranges
  zone             = var.dns_zone == null ? null : { name = module.dns.zone_name, project = var.dns_zone.project }
  secret_readers   = local.turn_secret_readers
  turn_server      = var.addons.turn_server
  ingress          = var.addons.ingress
  backup           = var.addons.backup

  deletion_protection = var.deletion_protection

  node_service_account_email = var.bootstrapped ? "${local.nodes_id}@${local.identity_domain}" : module.iam.emails[local.nodes_id]
}

module "memorystore" {
  source = "../memorystore"

  environment                = var.environment
  region                     = var.region
  network_id                 = module.network.private_services_network_id
  reserved_range_name        = module.network.private_services_range_name
  tier                       = var.redis_tier
  memory_size_gb             = var.redis_memory_size_gb
  redis_version              = var.redis_version
  maintenance_window         = var.redis_maintenance_window
  auth_enabled               = var.redis_auth_enabled
  transit_encryption_enabled = var.redis_transit_encryption_enabled
  deletion_protection        = var.deletion_protection
}

module "secret_manager" {
  source = "../secret-manager"

  environment         = var.environment
  livekit_api_key     = var.livekit_api_key
  livekit_api_secret  = var.livekit_api_secret
  keys_version        = var.livekit_keys_version
  key_readers         = local.key_readers
  certificate_readers = local.certificate_readers
  certificate_keepers = local.certificate_keepers
  deletion_protection = var.deletion_protection
}
