provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

removed {
  from = google_compute_address.turn

  lifecycle {
    destroy = false
  }
}

removed {
  from = google_compute_firewall.signal

  lifecycle {
    destroy = false
  }
}
