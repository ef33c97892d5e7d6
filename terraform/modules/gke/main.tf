locals {
  # Every pod that is not made for LiveKit's nodes must stay off them: LiveKit takes the node's own ports and all of its CPU.
  pool_label = { "livekit-gke/pool" = "livekit" }
  pool_taint = { key = "dedicated", value = "livekit", effect = "NO_SCHEDULE" }

  # Bytes. LiveKit warns below 5,000,000: the kernel's default of 212,992 loses packets at a few hundred streams.
  udp_buffer_bytes = "5242880"

  # A destroy begins with the pools: unless they refuse, the nodes are gone before the cluster refuses.
  pool_deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"

  # The newest that is not taken back. Where none is left the variable's own rule says so.
  current_generation = try(max([
    for number, generation in var.livekit_pool_generations : tonumber(number) if !generation.retired
  ]...), 0)

  # The first generation has the names that pools had before there were generations.
  generations = {
    for number, generation in var.livekit_pool_generations : number => {
      suffix       = number == "1" ? "" : "-${number}"
      machine_type = coalesce(generation.machine_type, var.livekit_pool.machine_type)
      is_current   = tonumber(number) == local.current_generation
    }
  }

  # The second pool of a generation stands in when the machines of the first are out of stock.
  livekit_pools = merge([
    for generation in values(local.generations) : merge(
      {
        "primary${generation.suffix}" = {
          name         = "livekit-${var.environment}${generation.suffix}"
          machine_type = generation.machine_type
          min_nodes    = var.livekit_pool.min_nodes
          max_nodes    = var.livekit_pool.max_nodes
          is_current   = generation.is_current
        }
      },
      var.fallback_pool == null ? {} : {
        "fallback${generation.suffix}" = {
          name         = "livekit-${var.environment}-fallback${generation.suffix}"
          machine_type = var.fallback_pool.machine_type
          min_nodes    = 0
          max_nodes    = var.fallback_pool.max_nodes
          is_current   = generation.is_current
        }
      },
    )
  ]...)

  current_pool = one([for key, pool in local.livekit_pools : key if pool.is_current && startswith(key, "primary")])

  # Families whose cores are not shared and whose network carries a media server's load.
  known_families = ["c2", "c2d", "c3", "c3d", "c4", "c4d", "n2", "n2d", "n4"]

  # The newest families boot from Hyperdisk only, the others cannot all.
  hyperdisk_families = ["c4", "c4a", "c4d", "n4", "n4a", "n4d"]

  disk_types = {
    for machine_type in distinct(concat([var.system_pool.machine_type], values(local.livekit_pools)[*].machine_type)) :
    machine_type => contains(local.hyperdisk_families, split("-", machine_type)[0]) ? "hyperdisk-balanced" : "pd-balanced"
  }
}

check "machine_family" {
  assert {
    condition     = alltrue([for pool in local.livekit_pools : contains(local.known_families, split("-", pool.machine_type)[0])])
    error_message = "LiveKit's machine type is of none of the families ${join(", ", local.known_families)}: others share their cores or throttle their network, which is heard in calls. Measure it under load before you rely on it."
  }
}

