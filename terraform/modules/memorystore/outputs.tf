output "host" {
  description = "Private address of the instance."
  value       = google_redis_instance.this.host
}

output "port" {
  description = "Port of the instance."
  value       = google_redis_instance.this.port
}

output "tier" {
  description = "Tier of the instance."
  value       = google_redis_instance.this.tier
}

output "memory_size_gb" {
  description = "Memory of the instance in GB."
  value       = google_redis_instance.this.memory_size_gb
}
