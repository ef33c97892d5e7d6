variable "project_id" {
  description = "Google Cloud project."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "The project must be its id (6 to 30 lower-case letters, digits and hyphens), not its name or number."
  }
}

variable "region" {
  description = "Region of everything that has one."
  type        = string
  default     = "asia-northeast1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "The region must be a region such as asia-northeast1, not a zone."
  }
}

variable "node_locations" {
  description = "Zones of the nodes; null takes three that Google chooses. Compute-optimised machines are not in every zone."
  type        = list(string)
  default     = null
}

variable "domain" {
  description = "Domain of LiveKit's signal endpoint, such as livekit-dev.example.com."
  type        = string
}

variable "turn_domain" {
  description = "Domain of the TURN server, such as turn-dev.example.com."
  type        = string
}

variable "livekit_api_key" {
  description = "LiveKit API key. Ephemeral: it is in no plan and no state, and must be given at plan and at apply."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "livekit_api_secret" {
  description = "LiveKit API secret, 32 characters or more. Ephemeral, as the key."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "livekit_keys_version" {
  description = "Count up by one to write a new API key and secret: their values alone change nothing."
  type        = number
  default     = 1
  nullable    = false
}

variable "livekit_keys_accessors" {
  description = "Who may read the API key and secret, as IAM members such as serviceAccount:livekit-deploy@<project>.iam.gserviceaccount.com."
  type        = set(string)
  default     = []
  nullable    = false
}

# What follows has a value for each environment in environment.tf; null takes that one.

variable "node_machine_type" {
  description = "Machine type of the LiveKit nodes."
  type        = string
  default     = null
}

variable "node_pool_min_nodes" {
  description = "Fewest LiveKit nodes, in all zones together."
  type        = number
  default     = null
}

variable "node_pool_max_nodes" {
  description = "Most LiveKit nodes, in all zones together."
  type        = number
  default     = null
}

variable "redis_tier" {
  description = "BASIC or STANDARD_HA."
  type        = string
  default     = null
}

variable "redis_memory_size_gb" {
  description = "Memory of Redis in GB."
  type        = number
  default     = null
}

variable "deletion_protection" {
  description = "Whether a plan that deletes the cluster or the secret is refused."
  type        = bool
  default     = null
}

# What follows is the same in every environment unless it is set.

variable "ranges" {
  description = "Private address ranges of nodes, pods, services and private_services, in CIDR notation; see the network module."
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
  description = "Switches of the firewall rules, all on; see the network module."
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
