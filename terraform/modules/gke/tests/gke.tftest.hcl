# Needs no credentials: terraform init && terraform test

mock_provider "google" {}

variables {
  environment                = "dev"
  project_id                 = "a-project"
  region                     = "asia-northeast1"
  network_id                 = "projects/a-project/global/networks/livekit-dev"
  subnetwork_id              = "projects/a-project/regions/asia-northeast1/subnetworks/livekit-dev"
  pods_range_name            = "pods"
  services_range_name        = "services"
  node_tag                   = "livekit-dev"
  node_service_account_email = "livekit-dev-nodes@a-project.iam.gserviceaccount.com"
  livekit_pool               = { machine_type = "c2-standard-4", min_nodes = 1, max_nodes = 3 }
}

run "makes_a_public_cluster_behind_its_dns_endpoint" {
  command = plan

  assert {
    condition     = google_container_cluster.this.location == "asia-northeast1" && google_container_cluster.this.networking_mode == "VPC_NATIVE"
    error_message = "The cluster must be regional and VPC-native."
  }
  assert {
    condition     = one(one(google_container_cluster.this.control_plane_endpoints_config).dns_endpoint_config).allow_external_traffic
    error_message = "The control plane must be reached by its DNS endpoint."
  }
  assert {
    condition     = !one(one(google_container_cluster.this.control_plane_endpoints_config).ip_endpoints_config).enabled
    error_message = "The control plane must have no open address."
  }
  assert {
    condition     = !one(google_container_node_pool.livekit["primary"].network_config).enable_private_nodes
    error_message = "The LiveKit nodes must be public."
  }
  assert {
    condition     = one(google_container_cluster.this.workload_identity_config).workload_pool == "a-project.svc.id.goog"
    error_message = "Workload Identity must be on."
  }
  assert {
    condition     = google_container_cluster.this.enable_shielded_nodes
    error_message = "Nodes must be shielded."
  }
}

run "keeps_everything_else_off_the_livekit_nodes" {
  command = plan

  assert {
    condition = one([for taint in one(google_container_node_pool.livekit["primary"].node_config).taint :
    "${taint.key}=${taint.value}:${taint.effect}"]) == "dedicated=livekit:NO_SCHEDULE"
    error_message = "The pool's taint is what LiveKit's pods tolerate."
  }
  assert {
    condition     = one(google_container_node_pool.livekit["primary"].node_config).labels == tomap({ "livekit-gke/pool" = "livekit" })
    error_message = "The pool's label is what LiveKit's pods select."
  }
  assert {
    condition     = length(one(google_container_node_pool.system.node_config).taint) == 0
    error_message = "The system pool must take every pod."
  }
}

run "counts_nodes_in_all_zones_together" {
  command = plan

  assert {
    condition = one(google_container_node_pool.livekit["primary"].autoscaling).total_min_node_count == 1 && one(
    google_container_node_pool.livekit["primary"].autoscaling).total_max_node_count == 3
    error_message = "The limits must be totals."
  }
}

run "lets_calls_end_before_a_node_goes" {
  command = plan

  assert {
    condition     = one(google_container_node_pool.livekit["primary"].node_drain_config).grace_termination_duration == "18000s"
    error_message = "A node must wait as long as LiveKit's pods may."
  }
  assert {
    condition     = one(google_container_node_pool.livekit["primary"].node_drain_config).pdb_timeout_duration == "18000s"
    error_message = "A disruption budget must hold as long as LiveKit's pods may."
  }
}

run "has_udp_buffers_for_media" {
  command = plan

  assert {
    condition = one(one(google_container_node_pool.livekit["primary"].node_config).linux_node_config).sysctls == tomap({
      "net.core.rmem_max" = "5242880"
      "net.core.wmem_max" = "5242880"
    })
    error_message = "LiveKit warns below 5,000,000 bytes."
  }
}

run "is_protected_by_default" {
  command = plan

  assert {
    condition = google_container_cluster.this.deletion_protection && alltrue([
      for pool in concat(values(google_container_node_pool.livekit), [google_container_node_pool.system]) : pool.deletion_policy == "PREVENT"
    ])
    error_message = "The deletion of the cluster and of its pools must be refused."
  }
}

