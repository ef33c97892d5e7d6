# Needs no credentials: terraform init && terraform test

mock_provider "google" {
  mock_resource "google_compute_address" {
    defaults = { address = "203.0.113.21" }
  }
}

variables {
  environment                = "dev"
  region                     = "asia-northeast1"
  network_id                 = "projects/a-project/global/networks/livekit-dev"
  cluster_name               = "livekit-cluster-dev"
  cluster_id                 = "projects/a-project/locations/asia-northeast1/clusters/livekit-cluster-dev"
  cluster_location           = "asia-northeast1"
  node_service_account_email = "livekit-dev-nodes@a-project.iam.gserviceaccount.com"
  inside_ranges              = ["10.0.0.0/20", "10.4.0.0/16"]
  secret_readers             = { deploy = "serviceAccount:livekit-deploy@a-project.iam.gserviceaccount.com" }
}

run "makes_nothing_unless_it_is_switched_on" {
  assert {
    condition     = length(google_container_node_pool.turn_server) + length(google_compute_firewall.turn_server) + length(google_compute_address.this) + length(google_secret_manager_secret.turn_server) + length(google_gke_backup_backup_plan.this) == 0
    error_message = "Nothing must be made."
  }
  assert {
    condition     = output.turn_server == null && output.ingress_address_name == null && length(output.records) == 0
    error_message = "Nothing must be told."
  }
}

run "keeps_the_turn_server_on_nodes_of_its_own_and_opens_just_its_ports" {
  variables { turn_server = { domain = "turn.nova.example.com", relay_ports = { min = 49152, max = 49407 } } }

  assert {
    condition = one([for taint in one(google_container_node_pool.turn_server[0].node_config).taint :
    "${taint.key}=${taint.value}:${taint.effect}"]) == "dedicated=turn-server:NO_SCHEDULE"
    error_message = "Nothing else may run there."
  }
  assert {
    condition = toset(flatten([for rule in google_compute_firewall.turn_server : [for row in rule.allow : [for port in row.ports : "${row.protocol}/${port}"]]])) == toset([
      "udp/3478-3479", "tcp/3478", "udp/49152-49407", "tcp/9641",
    ])
    error_message = "Just these ports must be open; 5349 only with TLS."
  }
  assert {
    condition     = google_compute_firewall.turn_server["metrics"].source_ranges == toset(["10.0.0.0/20", "10.4.0.0/16"])
    error_message = "Metrics are for the inside."
  }
  assert {
    condition     = output.turn_server.relay_ports.max == 49407 && join(" ", output.turn_server.denied_ranges) == "10.0.0.0/20 10.4.0.0/16"
    error_message = "The chart must get the same range, and the ranges to deny."
  }
  assert {
    condition     = [for record in output.records : "${record.name} ${join(" ", record.values)}"] == ["turn.nova.example.com. 203.0.113.21"]
    error_message = "The record must be told where DNS is elsewhere."
  }
}

run "opens_5349_with_tls" {
  variables { turn_server = { domain = "turn.nova.example.com", tls = true } }

  assert {
    condition     = one(google_compute_firewall.turn_server["tcp"].allow).ports == tolist(["3478", "5349"])
    error_message = "TLS needs 5349."
  }
}

run "reserves_an_address_for_the_ingress_and_points_its_domains_there" {
  variables {
    ingress = { domains = ["api.nova.example.com", "argocd.nova.example.com"] }
    zone    = { name = "example-com" }
  }

  assert {
    condition     = output.ingress_address_name == "livekit-dev-ingress" && length(google_dns_record_set.this) == 2
    error_message = "Address and records must be made."
  }
  assert {
    condition     = google_compute_address.this["ingress"].region == "asia-northeast1"
    error_message = "A Service needs a regional address."
  }
}

run "refuses_a_relay_range_that_is_too_wide" {
  command = plan
  variables { turn_server = { domain = "turn.nova.example.com", relay_ports = { min = 20000, max = 60000 } } }
  expect_failures = [var.turn_server]
}

run "refuses_a_domain_that_is_none" {
  command = plan
  variables { turn_server = { domain = "turn" } }
  expect_failures = [var.turn_server]
}

run "refuses_a_pool_without_nodes" {
  command = plan
  variables { turn_server = { domain = "turn.nova.example.com", min_nodes = 0 } }
  expect_failures = [var.turn_server]
}

run "refuses_an_ingress_domain_that_is_none" {
  command = plan
  variables { ingress = { domains = ["https://api.nova.example.com"] } }
  expect_failures = [var.ingress]
}

run "backs_up_objects_and_volumes_every_day_and_no_secrets_unless_asked" {
  variables { backup = { namespaces = ["nova-monitoring"] } }

  assert {
    condition     = one(google_gke_backup_backup_plan.this[0].backup_config).include_volume_data && !one(google_gke_backup_backup_plan.this[0].backup_config).include_secrets
    error_message = "Volumes must be in it, Secrets not."
  }
  assert {
    condition     = one(one(google_gke_backup_backup_plan.this[0].backup_config).selected_namespaces).namespaces == tolist(["nova-monitoring"])
    error_message = "Just these namespaces must be in it."
  }
  assert {
    condition     = google_gke_backup_backup_plan.this[0].cluster == var.cluster_id && one(google_gke_backup_backup_plan.this[0].backup_schedule).cron_schedule == "0 18 * * *"
    error_message = "The cluster must be backed up every day."
  }
  assert {
    condition     = one(google_gke_backup_backup_plan.this[0].retention_policy).backup_retain_days == 30
    error_message = "Old backups must go by themselves."
  }
}

run "refuses_a_backup_of_nothing" {
  command = plan
  variables { backup = { namespaces = [] } }
  expect_failures = [var.backup]
}

run "refuses_a_schedule_that_is_no_cron_line" {
  command = plan
  variables { backup = { schedule = "daily" } }
  expect_failures = [var.backup]
}

run "refuses_to_keep_backups_for_half_a_day" {
  command = plan
  variables { backup = { retain_days = 0.5 } }
  expect_failures = [var.backup]
}
