variable "environment" {
  description = "Name of the environment; the cluster is livekit-cluster-<environment>."
  type        = string
}

variable "project_id" {
  description = "Project of the cluster."
  type        = string
}

variable "region" {
  description = "Region of the cluster."
  type        = string
}

variable "node_locations" {
  description = "Zones of the nodes; null takes three that Google chooses. Compute-optimised machines are not in every zone."
  type        = list(string)
  default     = null

  validation {
    condition = var.node_locations == null ? true : length(var.node_locations) > 0 && alltrue([
      for zone in var.node_locations : can(regex("^${var.region}-[a-z]$", zone))
    ])
    error_message = "The nodes' zones must be zones of the cluster's region, such as ${var.region}-a; leave them out (null) to let Google choose."
  }
}

variable "network_id" {
  description = "Network of the cluster."
  type        = string
}

variable "subnetwork_id" {
  description = "Subnet of the nodes."
  type        = string
}

variable "pods_range_name" {
  description = "Secondary range of the subnet for pods."
  type        = string
}

variable "services_range_name" {
  description = "Secondary range of the subnet for services."
  type        = string
}

variable "node_service_account_email" {
  description = "Identity of the nodes. It needs roles/container.defaultNodeServiceAccount; workloads have identities of their own."
  type        = string
}

variable "node_tag" {
  description = "Network tag of the LiveKit nodes, which the firewall rules open ports for."
  type        = string
}

variable "private_nodes" {
  description = "Must stay false; see the README for the reason."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.private_nodes
    error_message = "LiveKit's nodes cannot be private: a client sends its media to the node's own public address, and behind a NAT no candidate of a call would match."
  }
}

variable "release_channel" {
  description = "How quickly Kubernetes versions come: RAPID, REGULAR, STABLE or EXTENDED."
  type        = string
  default     = "REGULAR"
  nullable    = false

  validation {
    condition     = contains(["RAPID", "REGULAR", "STABLE", "EXTENDED"], var.release_channel)
    error_message = "The release channel must be RAPID, REGULAR, STABLE or EXTENDED."
  }
}

variable "maintenance_window" {
  description = "When Google may upgrade: first window (RFC 3339, UTC) and its recurrence. At least 48 hours in any 32 days."
  type = object({
    start_time = optional(string, "2025-01-03T17:00:00Z")
    end_time   = optional(string, "2025-01-03T23:00:00Z")
    recurrence = optional(string, "FREQ=WEEKLY;BYDAY=FR,SA")
  })
  default  = {}
  nullable = false

  validation {
    condition     = try(timecmp(var.maintenance_window.end_time, timeadd(var.maintenance_window.start_time, "4h")) >= 0, false)
    error_message = "The maintenance window must last 4 hours or more (GKE counts no shorter one), from and to RFC 3339 times such as 2025-01-03T17:00:00Z."
  }

  validation {
    condition     = can(regex("^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Z0-9,+-]+)*$", var.maintenance_window.recurrence))
    error_message = "The recurrence of the maintenance window must be a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=FR,SA."
  }

  # Four weeks are in any 32 days, so each week must have 12 hours.
  validation {
    condition = !can(regex("^FREQ=WEEKLY(;BYDAY=[A-Z,]+)?$", var.maintenance_window.recurrence)) ? true : try(timecmp(
      var.maintenance_window.end_time,
      timeadd(var.maintenance_window.start_time, format("%.3fh", 12 / try(
        length(split(",", regex("BYDAY=([A-Z,]+)", var.maintenance_window.recurrence)[0])), 1
      )))
    ) >= 0, true)
    error_message = "The maintenance window must leave 48 hours in any 32 days, which a weekly one does with 12 hours a week: on more days, or longer."
  }
}

