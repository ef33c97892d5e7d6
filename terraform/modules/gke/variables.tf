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

variable "node_tag" {
  description = "Network tag of the LiveKit nodes, which the firewall rules open ports for."
  type        = string
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
}

variable "deletion_protection" {
  description = "Whether a plan that deletes the cluster is refused."
  type        = bool
  default     = true
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
