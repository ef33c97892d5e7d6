output "network_id" {
  description = "The network, as projects/<project>/global/networks/<name>."
  value       = google_compute_network.this.id
}

output "network_name" {
  description = "Name of the network."
  value       = google_compute_network.this.name
}

output "subnetwork_id" {
  description = "The subnet of the nodes, as projects/<project>/regions/<region>/subnetworks/<name>."
  value       = google_compute_subnetwork.this.id
}

output "pods_range_name" {
  description = "Name of the subnet's secondary range for pods."
  value       = google_compute_subnetwork.this.secondary_ip_range[0].range_name
}

output "services_range_name" {
  description = "Name of the subnet's secondary range for services."
  value       = google_compute_subnetwork.this.secondary_ip_range[1].range_name
}

output "node_tag" {
  description = "Network tag that the firewall rules apply to: the LiveKit nodes carry it."
  value       = local.node_tag
}

output "private_services_network_id" {
  description = "The network, once Google's managed services can be reached in it."
  value       = google_service_networking_connection.private_services.network
}

output "private_services_range_name" {
  description = "Name of the range that Google's managed services take addresses from."
  value       = google_compute_global_address.private_services.name
}

output "inside_ranges" {
  description = "All private ranges of the environment: nodes, pods, services and Google's managed services."
  value       = [var.ranges.nodes, var.ranges.pods, var.ranges.services, var.ranges.private_services]
}
