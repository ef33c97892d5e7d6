resource "google_redis_instance" "this" {
  #checkov:skip=CKV_GCP_95:the unchanged chart could only take the password in plain text, and it would stand in the state; the address is private
  #checkov:skip=CKV_GCP_97:the unchanged chart cannot mount the certificate authority; the address is private
  name               = "livekit-redis-${var.environment}"
  display_name       = "LiveKit, ${var.environment}"
  region             = var.region
  tier               = var.tier
  memory_size_gb     = var.memory_size_gb
  redis_version      = var.redis_version
  authorized_network = var.network_id
  connect_mode       = "PRIVATE_SERVICE_ACCESS"
  reserved_ip_range  = var.reserved_range_name

  deletion_protection = var.deletion_protection

  auth_enabled            = var.auth_enabled
  transit_encryption_mode = var.transit_encryption_enabled ? "SERVER_AUTHENTICATION" : "DISABLED"

  maintenance_policy {
    weekly_maintenance_window {
      day = var.maintenance_window.day

      start_time {
        hours   = var.maintenance_window.hour
        minutes = 0
        seconds = 0
        nanos   = 0
      }
    }
  }
}
