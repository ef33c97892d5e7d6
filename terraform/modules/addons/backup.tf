# LiveKit's own namespace need not be in it: all that it has comes from git, Secret Manager and Terraform, and its Redis is ephemeral.
resource "google_gke_backup_backup_plan" "this" {
  count = var.backup != null ? 1 : 0

  name            = "livekit-${var.environment}"
  description     = "Objects and volumes of ${join(", ", var.backup.namespaces)}"
  cluster         = var.cluster_id
  location        = var.cluster_location
  deletion_policy = local.deletion_policy

  backup_config {
    include_volume_data = true
    include_secrets     = var.backup.secrets

    selected_namespaces {
      namespaces = var.backup.namespaces
    }
  }

  backup_schedule {
    cron_schedule = var.backup.schedule
  }

  retention_policy {
    backup_retain_days = var.backup.retain_days
  }
}
