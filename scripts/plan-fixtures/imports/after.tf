provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

import {
  to = google_compute_address.turn
  id = "projects/nova-livekit-dev/regions/asia-northeast1/addresses/livekit-dev-turn"
}

resource "google_compute_address" "turn" {
  name = "livekit-dev-turn"
}

import {
  to = google_compute_firewall.signal
  id = "projects/nova-livekit-dev/global/firewalls/livekit-dev-signal"
}

resource "google_compute_firewall" "signal" {
  name          = "livekit-dev-signal"
  network       = "livekit-dev"
  source_ranges = ["130.211.0.0/22"]

  allow {
    protocol = "tcp"
    ports    = ["443", "7880"]
  }
}
