output "signal_address_name" {
  description = "Name of the global address, for the Ingress."
  value       = google_compute_global_address.signal.name
}

output "signal_address" {
  description = "Address that the domain points to."
  value       = google_compute_global_address.signal.address
}

output "turn_address_name" {
  description = "Name of the regional address, for the TURN Service."
  value       = google_compute_address.turn.name
}

output "turn_address" {
  description = "Address that the TURN domain points to."
  value       = google_compute_address.turn.address
}

output "records" {
  description = "Every record that must be in DNS; already there when the zone is managed here."
  value = [
    for key in sort(keys(local.records)) : {
      name   = local.records[key].name
      type   = local.records[key].type
      values = local.records[key].values
    }
  ]
}

output "acme_zone_name" {
  description = "Cloud DNS zone in which challenges for the TURN domain are answered; null when it is none of these."
  value       = local.challenge_zone
}

output "acme_zone_name_servers" {
  description = "Name servers of the ACME zone, for the NS records of whoever holds the domain above it; empty without one."
  value       = var.acme_zone == null ? [] : google_dns_managed_zone.acme[0].name_servers
}

output "zone_name" {
  description = "Name of the zone that holds the domains, once it is there; null without one."
  value       = var.zone == null ? null : var.zone.create == true ? google_dns_managed_zone.this[0].name : var.zone.name
}
