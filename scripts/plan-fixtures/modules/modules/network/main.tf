variable "name" {}
variable "range" {}

resource "google_compute_network" "network" {
  name                    = var.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "nodes" {
  name          = var.name
  network       = google_compute_network.network.id
  ip_cidr_range = var.range
}

output "network" {
  value = google_compute_network.network.id
}

output "subnetwork" {
  value = google_compute_subnetwork.nodes.id
}