run "has_a_second_family_when_asked" {
  command = plan
  variables {
    fallback_pool  = { machine_type = "n2-standard-4", max_nodes = 3 }
    node_locations = ["asia-northeast1-a", "asia-northeast1-b"]
  }

  assert {
    condition = one(google_container_node_pool.livekit["fallback"].autoscaling).total_min_node_count == 0 && one(
    google_container_node_pool.livekit["fallback"].node_config).machine_type == "n2-standard-4"
    error_message = "The second pool must grow from nothing."
  }
  assert {
    condition = one(google_container_node_pool.livekit["fallback"].node_config).taint == one(
    google_container_node_pool.livekit["primary"].node_config).taint
    error_message = "Both pools must take the same pods."
  }
  assert {
    condition     = google_container_node_pool.livekit["fallback"].node_locations == toset(["asia-northeast1-a", "asia-northeast1-b"])
    error_message = "Nodes must be in the given zones only."
  }
}

run "has_one_generation_with_the_first_names" {
  command = plan

  assert {
    condition = tomap({ for key, pool in google_container_node_pool.livekit : key => pool.name }) == tomap({
      primary = "livekit-dev"
    })
    error_message = "Without generations the pool must be what it always was."
  }
  assert {
    condition     = output.node_pool_names == ["livekit-dev"] && output.current_node_pool_names == ["livekit-dev"]
    error_message = "The one pool must be the current one."
  }
}

run "has_two_generations_that_differ_in_name_only" {
  variables {
    livekit_pool_generations = { 1 = {}, 2 = {} }
    fallback_pool            = { machine_type = "n2-standard-4", max_nodes = 3 }
  }

  assert {
    condition = tomap({ for key, pool in google_container_node_pool.livekit : key => pool.name }) == tomap({
      primary    = "livekit-dev"
      fallback   = "livekit-dev-fallback"
      primary-2  = "livekit-dev-2"
      fallback-2 = "livekit-dev-fallback-2"
    })
    error_message = "The first generation must keep its names and addresses."
  }
  assert {
    condition = alltrue([for kind in ["primary", "fallback"] : alltrue([
      for setting in ["machine_type", "disk_type", "taint", "labels", "tags", "gvnic"] : alltrue([
        jsonencode(one(google_container_node_pool.livekit[kind].node_config)[setting]) ==
        jsonencode(one(google_container_node_pool.livekit["${kind}-2"].node_config)[setting]),
        google_container_node_pool.livekit[kind].node_drain_config == google_container_node_pool.livekit["${kind}-2"].node_drain_config,
      ])
    ])])
    error_message = "Both generations must take the same pods, on the same machines."
  }
  assert {
    condition = output.node_pool_name == "livekit-dev-2" && toset(output.current_node_pool_names) == toset([
      "livekit-dev-2", "livekit-dev-fallback-2"
    ]) && length(output.node_pool_names) == 4
    error_message = "The newest generation must be the current one."
  }
  assert {
    condition = alltrue([for key, pool in google_container_node_pool.livekit :
      length(pool.autoscaling) == (endswith(key, "-2") ? 1 : 0) && pool.deletion_policy == (endswith(key, "-2") ? "PREVENT" : "DELETE")
    ])
    error_message = "Only the current generation may grow, and only an older one may be deleted."
  }
}

run "loses_the_old_generation_and_nothing_else" {
  variables {
    livekit_pool_generations = { 2 = {} }
    fallback_pool            = { machine_type = "n2-standard-4", max_nodes = 3 }
  }

  assert {
    condition     = toset(keys(google_container_node_pool.livekit)) == toset(["primary-2", "fallback-2"])
    error_message = "The new generation must stay under its address."
  }
}

run "takes_the_newest_generation_back" {
  command = plan
  variables { livekit_pool_generations = { 1 = {}, 2 = { retired = true } } }

  assert {
    condition = output.node_pool_name == "livekit-dev" && google_container_node_pool.livekit["primary-2"].deletion_policy == "DELETE" && (
    google_container_node_pool.livekit["primary"].deletion_policy == "PREVENT")
    error_message = "The generation before must be the current one again."
  }
}

run "counts_generations_as_numbers" {
  command = plan
  variables { livekit_pool_generations = { 9 = {}, 10 = { machine_type = "c3-standard-8" } } }

  assert {
    condition     = output.node_pool_name == "livekit-dev-10" && output.node_machine_type == "c3-standard-8"
    error_message = "10 comes after 9, with its own machines."
  }
}

run "refuses_generations_that_are_all_retired" {
  command = plan
  variables { livekit_pool_generations = { 1 = { retired = true } } }
  expect_failures = [var.livekit_pool_generations]
}

run "refuses_a_generation_without_number" {
  command = plan
  variables { livekit_pool_generations = { new = {} } }
  expect_failures = [var.livekit_pool_generations]
}

