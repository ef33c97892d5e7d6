variable "environment" {
  description = "Name of the environment: 2 to 16 lower-case letters, digits and hyphens. It ends the names of all that is made."
  type        = string
}

variable "project_id" {
  description = "Google Cloud project."
  type        = string
}

variable "region" {
  description = "Region of everything that has one."
  type        = string
}

variable "node_locations" {
  description = "Zones of the nodes; null takes three that Google chooses."
  type        = list(string)
  default     = null
}

variable "domain" {
  description = "Domain of LiveKit's signal endpoint."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "The domain must be a full domain name in lower case, such as livekit.example.com."
  }
}

variable "turn_domain" {
  description = "Domain of the TURN server, another one than the domain."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.turn_domain))
    error_message = "The TURN domain must be a full domain name in lower case, such as turn.example.com."
  }

  validation {
    condition     = var.turn_domain != var.domain
    error_message = "The TURN domain must differ from the domain: each has a load balancer and a certificate of its own."
  }
}

variable "livekit_api_key" {
  description = "LiveKit API key. Ephemeral: it is in no plan and no state."
  type        = string
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{3,64}$", var.livekit_api_key))
    error_message = "The LiveKit API key must be 3 to 64 letters, digits, underscores and hyphens."
  }
}

variable "livekit_api_secret" {
  description = "LiveKit API secret. Ephemeral: it is in no plan and no state."
  type        = string
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = length(var.livekit_api_secret) >= 32
    error_message = "The LiveKit API secret must have 32 characters or more; `openssl rand -base64 36` makes one."
  }
}

variable "livekit_keys_version" {
  description = "Number of the API key's version: count it up by one to write a new key and secret."
  type        = number
  default     = 1
  nullable    = false
}

