output "turn_server" {
  description = "What the add-on turn-server must know: domain, address_name, address, node_pool_name, max_nodes, relay_ports, tls, denied_ranges, secret_id; null without it."
  value = !local.has_turn ? null : {
    domain         = var.turn_server.domain
    address_name   = google_compute_address.this["turn-server"].name
    address        = google_compute_address.this["turn-server"].address
    node_pool_name = google_container_node_pool.turn_server[0].name
    max_nodes      = var.turn_server.max_nodes
    relay_ports    = var.turn_server.relay_ports
    tls            = var.turn_server.tls
    denied_ranges  = var.inside_ranges
    secret_id      = google_secret_manager_secret.turn_server[0].id
  }
}

output "ingress_address_name" {
  description = "Name of the reserved address for the add-on ingress-tls; null without it."
  value       = local.has_ingress ? google_compute_address.this["ingress"].name : null
}

output "ingress_address" {
  description = "That address, to which its domains point; null without it."
  value       = local.has_ingress ? google_compute_address.this["ingress"].address : null
}

output "records" {
  description = "Every record that must be in DNS; already there when the zone is managed here."
  value = [
    for key in sort(keys(local.records)) : {
      name   = local.records[key].name
      type   = "A"
      values = [google_compute_address.this[local.records[key].address].address]
    }
  ]
}
