output "cluster_name" {
  description = "Name of the cluster."
  value       = google_container_cluster.this.name
}

output "cluster_id" {
  description = "Id of the cluster: projects/<project>/locations/<region>/clusters/<name>."
  value       = google_container_cluster.this.id
}

output "cluster_location" {
  description = "Region of the cluster."
  value       = google_container_cluster.this.location
}

output "cluster_dns_endpoint" {
  description = "DNS name of the control plane."
  value       = google_container_cluster.this.control_plane_endpoints_config[0].dns_endpoint_config[0].endpoint
}

output "node_pool_name" {
  description = "Name of the LiveKit node pool, of the current generation."
  value       = google_container_node_pool.livekit[local.current_pool].name
}

output "node_pool_names" {
  description = "Names of all node pools that LiveKit may run on, of all generations."
  value       = [for pool in google_container_node_pool.livekit : pool.name]
}

output "current_node_pool_names" {
  description = "Those of the current generation, which LiveKit is to run on."
  value       = [for key, pool in google_container_node_pool.livekit : pool.name if local.livekit_pools[key].is_current]
}

output "node_machine_type" {
  description = "Machine type of the LiveKit nodes of the current generation."
  value       = local.livekit_pools[local.current_pool].machine_type
}