variable "maintenance_exclusions" {
  description = "Times without upgrades, by name: start and end (RFC 3339, UTC) and what is held back."
  type = map(object({
    start_time = string
    end_time   = string
    scope      = optional(string, "NO_MINOR_OR_NODE_UPGRADES")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.maintenance_exclusions) <= 20
    error_message = "GKE takes 20 maintenance exclusions at most."
  }

  validation {
    condition = alltrue([
      for exclusion in values(var.maintenance_exclusions) :
      contains(["NO_UPGRADES", "NO_MINOR_UPGRADES", "NO_MINOR_OR_NODE_UPGRADES"], exclusion.scope)
    ])
    error_message = "The scope of a maintenance exclusion must be NO_UPGRADES, NO_MINOR_UPGRADES or NO_MINOR_OR_NODE_UPGRADES."
  }

  validation {
    condition = alltrue([
      for exclusion in values(var.maintenance_exclusions) : try(timecmp(exclusion.start_time, exclusion.end_time) < 0, false)
    ])
    error_message = "A maintenance exclusion must end after it starts, both as RFC 3339 times such as 2026-12-20T00:00:00Z."
  }

  validation {
    condition = alltrue([
      for exclusion in values(var.maintenance_exclusions) : exclusion.scope != "NO_UPGRADES" ||
      try(timecmp(exclusion.end_time, timeadd(exclusion.start_time, "2160h")) <= 0, true)
    ])
    error_message = "A maintenance exclusion with the scope NO_UPGRADES may last 90 days at most."
  }
}

variable "deletion_protection" {
  description = "Whether the deletion of the cluster and of its node pools is refused."
  type        = bool
  default     = true
  nullable    = false
}

variable "backup_agent" {
  description = "Whether Backup for GKE may take backups of the cluster."
  type        = bool
  default     = false
  nullable    = false
}

variable "livekit_pool" {
  description = <<-EOT
    The nodes of LiveKit: machine type, nodes in all zones together (one LiveKit pod runs on each), boot disk in GB, and for
    how long an upgrade waits for the calls on a node to end, in seconds.
  EOT
  type = object({
    machine_type  = string
    min_nodes     = number
    max_nodes     = number
    disk_size_gb  = optional(number, 50)
    drain_seconds = optional(number, 18000)
  })

  validation {
    condition     = var.livekit_pool.min_nodes >= 1 && var.livekit_pool.max_nodes >= var.livekit_pool.min_nodes
    error_message = "The LiveKit pool needs at least 1 node, and its maximum must not be below its minimum."
  }

  validation {
    condition     = var.livekit_pool.drain_seconds >= 0 && var.livekit_pool.drain_seconds <= 86400
    error_message = "The drain must last from 0 to 86400 seconds."
  }
}

variable "livekit_pool_generations" {
  description = <<-EOT
    Generations of LiveKit's pools, by number. The newest is the current one; older ones keep their nodes until helm-deploy's mode
    upgrade-nodes has moved LiveKit, and are then left out here. machine_type: another one than livekit_pool's. retired: takes the newest back.
  EOT
  type = map(object({
    machine_type = optional(string)
    retired      = optional(bool, false)
  }))
  default  = { 1 = {} }
  nullable = false

  validation {
    condition     = alltrue([for number in keys(var.livekit_pool_generations) : can(regex("^[1-9][0-9]?$", number))])
    error_message = "Generations of LiveKit's pools have numbers from 1 to 99, such as { 1 = {}, 2 = {} }."
  }

  validation {
    condition     = anytrue([for generation in values(var.livekit_pool_generations) : !generation.retired])
    error_message = "LiveKit needs a generation of pools that is not retired."
  }
}

variable "fallback_pool" {
  description = <<-EOT
    A second pool of LiveKit nodes, of another machine family, that grows from nothing when the first one's machines are out
    of stock: machine type, most nodes in all zones together. null: none. Its nodes come on top of the first pool's.
  EOT
  type = object({
    machine_type = string
    max_nodes    = number
  })
  default = null

  validation {
    condition     = var.fallback_pool == null ? true : var.fallback_pool.max_nodes >= 1
    error_message = "The fallback pool needs a maximum of 1 node or more; leave it out (null) to have none."
  }

  validation {
    condition = var.fallback_pool == null ? true : !contains(
      [for generation in values(var.livekit_pool_generations) : split("-", coalesce(generation.machine_type, var.livekit_pool.machine_type))[0]],
      split("-", var.fallback_pool.machine_type)[0],
    )
    error_message = "The fallback pool must be of another machine family than the LiveKit pool: one family is out of stock as a whole."
  }
}

variable "system_pool" {
  description = "The nodes of everything else: machine type, nodes in all zones together, boot disk in GB."
  type = object({
    machine_type = optional(string, "e2-standard-2")
    min_nodes    = optional(number, 1)
    max_nodes    = optional(number, 3)
    disk_size_gb = optional(number, 50)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.system_pool.min_nodes >= 1 && var.system_pool.max_nodes >= var.system_pool.min_nodes
    error_message = "The system pool needs at least 1 node, and its maximum must not be below its minimum."
  }
}
