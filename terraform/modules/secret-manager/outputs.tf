output "secret_id" {
  description = "The secret, as projects/<project>/secrets/<name>."
  value       = google_secret_manager_secret.keys.id
}

output "secret_version" {
  description = "Number of the current version in Secret Manager."
  value       = google_secret_manager_secret_version.keys.version
}

output "acme_account_secret_id" {
  description = "Secret for the key of the ACME account, as projects/<project>/secrets/<name>; without a version at first."
  value       = google_secret_manager_secret.containers["acme-account"].id
}

output "turn_certificate_secret_id" {
  description = "Secret for the TURN certificate and its key, as projects/<project>/secrets/<name>; without a version at first."
  value       = google_secret_manager_secret.containers["turn-certificate"].id
}
