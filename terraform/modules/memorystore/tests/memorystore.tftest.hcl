# Needs no credentials: terraform init && terraform test

mock_provider "google" {}

variables {
  environment         = "dev"
  region              = "asia-northeast1"
  network_id          = "projects/a-project/global/networks/livekit-dev"
  reserved_range_name = "livekit-dev-private-services"
}

run "has_a_private_address_only" {
  command = plan

  assert {
    condition     = google_redis_instance.this.connect_mode == "PRIVATE_SERVICE_ACCESS" && google_redis_instance.this.authorized_network == var.network_id
    error_message = "Only the network may reach Redis."
  }
}

run "is_what_was_asked_for" {
  command = plan
  variables {
    tier                = "STANDARD_HA"
    memory_size_gb      = 5
    redis_version       = "REDIS_7_0"
    maintenance_window  = { day = "SUNDAY", hour = 3 }
    deletion_protection = true
  }

  assert {
    condition     = google_redis_instance.this.tier == "STANDARD_HA" && google_redis_instance.this.memory_size_gb == 5 && google_redis_instance.this.redis_version == "REDIS_7_0"
    error_message = "Tier, memory and version must be as given."
  }
  assert {
    condition     = one(one(google_redis_instance.this.maintenance_policy).weekly_maintenance_window).day == "SUNDAY"
    error_message = "The maintenance window must be as given."
  }
  assert {
    condition     = google_redis_instance.this.deletion_protection
    error_message = "The deletion must be refused."
  }
}

run "refuses_auth" {
  command = plan
  variables { auth_enabled = true }
  expect_failures = [var.auth_enabled]
}

run "refuses_transit_encryption" {
  command = plan
  variables { transit_encryption_enabled = true }
  expect_failures = [var.transit_encryption_enabled]
}

run "refuses_an_unknown_tier" {
  command = plan
  variables { tier = "GOLD" }
  expect_failures = [var.tier]
}

run "refuses_half_a_gb" {
  command = plan
  variables { memory_size_gb = 0.5 }
  expect_failures = [var.memory_size_gb]
}

run "refuses_an_unknown_version" {
  command = plan
  variables { redis_version = "VALKEY_8_0" }
  expect_failures = [var.redis_version]
}

run "refuses_a_day_that_is_none" {
  command = plan
  variables { maintenance_window = { day = "Friday" } }
  expect_failures = [var.maintenance_window]
}

run "refuses_an_hour_that_is_none" {
  command = plan
  variables { maintenance_window = { hour = 24 } }
  expect_failures = [var.maintenance_window]
}
