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
  range  = "10.8.0.0/20"
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
  for_each     = { media = "c2-standard-16", system = "e2-standard-2", turn = "e2-standard-4" }
  source       = "./modules/pool"
  name         = each.key
  cluster      = google_container_cluster.cluster.name
  machine_type = each.value
}

resource "google_redis_instance" "redis" {
  name               = "livekit-redis-dev"
  tier               = "STANDARD_HA"
  memory_size_gb     = 5
  authorized_network = module.network.network
}

resource "google_compute_global_address" "signal" {
  name = "livekit-dev-signal"
}

resource "google_dns_record_set" "signal" {
  managed_zone = "example"
  name         = "livekit.example.com."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.signal.address]
}

output "redis_host" {
  value = google_redis_instance.redis.host
}
