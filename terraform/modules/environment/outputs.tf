# What deployment and verification need to know of an environment. Nothing here is secret: it is published as one document.

output "facts" {
  description = "The environment's facts, by the names of the outputs that each environment has."
  value = {
    project_id                 = var.project_id
    region                     = var.region
    cluster_name               = module.gke.cluster_name
    cluster_location           = module.gke.cluster_location
    cluster_dns_endpoint       = module.gke.cluster_dns_endpoint
    redis_host                 = module.memorystore.host
    redis_port                 = module.memorystore.port
    redis_tier                 = module.memorystore.tier
    redis_memory_size_gb       = module.memorystore.memory_size_gb
    domain                     = var.domain
    turn_domain                = var.turn_domain
    livekit_secret_id          = module.secret_manager.secret_id
    livekit_secret_version     = module.secret_manager.secret_version
    signal_address_name        = module.dns.signal_address_name
    signal_address             = module.dns.signal_address
    turn_address_name          = module.dns.turn_address_name
    turn_address               = module.dns.turn_address
    dns_records                = concat(module.dns.records, module.addons.records)
    acme_zone_name             = module.dns.acme_zone_name
    acme_zone_name_servers     = module.dns.acme_zone_name_servers
    acme_account_secret_id     = module.secret_manager.acme_account_secret_id
    turn_certificate_secret_id = module.secret_manager.turn_certificate_secret_id
    node_pool_name             = module.gke.node_pool_name
    node_pool_names            = module.gke.node_pool_names
    current_node_pool_names    = module.gke.current_node_pool_names
    node_pool_min_nodes        = var.node_pool_min_nodes
    node_pool_max_nodes        = var.node_pool_max_nodes
    node_machine_type          = module.gke.node_machine_type
    network_name               = module.network.network_name
    turn_server                = module.addons.turn_server
    ingress_address_name       = module.addons.ingress_address_name
    ingress_address            = module.addons.ingress_address
    get_credentials_command = join(" ", [
      "gcloud container clusters get-credentials ${module.gke.cluster_name}",
      "--dns-endpoint --region ${module.gke.cluster_location} --project ${var.project_id}",
    ])
  }
}
