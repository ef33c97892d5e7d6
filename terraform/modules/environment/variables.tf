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
  description = "Who may read the API key and secret, as IAM members; the deploy identity, for one."
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
  description = "Whether a plan that deletes the cluster or the secret is refused."
  type        = bool
}
