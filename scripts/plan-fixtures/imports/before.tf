provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

resource "google_compute_address" "turn" {
  name = "livekit-dev-turn"
}

resource "google_compute_firewall" "signal" {
  name          = "livekit-dev-signal"
  network       = "livekit-dev"
  source_ranges = ["130.211.0.0/22"]

  allow {
    protocol = "tcp"
    ports    = ["7880"]
  }
}
