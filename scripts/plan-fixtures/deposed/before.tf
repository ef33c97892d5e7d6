provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}

resource "google_compute_address" "turn" {
  name = "livekit-dev-turn"

  lifecycle {
    create_before_destroy = true
  }
}