variable "livekit_keys_accessors" {
  description = "Who else may read the API key and secret, as IAM members."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "node_machine_type" {
  description = "Machine type of the LiveKit nodes."
  type        = string
}

variable "node_pool_min_nodes" {
  description = "Fewest LiveKit nodes, in all zones together."
  type        = number
}

variable "node_pool_max_nodes" {
  description = "Most LiveKit nodes, in all zones together. One LiveKit pod runs on each, so it bounds the replicas."
  type        = number
}

variable "redis_tier" {
  description = "BASIC or STANDARD_HA."
  type        = string
}

variable "redis_memory_size_gb" {
  description = "Memory of Redis in GB."
  type        = number
}

variable "ranges" {
  description = "Private address ranges; see the network module."
  type = object({
    nodes            = optional(string)
    pods             = optional(string)
    services         = optional(string)
    private_services = optional(string)
  })
  default  = {}
  nullable = false
}

variable "open_ports" {
  description = "Switches of the firewall rules; see the network module."
  type = object({
    signal       = optional(bool)
    rtc_tcp      = optional(bool)
    rtc_udp      = optional(bool)
    turn_tls     = optional(bool)
    turn_udp     = optional(bool)
    certificates = optional(bool)
    metrics      = optional(bool)
  })
  default  = {}
  nullable = false
}

variable "release_channel" {
  description = "How quickly Kubernetes versions come: RAPID, REGULAR, STABLE or EXTENDED."
  type        = string
  default     = "REGULAR"
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether a plan that deletes the cluster, Redis, an address or a secret is refused."
  type        = bool
}

variable "bootstrapped" {
  description = <<-EOT
    Whether terraform/bootstrap made the project's identities: then livekit-<environment>-nodes runs the nodes, livekit-deploy and
    livekit-verify read the API key and secret, livekit-turn-cert keeps the certificate. false: the nodes' account is made here, and only
    livekit_keys_accessors may read the pair.
  EOT
  type        = bool
  default     = true
  nullable    = false
}

variable "dns_zone" {
  description = "Public Cloud DNS zone that holds both domains: name, dns_name, create (false), project. null: DNS is elsewhere, see the output dns_records."
  type = object({
    name     = string
    dns_name = string
    create   = optional(bool)
    project  = optional(string)
  })
  default = null
}

variable "acme_zone" {
  description = "dns_name of a zone of its own, made for the TURN certificate's ACME challenges, that a CNAME delegates to. null: dns_zone, if any."
  type        = object({ dns_name = string })
  default     = null
}

variable "caa_issuers" {
  description = "Certificate authorities that may issue for domain and for turn_domain; empty lists make no CAA record."
  type = object({
    domain      = optional(list(string))
    turn_domain = optional(list(string))
  })
  default  = {}
  nullable = false
}

variable "private_nodes" {
  description = "Must stay false: clients send media to the nodes' own public addresses."
  type        = bool
  default     = false
  nullable    = false
}

variable "drain_seconds" {
  description = "How long a node upgrade waits for the calls on a node, in seconds; the grace period of the LiveKit pods."
  type        = number
  default     = 18000
  nullable    = false
}

variable "livekit_pool_generations" {
  description = "Generations of LiveKit's node pools, by number; the newest is the current one. See docs/runbooks/upgrade-nodes.md."
  type = map(object({
    machine_type = optional(string)
    retired      = optional(bool)
  }))
  default  = { 1 = {} }
  nullable = false
}

variable "fallback_pool" {
  description = "A second pool for LiveKit, of another machine family, for when the first is out of stock: machine_type, max_nodes. null: none."
  type = object({
    machine_type = string
    max_nodes    = number
  })
  default = null
}

variable "system_pool" {
  description = "The nodes of everything but LiveKit: machine_type, min_nodes, max_nodes, disk_size_gb; see the gke module."
  type = object({
    machine_type = optional(string)
    min_nodes    = optional(number)
    max_nodes    = optional(number)
    disk_size_gb = optional(number)
  })
  default  = {}
  nullable = false
}

variable "maintenance_window" {
  description = "When Google may upgrade the cluster: start_time, end_time (RFC 3339, UTC) of the first window and its recurrence."
  type = object({
    start_time = optional(string)
    end_time   = optional(string)
    recurrence = optional(string)
  })
  default  = {}
  nullable = false
}

variable "maintenance_exclusions" {
  description = "Times without upgrades, by name: start_time, end_time (RFC 3339, UTC) and scope."
  type = map(object({
    start_time = string
    end_time   = string
    scope      = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "flow_logs" {
  description = "Whether the subnet logs its flows; with media these logs are large."
  type        = bool
  default     = false
  nullable    = false
}

variable "redis_version" {
  description = "Version of Redis, as Memorystore names it."
  type        = string
  default     = "REDIS_7_2"
  nullable    = false
}

variable "redis_maintenance_window" {
  description = "Weekly hour in which Google may maintain Redis: day (MONDAY to SUNDAY) and hour (0 to 23, UTC)."
  type = object({
    day  = optional(string)
    hour = optional(number)
  })
  default  = {}
  nullable = false
}

variable "redis_auth_enabled" {
  description = "Must stay false: the LiveKit chart would hold the password in plain text."
  type        = bool
  default     = false
  nullable    = false
}

variable "redis_transit_encryption_enabled" {
  description = "Must stay false: the LiveKit chart cannot mount the instance's certificate authority."
  type        = bool
  default     = false
  nullable    = false
}

variable "addons" {
  description = <<-EOT
    What add-ons need of the cloud, off by default; see the addons module. turn_server: domain, machine_type, min_nodes, max_nodes,
    disk_size_gb, relay_ports (min, max), tls. ingress: domains. backup: schedule, retain_days, namespaces, secrets.
  EOT
  type = object({
    turn_server = optional(object({
      domain       = string
      machine_type = optional(string)
      min_nodes    = optional(number)
      max_nodes    = optional(number)
      disk_size_gb = optional(number)
      relay_ports  = optional(object({ min = number, max = number }))
      tls          = optional(bool)
    }))
    ingress = optional(object({ domains = list(string) }))
    backup = optional(object({
      schedule    = optional(string)
      retain_days = optional(number)
      namespaces  = optional(list(string))
      secrets     = optional(bool)
    }))
  })
  default  = {}
  nullable = false
}
