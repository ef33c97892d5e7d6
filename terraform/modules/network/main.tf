locals {
  name = "livekit-${var.environment}"

  # The nodes that LiveKit runs on carry this tag; a rule reaches no other machine of the network.
  node_tag = local.name

  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"

  anywhere = ["0.0.0.0/0"]

  # Google's load balancers and health checkers.
  load_balancers = ["35.191.0.0/16", "130.211.0.0/22"]

  inside = [var.ranges.nodes, var.ranges.pods]

  rules = {
    signal       = { protocol = "tcp", ports = ["7880"], sources = local.load_balancers, description = "WebSocket signal and API, through the load balancer only" }
    rtc_tcp      = { protocol = "tcp", ports = ["7881"], sources = local.anywhere, description = "WebRTC over TCP" }
    rtc_udp      = { protocol = "udp", ports = ["50000-60000"], sources = local.anywhere, description = "WebRTC media" }
    turn_tls     = { protocol = "tcp", ports = ["5349"], sources = local.anywhere, description = "TURN over TLS" }
    turn_udp     = { protocol = "udp", ports = ["3478"], sources = local.anywhere, description = "TURN over UDP, and STUN" }
    certificates = { protocol = "tcp", ports = ["80"], sources = local.anywhere, description = "HTTP challenge of a certificate authority" }
    metrics      = { protocol = "tcp", ports = ["6789"], sources = local.inside, description = "Prometheus metrics, from inside only" }
  }
}

resource "google_compute_network" "this" {
  name                    = local.name
  description             = "LiveKit, ${var.environment}"
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
  deletion_policy         = local.deletion_policy
}

resource "google_compute_subnetwork" "this" {
  name          = local.name
  region        = var.region
  network       = google_compute_network.this.id
  ip_cidr_range = var.ranges.nodes

  deletion_policy = local.deletion_policy

  # Nodes reach Google's APIs without leaving its network, whatever their public address.
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = var.ranges.pods
  }

  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = var.ranges.services
  }

  dynamic "log_config" {
    for_each = var.flow_logs ? [true] : []

    content {
      aggregation_interval = "INTERVAL_10_MIN"
      flow_sampling        = 0.1
      metadata             = "INCLUDE_ALL_METADATA"
    }
  }
}

resource "google_compute_firewall" "this" {
  for_each = { for name, rule in local.rules : name => rule if var.open_ports[name] }

  name          = "${local.name}-${replace(each.key, "_", "-")}"
  description   = each.value.description
  network       = google_compute_network.this.id
  direction     = "INGRESS"
  source_ranges = each.value.sources
  target_tags   = [local.node_tag]

  allow {
    protocol = each.value.protocol
    ports    = each.value.ports
  }
}

# Memorystore lives in a network of Google's, peered to this one; its addresses come out of this range.
resource "google_compute_global_address" "private_services" {
  name          = "${local.name}-private-services"
  description   = "Addresses of Google's managed services for ${local.name}"
  network       = google_compute_network.this.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  address       = split("/", var.ranges.private_services)[0]
  prefix_length = tonumber(split("/", var.ranges.private_services)[1])
}

resource "google_service_networking_connection" "private_services" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.private_services.name]

  # Google refuses to end a peering for hours after its last instance is gone, and a destroy would fail; the peering ends
  # with the network.
  deletion_policy = "ABANDON"
}
