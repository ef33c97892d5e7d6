provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

locals {
  region = "asia-northeast1"
}

module "network" {
  source = "./modules/network"
  name   = "livekit-dev"
  range  = "10.0.0.0/20"
}

resource "google_container_cluster" "cluster" {
  name                     = "livekit-dev"
  location                 = local.region
  network                  = module.network.network
  subnetwork               = module.network.subnetwork
  initial_node_count       = 1
  remove_default_node_pool = true
  deletion_protection      = false
}

module "pool" {
  for_each     = { media = "c2-standard-8", system = "e2-standard-2" }
  source       = "./modules/pool"
  name         = each.key
  cluster      = google_container_cluster.cluster.name
  machine_type = each.value
}

resource "google_redis_instance" "redis" {
  name               = "livekit-redis-dev"
  tier               = "BASIC"
  memory_size_gb     = 1
  authorized_network = module.network.network
}

resource "google_compute_address" "turn" {
  name = "livekit-dev-turn"
}

resource "google_dns_record_set" "turn" {
  managed_zone = "example"
  name         = "turn.example.com."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_address.turn.address]
}
