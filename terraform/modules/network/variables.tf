variable "environment" {
  description = "Name of the environment; every name made here begins with livekit-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,14}[a-z0-9]$", var.environment))
    error_message = "The environment must be 2 to 16 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "region" {
  description = "Region of the subnet."
  type        = string
}

variable "ranges" {
  description = <<-EOT
    Private address ranges, which must not overlap: nodes (the subnet itself), pods and services (secondary ranges), and
    private_services (peered to Google, where Redis gets its address). Pods need a /24 a node.
  EOT
  type = object({
    nodes            = optional(string, "10.0.0.0/20")
    pods             = optional(string, "10.4.0.0/16")
    services         = optional(string, "10.5.0.0/20")
    private_services = optional(string, "10.6.0.0/20")
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for range in values(var.ranges) : try(cidrhost(range, 0) == split("/", range)[0] && cidrnetmask(range) != "", false)
    ])
    error_message = "Each range must be an IPv4 range in CIDR notation that begins at its first address, such as 10.0.0.0/20."
  }

  # Two ranges overlap when they begin alike under the shorter of the two prefixes.
  validation {
    condition = alltrue([
      for pair in setproduct(values(var.ranges), values(var.ranges)) : pair[0] == pair[1] || try(
        length(distinct([
          for range in pair : cidrhost("${split("/", range)[0]}/${min([for each in pair : tonumber(split("/", each)[1])]...)}", 0)
        ])) == 2,
        true # refused above
      )
    ]) && length(distinct(values(var.ranges))) == length(values(var.ranges))
    error_message = "The ranges of nodes, pods, services and private services must not overlap."
  }

  validation {
    condition     = try(tonumber(split("/", var.ranges.pods)[1]) <= 21, true)
    error_message = "The range of the pods must be a /21 or larger: each node takes a /24 of it, and a cluster with one pool of 3 nodes needs 8 while it is upgraded."
  }

  validation {
    condition     = try(tonumber(split("/", var.ranges.private_services)[1]) <= 28, true)
    error_message = "The range of the private services must be a /28 or larger: Redis with a replica takes as much."
  }
}

variable "open_ports" {
  description = "Firewall rules, each by its own switch; see the table in the README for what each one opens, and to whom."
  type = object({
    signal       = optional(bool, true)
    rtc_tcp      = optional(bool, true)
    rtc_udp      = optional(bool, true)
    turn_tls     = optional(bool, true)
    turn_udp     = optional(bool, true)
    certificates = optional(bool, true)
    metrics      = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "deletion_protection" {
  description = "Whether the deletion of the network and its subnet is refused."
  type        = bool
  default     = false
  nullable    = false
}

variable "flow_logs" {
  description = "Whether the subnet logs its flows. With media traffic these logs are large and cost accordingly."
  type        = bool
  default     = false
  nullable    = false
}
