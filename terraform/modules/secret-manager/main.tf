resource "google_secret_manager_secret" "keys" {
  secret_id           = "livekit-${var.environment}-keys"
  deletion_protection = var.deletion_protection

  replication {
    auto {}
  }
}

# One version holds the whole file that LiveKit reads, so that key and secret can only change together.
resource "google_secret_manager_secret_version" "keys" {
  secret                 = google_secret_manager_secret.keys.id
  secret_data_wo         = yamlencode({ (var.livekit_api_key) = var.livekit_api_secret })
  secret_data_wo_version = tostring(var.keys_version)

  # A new version is written before the old one goes, and the old one stays in Secret Manager: pods that have not rolled
  # yet, and a rollback, still need it.
  deletion_policy = "ABANDON"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "accessors" {
  for_each = var.accessors

  project   = google_secret_manager_secret.keys.project
  secret_id = google_secret_manager_secret.keys.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}
