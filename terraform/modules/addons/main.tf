locals {
  has_turn    = var.turn_server != null
  has_ingress = var.ingress != null

  turn_name = "livekit-${var.environment}-turn-server"

  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"

  anywhere    = ["0.0.0.0/0"]
  relay_ports = local.has_turn ? "${var.turn_server.relay_ports.min}-${var.turn_server.relay_ports.max}" : ""

  # A relayed packet comes to the node's own address, past every load balancer.
  rules = !local.has_turn ? {} : {
    udp     = { protocol = "udp", ports = ["3478-3479"], sources = local.anywhere, description = "STUN and TURN over UDP, and the alternative port" }
    tcp     = { protocol = "tcp", ports = concat(["3478"], var.turn_server.tls ? ["5349"] : []), sources = local.anywhere, description = "TURN over TCP and TLS" }
    relay   = { protocol = "udp", ports = [local.relay_ports], sources = local.anywhere, description = "What peers send to a relay" }
    metrics = { protocol = "tcp", ports = ["9641"], sources = var.inside_ranges, description = "Prometheus metrics of coturn, from inside only" }
  }

  addresses = merge(
    local.has_turn ? { turn-server = { name = local.turn_name, description = "TURN server of ${var.turn_server.domain}" } } : {},
    local.has_ingress ? { ingress = { name = "livekit-${var.environment}-ingress", description = "Entrance of ${join(", ", var.ingress.domains)}" } } : {},
  )

  # What must be in DNS, wherever it is kept.
  records = merge(
    local.has_turn ? { turn-server = { name = "${var.turn_server.domain}.", address = "turn-server" } } : {},
    { for domain in try(var.ingress.domains, []) : "ingress/${domain}" => { name = "${domain}.", address = "ingress" } },
  )
}

# Never LiveKit's nodes: both servers want 3478 and 5349 of the host's own network.
resource "google_container_node_pool" "turn_server" {
  count = local.has_turn ? 1 : 0

  name            = "turn-server-${var.environment}"
  deletion_policy = local.deletion_policy
  cluster         = var.cluster_name
  location        = var.cluster_location
  node_locations  = var.node_locations

  autoscaling {
    total_min_node_count = var.turn_server.min_nodes
    total_max_node_count = var.turn_server.max_nodes
    location_policy      = "ANY"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    strategy        = "SURGE"
    max_surge       = 1
    max_unavailable = 0
  }

  # The relays are at the nodes' own addresses.
  network_config {
    enable_private_nodes = false
  }

  node_config {
    machine_type    = var.turn_server.machine_type
    image_type      = "COS_CONTAINERD"
    disk_type       = "pd-balanced"
    disk_size_gb    = var.turn_server.disk_size_gb
    service_account = var.node_service_account_email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    labels          = { "livekit-gke/pool" = "turn-server" }
    tags            = [local.turn_name]
    metadata        = { disable-legacy-endpoints = "true" }

    taint {
      key    = "dedicated"
      value  = "turn-server"
      effect = "NO_SCHEDULE"
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }
}

resource "google_compute_firewall" "turn_server" {
  for_each = local.rules

  name          = "${local.turn_name}-${each.key}"
  description   = each.value.description
  network       = var.network_id
  direction     = "INGRESS"
  source_ranges = each.value.sources
  target_tags   = [local.turn_name]

  allow {
    protocol = each.value.protocol
    ports    = each.value.ports
  }
}

# A Service's load balancer takes a regional address.
resource "google_compute_address" "this" {
  for_each = local.addresses

  name            = each.value.name
  description     = each.value.description
  region          = var.region
  address_type    = "EXTERNAL"
  network_tier    = "PREMIUM"
  deletion_policy = local.deletion_policy
}

resource "google_dns_record_set" "this" {
  for_each = var.zone == null ? {} : local.records

  project      = var.zone.project
  managed_zone = var.zone.name
  name         = each.value.name
  type         = "A"
  ttl          = var.ttl_seconds
  rrdatas      = [google_compute_address.this[each.value.address].address]
}

# Made here and filled by its owner: Terraform never sees what is in it.
resource "google_secret_manager_secret" "turn_server" {
  count = local.has_turn ? 1 : 0

  secret_id           = local.turn_name
  deletion_protection = var.deletion_protection

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "turn_server" {
  for_each = local.has_turn ? var.secret_readers : {}

  project   = google_secret_manager_secret.turn_server[0].project
  secret_id = google_secret_manager_secret.turn_server[0].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}