run "refuses_a_generation_of_the_fallbacks_family" {
  command = plan
  variables {
    livekit_pool_generations = { 1 = {}, 2 = { machine_type = "n2-standard-8" } }
    fallback_pool            = { machine_type = "n2-standard-4", max_nodes = 3 }
  }
  expect_failures = [var.fallback_pool]
}

run "boots_each_family_from_a_disk_that_it_takes" {
  command = plan
  variables {
    fallback_pool = { machine_type = "c4-standard-4", max_nodes = 3 }
    system_pool   = { machine_type = "n4-standard-2" }
  }

  assert {
    condition     = one(google_container_node_pool.livekit["primary"].node_config).disk_type == "pd-balanced"
    error_message = "C2 takes persistent disks."
  }
  assert {
    condition = one(google_container_node_pool.livekit["fallback"].node_config).disk_type == "hyperdisk-balanced" && one(
    google_container_node_pool.system.node_config).disk_type == "hyperdisk-balanced"
    error_message = "C4 and N4 boot from Hyperdisk only."
  }
}

run "holds_upgrades_back" {
  command = plan
  variables {
    maintenance_exclusions = { launch = { start_time = "2026-12-20T00:00:00Z", end_time = "2027-01-05T00:00:00Z" } }
  }

  assert {
    condition = one(one(one(google_container_cluster.this.maintenance_policy).maintenance_exclusion).exclusion_options
    ).scope == "NO_MINOR_OR_NODE_UPGRADES"
    error_message = "An exclusion must hold node upgrades back, too."
  }
}

run "is_maintained_at_weekends" {
  command = plan

  assert {
    condition = one(one(google_container_cluster.this.maintenance_policy).recurring_window) == {
      start_time = "2025-01-03T17:00:00Z"
      end_time   = "2025-01-03T23:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=FR,SA"
    }
    error_message = "Upgrades must come in the early hours of Saturday and Sunday in Japan."
  }
}

run "takes_the_zones_that_are_given" {
  command = plan
  variables { node_locations = ["asia-northeast1-b", "asia-northeast1-c"] }

  assert {
    condition = alltrue([
      for pool in concat(values(google_container_node_pool.livekit), [google_container_node_pool.system]) :
      pool.node_locations == toset(["asia-northeast1-b", "asia-northeast1-c"])
    ])
    error_message = "Every pool must be in these zones."
  }
}

run "is_taken_away_when_it_is_not_protected" {
  command = plan
  variables { deletion_protection = false }

  assert {
    condition = !google_container_cluster.this.deletion_protection && alltrue([
      for pool in concat(values(google_container_node_pool.livekit), [google_container_node_pool.system]) : pool.deletion_policy == "DELETE"
    ])
    error_message = "Without protection cluster and pools must be deleted."
  }
}

run "runs_its_nodes_as_their_own_account" {
  command = plan

  assert {
    condition = alltrue([
      for pool in concat(values(google_container_node_pool.livekit), [google_container_node_pool.system]) :
      one(pool.node_config).service_account == "livekit-dev-nodes@a-project.iam.gserviceaccount.com" &&
      one(one(pool.node_config).shielded_instance_config).enable_secure_boot &&
      one(one(pool.node_config).workload_metadata_config).mode == "GKE_METADATA"
    ])
    error_message = "Nodes must run as the account that is made for them, shielded, and show it to no pod."
  }
}

run "opens_ports_on_the_livekit_nodes_only" {
  command = plan

  assert {
    condition     = one(google_container_node_pool.livekit["primary"].node_config).tags == tolist(["livekit-dev"])
    error_message = "The firewall rules must reach LiveKit's nodes."
  }
  assert {
    condition     = one(google_container_node_pool.system.node_config).tags == null
    error_message = "The firewall rules must reach no other nodes."
  }
}

run "warns_of_an_unknown_machine_family" {
  command = plan
  variables { livekit_pool = { machine_type = "e2-standard-4", min_nodes = 1, max_nodes = 3 } }
  expect_failures = [check.machine_family]
}

run "warns_of_an_unknown_family_of_the_second_pool" {
  command = plan
  variables { fallback_pool = { machine_type = "t2d-standard-4", max_nodes = 3 } }
  expect_failures = [check.machine_family]
}

run "refuses_zones_of_another_region" {
  command = plan
  variables { node_locations = ["asia-northeast1-a", "asia-northeast2-a"] }
  expect_failures = [var.node_locations]
}

run "refuses_a_region_for_a_zone" {
  command = plan
  variables { node_locations = ["asia-northeast1"] }
  expect_failures = [var.node_locations]
}

run "refuses_a_maintenance_window_of_an_hour" {
  command = plan
  variables { maintenance_window = { end_time = "2025-01-03T18:00:00Z" } }
  expect_failures = [var.maintenance_window]
}

