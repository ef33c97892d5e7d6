# Published to the state bucket after every apply; deployment and verification read them there.

output "project_id" {
  description = "Google Cloud project."
  value       = module.livekit.facts.project_id
}

output "region" {
  description = "Region."
  value       = module.livekit.facts.region
}

output "cluster_name" {
  description = "Name of the GKE cluster."
  value       = module.livekit.facts.cluster_name
}

output "cluster_location" {
  description = "Region of the GKE cluster."
  value       = module.livekit.facts.cluster_location
}

output "cluster_dns_endpoint" {
  description = "DNS name of the cluster's control plane."
  value       = module.livekit.facts.cluster_dns_endpoint
}

output "redis_host" {
  description = "Private address of Redis."
  value       = module.livekit.facts.redis_host
}

output "redis_port" {
  description = "Port of Redis."
  value       = module.livekit.facts.redis_port
}

output "redis_tier" {
  description = "Tier of Redis."
  value       = module.livekit.facts.redis_tier
}

output "redis_memory_size_gb" {
  description = "Memory of Redis in GB."
  value       = module.livekit.facts.redis_memory_size_gb
}

output "domain" {
  description = "Domain of the signal endpoint."
  value       = module.livekit.facts.domain
}

output "turn_domain" {
  description = "Domain of the TURN server."
  value       = module.livekit.facts.turn_domain
}

output "livekit_secret_id" {
  description = "Secret that holds the API key and secret, as projects/<project>/secrets/<name>."
  value       = module.livekit.facts.livekit_secret_id
}

output "livekit_secret_version" {
  description = "Number of that secret's current version."
  value       = module.livekit.facts.livekit_secret_version
}

output "node_pool_name" {
  description = "Name of the LiveKit node pool, of the current generation."
  value       = module.livekit.facts.node_pool_name
}

output "node_pool_min_nodes" {
  description = "Fewest LiveKit nodes, in all zones together."
  value       = module.livekit.facts.node_pool_min_nodes
}

output "node_pool_max_nodes" {
  description = "Most LiveKit nodes, in all zones together."
  value       = module.livekit.facts.node_pool_max_nodes
}

output "node_machine_type" {
  description = "Machine type of the LiveKit nodes of the current generation."
  value       = module.livekit.facts.node_machine_type
}

output "network_name" {
  description = "Name of the network."
  value       = module.livekit.facts.network_name
}

output "get_credentials_command" {
  description = "Sets kubectl up for the cluster."
  value       = module.livekit.facts.get_credentials_command
}

output "signal_address_name" {
  description = "Name of the global address, for the Ingress."
  value       = module.livekit.facts.signal_address_name
}

output "signal_address" {
  description = "Address that the domain must point to."
  value       = module.livekit.facts.signal_address
}

output "turn_address_name" {
  description = "Name of the regional address, for the TURN Service."
  value       = module.livekit.facts.turn_address_name
}

output "turn_address" {
  description = "Address that the TURN domain must point to."
  value       = module.livekit.facts.turn_address
}

output "dns_records" {
  description = "Every record that must be in DNS; already there when dns_zone is set."
  value       = module.livekit.facts.dns_records
}

output "acme_zone_name" {
  description = "Cloud DNS zone in which ACME challenges for the TURN domain are answered; absent without one."
  value       = module.livekit.facts.acme_zone_name
}

output "acme_zone_name_servers" {
  description = "Name servers of the ACME zone, for the NS records above it; empty without one."
  value       = module.livekit.facts.acme_zone_name_servers
}

output "acme_account_secret_id" {
  description = "Secret for the key of the ACME account, as projects/<project>/secrets/<name>."
  value       = module.livekit.facts.acme_account_secret_id
}

output "turn_certificate_secret_id" {
  description = "Secret for the TURN certificate and its key, as projects/<project>/secrets/<name>."
  value       = module.livekit.facts.turn_certificate_secret_id
}

output "node_pool_names" {
  description = "Names of all node pools that LiveKit may run on, of all generations."
  value       = module.livekit.facts.node_pool_names
}

output "current_node_pool_names" {
  description = "Those of the current generation, which LiveKit is to run on."
  value       = module.livekit.facts.current_node_pool_names
}

output "turn_server" {
  description = "What the add-on turn-server must know; absent without it."
  value       = module.livekit.facts.turn_server
}

output "ingress_address_name" {
  description = "Name of the regional address for the add-on ingress-tls; absent without it."
  value       = module.livekit.facts.ingress_address_name
}

output "ingress_address" {
  description = "Address that the domains of the add-on ingress-tls must point to; absent without it."
  value       = module.livekit.facts.ingress_address
}
