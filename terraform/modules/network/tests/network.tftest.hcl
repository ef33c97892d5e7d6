# Needs no credentials: terraform init && terraform test

mock_provider "google" {}

variables {
  environment = "dev"
  region      = "asia-northeast1"
}

run "opens_the_ports_of_livekit_and_nothing_else" {
  command = plan

  assert {
    condition = toset([
      for rule in google_compute_firewall.this :
      "${rule.name}: ${one(one(rule.allow).ports)}/${one(rule.allow).protocol} from ${join(",", sort(rule.source_ranges))}"
      ]) == toset([
      "livekit-dev-signal: 7880/tcp from 130.211.0.0/22,35.191.0.0/16",
      "livekit-dev-rtc-tcp: 7881/tcp from 0.0.0.0/0",
      "livekit-dev-rtc-udp: 50000-60000/udp from 0.0.0.0/0",
      "livekit-dev-turn-tls: 5349/tcp from 0.0.0.0/0",
      "livekit-dev-turn-udp: 3478/udp from 0.0.0.0/0",
      "livekit-dev-certificates: 80/tcp from 0.0.0.0/0",
      "livekit-dev-metrics: 6789/tcp from 10.0.0.0/20,10.4.0.0/16",
    ])
    error_message = "The firewall rules are not those of the table in the README."
  }

  assert {
    condition = alltrue([
      for rule in google_compute_firewall.this : rule.direction == "INGRESS" && rule.target_tags == toset(["livekit-dev"])
    ])
    error_message = "Each rule must let traffic in to the LiveKit nodes only."
  }
}

run "without_signal" {
  command = plan
  variables { open_ports = { signal = false } }
  assert {
    condition     = !contains(keys(google_compute_firewall.this), "signal") && length(google_compute_firewall.this) == 6
    error_message = "The switch `signal` must leave out its own rule and no other."
  }
}

run "without_rtc_tcp" {
  command = plan
  variables { open_ports = { rtc_tcp = false } }
  assert {
    condition     = !contains(keys(google_compute_firewall.this), "rtc_tcp") && length(google_compute_firewall.this) == 6
    error_message = "The switch `rtc_tcp` must leave out its own rule and no other."
  }
}

run "without_rtc_udp" {
  command = plan
  variables { open_ports = { rtc_udp = false } }
  assert {
    condition     = !contains(keys(google_compute_firewall.this), "rtc_udp") && length(google_compute_firewall.this) == 6
    error_message = "The switch `rtc_udp` must leave out its own rule and no other."
  }
}

run "without_turn_tls" {
  command = plan
  variables { open_ports = { turn_tls = false } }
  assert {
    condition     = !contains(keys(google_compute_firewall.this), "turn_tls") && length(google_compute_firewall.this) == 6
    error_message = "The switch `turn_tls` must leave out its own rule and no other."
  }
}

run "without_turn_udp" {
  command = plan
  variables { open_ports = { turn_udp = false } }
  assert {
    condition     = !contains(keys(google_compute_firewall.this), "turn_udp") && length(google_compute_firewall.this) == 6
    error_message = "The switch `turn_udp` must leave out its own rule and no other."
  }
}

run "without_certificates" {
  command = plan
  variables { open_ports = { certificates = false } }
  assert {
    condition     = !contains(keys(google_compute_firewall.this), "certificates") && length(google_compute_firewall.this) == 6
    error_message = "The switch `certificates` must leave out its own rule and no other."
  }
}

run "without_metrics" {
  command = plan
  variables { open_ports = { metrics = false } }
  assert {
    condition     = !contains(keys(google_compute_firewall.this), "metrics") && length(google_compute_firewall.this) == 6
    error_message = "The switch `metrics` must leave out its own rule and no other."
  }
}

run "has_no_flow_logs" {
  command = plan
  assert {
    condition     = length(google_compute_subnetwork.this.log_config) == 0
    error_message = "Flow logs must be off unless they are asked for."
  }
}

run "has_flow_logs_when_asked" {
  command = plan
  variables { flow_logs = true }
  assert {
    condition     = one(google_compute_subnetwork.this.log_config).flow_sampling == 0.1
    error_message = "A tenth of the flows must be logged."
  }
}

run "is_protected_when_asked" {
  command = plan
  variables { deletion_protection = true }
  assert {
    condition     = google_compute_network.this.deletion_policy == "PREVENT" && google_compute_subnetwork.this.deletion_policy == "PREVENT"
    error_message = "The deletion of network and subnet must be refused."
  }
}

run "refuses_an_environment_with_capital_letters" {
  command = plan
  variables { environment = "Dev" }
  expect_failures = [var.environment]
}

run "refuses_ranges_that_overlap" {
  command = plan
  variables { ranges = { pods = "10.0.8.0/21" } }
  expect_failures = [var.ranges]
}

run "refuses_equal_ranges" {
  command = plan
  variables { ranges = { services = "10.0.0.0/20" } }
  expect_failures = [var.ranges]
}

run "refuses_a_range_that_begins_in_the_middle" {
  command = plan
  variables { ranges = { nodes = "10.0.0.1/20" } }
  expect_failures = [var.ranges]
}

run "refuses_a_range_that_is_none" {
  command = plan
  variables { ranges = { nodes = "10.0.0.0" } }
  expect_failures = [var.ranges]
}

run "refuses_too_few_addresses_for_pods" {
  command = plan
  variables { ranges = { pods = "10.4.0.0/24" } }
  expect_failures = [var.ranges]
}

run "refuses_too_few_addresses_for_redis" {
  command = plan
  variables { ranges = { private_services = "10.6.0.0/29" } }
  expect_failures = [var.ranges]
}

run "takes_other_ranges" {
  command = plan
  variables { ranges = { nodes = "172.16.0.0/24", pods = "172.17.0.0/18", services = "172.18.0.0/22", private_services = "172.19.0.0/24" } }

  assert {
    condition = google_compute_subnetwork.this.ip_cidr_range == "172.16.0.0/24" && (
      google_compute_global_address.private_services.address == "172.19.0.0" &&
      google_compute_global_address.private_services.prefix_length == 24
    )
    error_message = "The ranges must be as given."
  }
  assert {
    condition     = google_compute_firewall.this["metrics"].source_ranges == toset(["172.16.0.0/24", "172.17.0.0/18"])
    error_message = "Metrics must be open to nodes and pods, wherever these are."
  }
}
