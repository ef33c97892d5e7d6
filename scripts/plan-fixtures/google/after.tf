provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

resource "google_redis_instance" "redis" {
  name           = "livekit-redis-dev"
  tier           = "STANDARD_HA"
  memory_size_gb = 5
  labels         = { component = "livekit", team = "media" }
}

resource "google_compute_network" "network" {
  name                    = "livekit-dev"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "nodes" {
  name          = "livekit-dev"
  network       = google_compute_network.network.id
  ip_cidr_range = "10.8.0.0/20"
}

resource "google_compute_firewall" "metrics" {
  name          = "livekit-dev-metrics"
  network       = google_compute_network.network.id
  source_ranges = ["10.4.0.0/16", "10.8.0.0/20"]
  target_tags   = ["livekit-dev"]

  allow {
    protocol = "tcp"
    ports    = ["6789"]
  }
}

resource "google_compute_global_address" "signal" {
  name = "livekit-dev-signal"
}
