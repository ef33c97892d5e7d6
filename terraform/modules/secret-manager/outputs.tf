output "secret_id" {
  description = "The secret, as projects/<project>/secrets/<name>."
  value       = google_secret_manager_secret.keys.id
}

output "secret_version" {
  description = "Number of the current version in Secret Manager."
  value       = google_secret_manager_secret_version.keys.version
}
