variable "environment" {
  description = "Name of the environment; every name made here ends or begins with it."
  type        = string
}

variable "region" {
  description = "Region of the addresses."
  type        = string
}

variable "node_locations" {
  description = "Zones of the nodes; null takes those of the cluster."
  type        = list(string)
  default     = null
}

variable "network_id" {
  description = "Network of the cluster."
  type        = string
}

variable "cluster_name" {
  description = "Cluster that gets the pool."
  type        = string
}

variable "cluster_id" {
  description = "Id of the cluster, for its backups."
  type        = string
}

variable "cluster_location" {
  description = "Region of the cluster."
  type        = string
}

variable "node_service_account_email" {
  description = "Identity of the nodes."
  type        = string
}

variable "inside_ranges" {
  description = "The environment's private ranges, from which metrics are read and to which TURN must not relay."
  type        = list(string)
}

variable "zone" {
  description = "Public Cloud DNS zone that holds the domains: name and project. null: the records are made elsewhere, by the output `records`."
  type = object({
    name    = string
    project = optional(string)
  })
  default = null
}

variable "ttl_seconds" {
  description = "How long resolvers may keep the records, in seconds."
  type        = number
  default     = 300
  nullable    = false
}

variable "secret_readers" {
  description = "Who may read the TURN server's shared secret, by a name of your own, as IAM members."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether a plan that deletes an address, a pool or a secret is refused."
  type        = bool
  default     = false
  nullable    = false
}

variable "turn_server" {
  description = <<-EOT
    The TURN server's nodes, firewall rules, address, DNS record and secret: domain, machine_type, min_nodes, max_nodes, disk_size_gb,
    relay_ports (min, max) and tls (whether 5349 is open). null: none.
  EOT
  type = object({
    domain       = string
    machine_type = optional(string, "e2-medium")
    min_nodes    = optional(number, 1)
    max_nodes    = optional(number, 2)
    disk_size_gb = optional(number, 30)
    relay_ports  = optional(object({ min = number, max = number }), { min = 49152, max = 50175 })
    tls          = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.turn_server == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.turn_server.domain))
    error_message = "The TURN server's domain must be a full domain name in lower case, such as turn.nova.example.com."
  }

  validation {
    condition     = try(var.turn_server.min_nodes >= 1 && var.turn_server.max_nodes >= var.turn_server.min_nodes, true)
    error_message = "The TURN server's pool must have at least one node, and max_nodes not below min_nodes."
  }

  validation {
    condition = try(
      var.turn_server.relay_ports.min >= 10000 && var.turn_server.relay_ports.max <= 65535 &&
      var.turn_server.relay_ports.max - var.turn_server.relay_ports.min >= 63 &&
      var.turn_server.relay_ports.max - var.turn_server.relay_ports.min < 10000,
      true,
    )
    error_message = "The relay ports must be 64 to 10000 ports between 10000 and 65535: each session takes one, and each is open to the internet."
  }
}

variable "ingress" {
  description = "A reserved address for the add-on ingress-tls, and DNS records of these domains that lead to it: domains. null: none."
  type        = object({ domains = list(string) })
  default     = null

  validation {
    condition     = alltrue([for domain in try(var.ingress.domains, []) : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", domain))])
    error_message = "The domains of the ingress must be full domain names in lower case, such as api.nova.example.com."
  }
}

variable "backup" {
  description = <<-EOT
    A plan of Backup for GKE: schedule (cron, in UTC), retain_days, namespaces, and whether Kubernetes Secrets are in it (secrets); volumes
    are. null: none.
  EOT
  type = object({
    schedule    = optional(string, "0 18 * * *")
    retain_days = optional(number, 30)
    namespaces  = optional(list(string), ["argocd", "nova-messaging", "nova-monitoring"])
    secrets     = optional(bool, false)
  })
  default = null

  validation {
    condition     = try(length(var.backup.namespaces) > 0, true)
    error_message = "A backup must have one namespace at least."
  }

  validation {
    condition     = try(var.backup.retain_days >= 1 && var.backup.retain_days <= 1095 && floor(var.backup.retain_days) == var.backup.retain_days, true)
    error_message = "Backups must be kept for a whole number of days, 1 to 1095."
  }

  validation {
    condition     = try(length(split(" ", var.backup.schedule)) == 5, true)
    error_message = "The schedule of backups must be a cron line of five fields, such as 0 18 * * *."
  }
}