run "refuses_a_maintenance_window_that_ends_before_it_starts" {
  command = plan
  variables { maintenance_window = { end_time = "2025-01-02T23:00:00Z" } }
  expect_failures = [var.maintenance_window]
}

run "refuses_a_recurrence_that_is_none" {
  command = plan
  variables { maintenance_window = { recurrence = "every Friday" } }
  expect_failures = [var.maintenance_window]
}

run "refuses_too_little_time_for_maintenance" {
  command = plan
  variables { maintenance_window = { recurrence = "FREQ=WEEKLY;BYDAY=SA" } }
  expect_failures = [var.maintenance_window]
}

run "takes_one_long_window_a_week" {
  command = plan
  variables { maintenance_window = { end_time = "2025-01-04T05:00:00Z", recurrence = "FREQ=WEEKLY;BYDAY=FR" } }
}

run "refuses_more_exclusions_than_gke_takes" {
  command = plan
  variables {
    maintenance_exclusions = {
      for day in range(21) : "day-${day}" => { start_time = "2026-12-01T00:00:00Z", end_time = "2026-12-02T00:00:00Z" }
    }
  }
  expect_failures = [var.maintenance_exclusions]
}

run "refuses_a_system_pool_that_may_be_empty" {
  command = plan
  variables { system_pool = { min_nodes = 0 } }
  expect_failures = [var.system_pool]
}

run "refuses_private_nodes" {
  command = plan
  variables { private_nodes = true }
  expect_failures = [var.private_nodes]
}

run "refuses_a_maximum_below_the_minimum" {
  command = plan
  variables { livekit_pool = { machine_type = "c2-standard-4", min_nodes = 4, max_nodes = 3 } }
  expect_failures = [var.livekit_pool]
}

run "refuses_a_pool_that_may_be_empty" {
  command = plan
  variables { livekit_pool = { machine_type = "c2-standard-4", min_nodes = 0, max_nodes = 3 } }
  expect_failures = [var.livekit_pool]
}

run "refuses_a_drain_of_days" {
  command = plan
  variables { livekit_pool = { machine_type = "c2-standard-4", min_nodes = 1, max_nodes = 3, drain_seconds = 172800 } }
  expect_failures = [var.livekit_pool]
}

run "refuses_a_fallback_of_the_same_family" {
  command = plan
  variables { fallback_pool = { machine_type = "c2-standard-8", max_nodes = 3 } }
  expect_failures = [var.fallback_pool]
}

run "refuses_a_fallback_without_nodes" {
  command = plan
  variables { fallback_pool = { machine_type = "n2-standard-8", max_nodes = 0 } }
  expect_failures = [var.fallback_pool]
}

run "refuses_a_system_pool_with_maximum_below_minimum" {
  command = plan
  variables { system_pool = { min_nodes = 4, max_nodes = 3 } }
  expect_failures = [var.system_pool]
}

run "refuses_a_release_channel_that_does_not_exist" {
  command = plan
  variables { release_channel = "SLOW" }
  expect_failures = [var.release_channel]
}

run "refuses_an_exclusion_that_ends_before_it_starts" {
  command = plan
  variables { maintenance_exclusions = { x = { start_time = "2026-12-20T00:00:00Z", end_time = "2026-12-19T00:00:00Z" } } }
  expect_failures = [var.maintenance_exclusions]
}

run "refuses_an_exclusion_without_upgrades_for_a_year" {
  command = plan
  variables { maintenance_exclusions = { x = { start_time = "2026-01-01T00:00:00Z", end_time = "2026-12-31T00:00:00Z", scope = "NO_UPGRADES" } } }
  expect_failures = [var.maintenance_exclusions]
}

run "refuses_an_exclusion_of_unknown_scope" {
  command = plan
  variables { maintenance_exclusions = { x = { start_time = "2026-12-20T00:00:00Z", end_time = "2026-12-21T00:00:00Z", scope = "ALL" } } }
  expect_failures = [var.maintenance_exclusions]
}

run "has_no_backup_agent_unless_it_is_asked_for" {
  command = plan

  assert {
    condition     = length(flatten([for config in google_container_cluster.this.addons_config : config.gke_backup_agent_config])) == 0
    error_message = "An agent that nobody asked for must not run."
  }
}

run "lets_backup_for_gke_into_the_cluster" {
  command = plan
  variables { backup_agent = true }

  assert {
    condition     = one(one(google_container_cluster.this.addons_config).gke_backup_agent_config).enabled
    error_message = "A plan of backups needs the agent."
  }
}
