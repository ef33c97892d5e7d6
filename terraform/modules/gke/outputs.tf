output "cluster_name" {
  description = "Name of the cluster."
  value       = google_container_cluster.this.name
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
  description = "Name of the LiveKit node pool."
  value       = google_container_node_pool.livekit["primary"].name
}

output "node_pool_names" {
  description = "Names of all node pools that LiveKit may run on."
  value       = [for pool in google_container_node_pool.livekit : pool.name]
}