resource "google_container_cluster" "this" {
  #checkov:skip=CKV_GCP_12:Dataplane V2 enforces network policies by itself; the check wants the block of its predecessor
  #checkov:skip=CKV_GCP_13:GKE has issued no client certificate by default since 1.12
  #checkov:skip=CKV_GCP_20:the address of the control plane is switched off; its DNS name is guarded by IAM, not by source addresses
  #checkov:skip=CKV_GCP_25:WebRTC needs nodes with public addresses; the control plane has no public address
  #checkov:skip=CKV_GCP_61:media is on the hosts' network and would be logged packet by packet; flow logs are an input of the network module
  #checkov:skip=CKV_GCP_64:WebRTC needs nodes with public addresses
  #checkov:skip=CKV_GCP_65:needs a group of Google Workspace, which not every project has; access is by IAM
  #checkov:skip=CKV_GCP_66:LiveKit's public images carry no attestation, so that a policy would refuse them
  name                = "livekit-cluster-${var.environment}"
  location            = var.region
  node_locations      = var.node_locations
  deletion_protection = var.deletion_protection
  resource_labels     = { environment = var.environment }

  network           = var.network_id
  subnetwork        = var.subnetwork_id
  networking_mode   = "VPC_NATIVE"
  datapath_provider = "ADVANCED_DATAPATH"

  enable_shielded_nodes = true

  # GKE makes no cluster without nodes: these are deleted at once, the pools below stay.
  remove_default_node_pool = true
  initial_node_count       = 1

  node_config {
    machine_type    = "e2-medium"
    disk_size_gb    = 30
    service_account = var.node_service_account_email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = var.pods_range_name
    services_secondary_range_name = var.services_range_name
  }

  # The control plane is reached by its DNS name, where Google checks the caller's IAM permission, from anywhere: no list of
  # runner addresses, and no port that is open to the internet.
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = true
    }

    ip_endpoints_config {
      enabled = false
    }
  }

  release_channel {
    channel = var.release_channel
  }

  workload_identity_config {
    workload_pool = "${var.project_id}.svc.id.goog"
  }

  addons_config {
    http_load_balancing {
      disabled = false
    }

    horizontal_pod_autoscaling {
      disabled = false
    }

    dynamic "gke_backup_agent_config" {
      for_each = var.backup_agent ? [true] : []

      content {
        enabled = true
      }
    }
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS"]
  }

  monitoring_config {
    enable_components = ["SYSTEM_COMPONENTS"]

    managed_prometheus {
      enabled = true
    }
  }

  maintenance_policy {
    recurring_window {
      start_time = var.maintenance_window.start_time
      end_time   = var.maintenance_window.end_time
      recurrence = var.maintenance_window.recurrence
    }

    dynamic "maintenance_exclusion" {
      for_each = var.maintenance_exclusions

      content {
        exclusion_name = maintenance_exclusion.key
        start_time     = maintenance_exclusion.value.start_time
        end_time       = maintenance_exclusion.value.end_time

        exclusion_options {
          scope = maintenance_exclusion.value.scope
        }
      }
    }
  }

  lifecycle {
    # Once the first nodes are gone Google answers for one of the pools here; following that would replace the cluster.
    ignore_changes = [node_config, initial_node_count]
  }
}

resource "google_container_node_pool" "livekit" {
  for_each = local.livekit_pools

  name = each.value.name

  # An older generation is there to be deleted, once LiveKit has moved.
  deletion_policy = each.value.is_current ? local.pool_deletion_policy : "DELETE"
  cluster         = google_container_cluster.this.name
  location        = google_container_cluster.this.location
  node_locations  = var.node_locations

  # Totals, so that a regional pool is not three times as large as it says. Only the current generation grows: a new node of
  # another one would take the pods that are to leave it. Nor does it shrink by itself: its nodes have calls on them.
  dynamic "autoscaling" {
    for_each = each.value.is_current ? [each.value] : []

    content {
      total_min_node_count = autoscaling.value.min_nodes
      total_max_node_count = autoscaling.value.max_nodes
      location_policy      = "BALANCED"
    }
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  # An upgrade brings the new node first, then drains one old node after the other.
  upgrade_settings {
    strategy        = "SURGE"
    max_surge       = 1
    max_unavailable = 0
  }

  # By default GKE gives a node one hour and then ends the calls on it.
  node_drain_config {
    grace_termination_duration            = "${var.livekit_pool.drain_seconds}s"
    pdb_timeout_duration                  = "${var.livekit_pool.drain_seconds}s"
    respect_pdb_during_node_pool_deletion = true
  }

  # WebRTC needs nodes with public addresses: behind a NAT no candidate of a client would match.
  network_config {
    enable_private_nodes = var.private_nodes
  }

  node_config {
    machine_type    = each.value.machine_type
    image_type      = "COS_CONTAINERD"
    disk_type       = local.disk_types[each.value.machine_type]
    disk_size_gb    = var.livekit_pool.disk_size_gb
    service_account = var.node_service_account_email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    labels          = local.pool_label
    tags            = [var.node_tag]
    metadata        = { disable-legacy-endpoints = "true" }

    taint {
      key    = local.pool_taint.key
      value  = local.pool_taint.value
      effect = local.pool_taint.effect
    }

    gvnic {
      enabled = true
    }

    linux_node_config {
      sysctls = {
        "net.core.rmem_max" = local.udp_buffer_bytes
        "net.core.wmem_max" = local.udp_buffer_bytes
      }
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

resource "google_container_node_pool" "system" {
  name            = "system-${var.environment}"
  deletion_policy = local.pool_deletion_policy
  cluster         = google_container_cluster.this.name
  location        = google_container_cluster.this.location
  node_locations  = var.node_locations

  autoscaling {
    total_min_node_count = var.system_pool.min_nodes
    total_max_node_count = var.system_pool.max_nodes
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

  network_config {
    enable_private_nodes = false
  }

  node_config {
    machine_type    = var.system_pool.machine_type
    image_type      = "COS_CONTAINERD"
    disk_type       = local.disk_types[var.system_pool.machine_type]
    disk_size_gb    = var.system_pool.disk_size_gb
    service_account = var.node_service_account_email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    labels          = { "livekit-gke/pool" = "system" }
    metadata        = { disable-legacy-endpoints = "true" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }
}
