variable "cluster" {}
variable "machine_type" {}
variable "name" {}

resource "google_container_node_pool" "pool" {
  name       = var.name
  location   = "asia-northeast1"
  cluster    = var.cluster
  node_count = 1

  node_config {
    machine_type = var.machine_type
  }
}
