provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

resource "google_redis_instance" "redis" {
  name           = "livekit-redis-dev"
  tier           = "BASIC"
  memory_size_gb = 1
  redis_configs  = { maxmemory-policy = "noeviction" }
}

resource "google_compute_firewall" "media" {
  name          = "livekit-dev-media"
  network       = "livekit-dev"
  source_ranges = ["0.0.0.0/0"]

  allow {
    protocol = "udp"
    ports    = ["50000-60000"]
  }
}

resource "google_compute_address" "turn" {
  name        = "livekit-dev-turn"
  description = "TURN"
}

resource "google_compute_global_address" "signal" {
  name = "livekit-dev-signal"

  lifecycle {
    ignore_changes = [description]
  }
}
