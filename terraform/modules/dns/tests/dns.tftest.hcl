# Needs no credentials: terraform init && terraform test

mock_provider "google" {
  mock_resource "google_compute_global_address" {
    defaults = { address = "203.0.113.20" }
  }
  mock_resource "google_compute_address" {
    defaults = { address = "203.0.113.21" }
  }
  mock_resource "google_dns_managed_zone" {
    defaults = { name_servers = ["ns-cloud-a1.googledomains.com.", "ns-cloud-a2.googledomains.com."] }
  }
}

variables {
  environment  = "dev"
  region       = "asia-northeast1"
  domain       = "livekit.example.com"
  turn_domain  = "turn.example.com"
  acme_members = { turn-cert = "serviceAccount:livekit-turn-cert@a-project.iam.gserviceaccount.com" }
}

run "only_reserves_addresses_without_a_zone" {
  assert {
    condition     = length(google_dns_record_set.this) == 0 && length(google_dns_managed_zone.this) == 0 && length(google_dns_managed_zone_iam_member.acme) == 0
    error_message = "Nothing must be made in DNS."
  }
  assert {
    condition     = google_compute_address.turn.region == "asia-northeast1"
    error_message = "TURN needs a regional address."
  }
  assert {
    condition = toset([for record in output.records : "${record.name} ${record.type} ${join(" ", record.values)}"]) == toset([
      "livekit.example.com. A 203.0.113.20",
      "turn.example.com. A 203.0.113.21",
      "livekit.example.com. CAA 0 issue \"pki.goog\"",
      "turn.example.com. CAA 0 issue \"letsencrypt.org\"",
    ])
    error_message = "The records to make by hand must be told."
  }
}

run "makes_zone_and_records" {
  variables { zone = { name = "example-com", dns_name = "example.com", create = true } }

  assert {
    condition     = one(google_dns_managed_zone.this).dns_name == "example.com."
    error_message = "The zone must be made."
  }
  assert {
    condition = toset([for record in google_dns_record_set.this : "${record.name} ${record.type}"]) == toset([
      "livekit.example.com. A", "turn.example.com. A", "livekit.example.com. CAA", "turn.example.com. CAA",
    ])
    error_message = "All records must be made."
  }
  assert {
    condition     = one(values(google_dns_managed_zone_iam_member.acme)).managed_zone == "example-com"
    error_message = "Challenges must be answered in the zone."
  }
}

run "keeps_a_zone_that_is_there" {
  variables { zone = { name = "example-com", dns_name = "example.com", project = "dns-project" } }

  assert {
    condition     = length(google_dns_managed_zone.this) == 0 && alltrue([for record in google_dns_record_set.this : record.project == "dns-project"])
    error_message = "The records must be made in the zone that is there."
  }
}

run "delegates_challenges_to_a_zone_of_their_own" {
  variables {
    zone      = { name = "example-com", dns_name = "example.com" }
    acme_zone = { dns_name = "acme.example.com" }
  }

  assert {
    condition     = one(google_dns_record_set.this["turn-challenge"].rrdatas) == "turn.example.com.acme.example.com." && google_dns_record_set.this["turn-challenge"].name == "_acme-challenge.turn.example.com."
    error_message = "The challenge's name must lead to the ACME zone."
  }
  assert {
    condition     = google_dns_record_set.this["acme-zone"].type == "NS" && length(google_dns_record_set.this["acme-zone"].rrdatas) == 2
    error_message = "The ACME zone must be named in the zone above it."
  }
  assert {
    condition     = one(values(google_dns_managed_zone_iam_member.acme)).managed_zone == "livekit-dev-acme"
    error_message = "Who answers challenges must not be able to change the main zone."
  }
}

run "tells_the_delegation_to_make_by_hand" {
  variables { acme_zone = { dns_name = "acme.example.net" } }

  assert {
    condition     = length([for record in output.records : record if record.type == "NS" || record.type == "CNAME"]) == 2
    error_message = "CNAME and NS records must be told."
  }
}

run "protects_the_addresses_when_asked" {
  command = plan
  variables { deletion_protection = true }

  assert {
    condition     = google_compute_global_address.signal.deletion_policy == "PREVENT" && google_compute_address.turn.deletion_policy == "PREVENT"
    error_message = "The deletion of an address must be refused."
  }
}

run "refuses_a_domain_outside_of_the_zone" {
  command = plan
  variables { zone = { name = "example-net", dns_name = "example.net" } }
  expect_failures = [var.zone]
}

run "refuses_a_zone_with_a_dot_at_its_end" {
  command = plan
  variables { zone = { name = "example-com", dns_name = "example.com." } }
  expect_failures = [var.zone]
}

run "refuses_an_acme_zone_that_is_the_zone" {
  command = plan
  variables {
    zone      = { name = "example-com", dns_name = "example.com" }
    acme_zone = { dns_name = "example.com" }
  }
  expect_failures = [var.acme_zone]
}

run "refuses_an_acme_zone_that_is_no_domain" {
  command = plan
  variables { acme_zone = { dns_name = "acme" } }
  expect_failures = [var.acme_zone]
}

run "makes_no_caa_unless_it_is_wanted" {
  variables { caa_issuers = { domain = [], turn_domain = [] } }

  assert {
    condition     = toset([for record in output.records : record.type]) == toset(["A"])
    error_message = "An empty list must make no CAA record."
  }
}

run "allows_what_is_used_in_caa" {
  variables { caa_issuers = { domain = ["pki.goog", "letsencrypt.org"], turn_domain = ["letsencrypt.org; validationmethods=dns-01"] } }

  assert {
    condition = toset(flatten([for record in output.records : record.values if record.type == "CAA"])) == toset([
      "0 issue \"pki.goog\"", "0 issue \"letsencrypt.org\"", "0 issue \"letsencrypt.org; validationmethods=dns-01\"",
    ])
    error_message = "Every issuer must be allowed, with its parameters."
  }
}

run "makes_the_acme_zone_for_the_certificate_only" {
  variables {
    zone      = { name = "example-com", dns_name = "example.com" }
    acme_zone = { dns_name = "acme.example.com" }
  }

  assert {
    condition     = [for grant in google_dns_managed_zone_iam_member.acme : "${grant.member} ${grant.role}"] == ["serviceAccount:livekit-turn-cert@a-project.iam.gserviceaccount.com roles/dns.admin"]
    error_message = "Only who renews the certificate may change the ACME zone."
  }
  assert {
    condition     = google_dns_managed_zone.acme[0].force_destroy
    error_message = "What a renewal left must not block a destroy."
  }
}

run "refuses_an_issuer_that_is_no_domain" {
  command = plan
  variables { caa_issuers = { turn_domain = ["Let's Encrypt"] } }
  expect_failures = [var.caa_issuers]
}

run "refuses_caa_that_forbids_googles_certificate" {
  command = plan
  variables { caa_issuers = { domain = ["letsencrypt.org"] } }
  expect_failures = [var.caa_issuers]
}

run "refuses_records_for_a_week" {
  command = plan
  variables { ttl_seconds = 604800 }
  expect_failures = [var.ttl_seconds]
}
