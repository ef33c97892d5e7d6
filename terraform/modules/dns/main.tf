locals {
  name = "livekit-${var.environment}"

  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"

  # What must be in DNS, wherever it is kept.
  addresses = {
    signal = { name = "${var.domain}.", type = "A", values = [google_compute_global_address.signal.address] }
    turn   = { name = "${var.turn_domain}.", type = "A", values = [google_compute_address.turn.address] }
  }

  issuers = {
    signal-caa = { name = "${var.domain}.", issuers = var.caa_issuers.domain }
    turn-caa   = { name = "${var.turn_domain}.", issuers = var.caa_issuers.turn_domain }
  }

  authorities = {
    for key, entry in local.issuers : key => {
      name   = entry.name
      type   = "CAA"
      values = [for issuer in entry.issuers : "0 issue \"${issuer}\""]
    } if length(entry.issuers) > 0
  }

  challenge_name = "_acme-challenge.${var.turn_domain}."

  delegation = var.acme_zone == null ? {} : {
    turn-challenge = { name = local.challenge_name, type = "CNAME", values = ["${var.turn_domain}.${var.acme_zone.dns_name}."] }
  }

  # A zone needs to be named in the one above it, or no resolver finds it. Only what lies in `zone` can be written there.
  is_subzone = var.acme_zone != null && (var.zone == null ? true : endswith(try(var.acme_zone.dns_name, ""), ".${try(var.zone.dns_name, "")}"))

  subzone = !local.is_subzone ? {} : {
    acme-zone = { name = "${var.acme_zone.dns_name}.", type = "NS", values = google_dns_managed_zone.acme[0].name_servers }
  }

  records = merge(local.addresses, local.authorities, local.delegation, local.subzone)

  challenge_zone = var.acme_zone != null ? google_dns_managed_zone.acme[0].name : try(var.zone.name, null)
}

resource "google_compute_global_address" "signal" {
  name            = "${local.name}-signal"
  description     = "HTTPS load balancer of ${var.domain}"
  deletion_policy = local.deletion_policy
}

# A Service's load balancer takes a regional address.
resource "google_compute_address" "turn" {
  name            = "${local.name}-turn"
  description     = "TURN load balancer of ${var.turn_domain}"
  region          = var.region
  address_type    = "EXTERNAL"
  network_tier    = "PREMIUM"
  deletion_policy = local.deletion_policy
}

resource "google_dns_managed_zone" "this" {
  #checkov:skip=CKV_GCP_16:signing has no effect before the owner of the parent zone publishes the key, which Terraform cannot
  count = try(var.zone.create, false) ? 1 : 0

  name        = var.zone.name
  project     = var.zone.project
  dns_name    = "${var.zone.dns_name}."
  description = "LiveKit, ${var.environment}"
}

resource "google_dns_managed_zone" "acme" {
  #checkov:skip=CKV_GCP_16:signing has no effect before the owner of the parent zone publishes the key, which Terraform cannot
  count = var.acme_zone == null ? 0 : 1

  name        = "${local.name}-acme"
  dns_name    = "${var.acme_zone.dns_name}."
  description = "ACME challenges of ${var.turn_domain}"

  # What an interrupted renewal left must not block a destroy.
  force_destroy = true
}

resource "google_dns_record_set" "this" {
  for_each = var.zone == null ? {} : local.records

  project      = var.zone.project
  managed_zone = var.zone.name
  name         = each.value.name
  type         = each.value.type
  ttl          = var.ttl_seconds
  rrdatas      = each.value.values

  depends_on = [google_dns_managed_zone.this]
}

resource "google_dns_managed_zone_iam_member" "acme" {
  for_each = var.acme_zone == null && var.zone == null ? {} : var.acme_members

  project      = var.acme_zone == null ? var.zone.project : null
  managed_zone = local.challenge_zone
  role         = "roles/dns.admin"
  member       = each.value

  depends_on = [google_dns_managed_zone.this]
}
