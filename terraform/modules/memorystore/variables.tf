variable "environment" {
  description = "Name of the environment; the instance is livekit-redis-<environment>."
  type        = string
}

variable "region" {
  description = "Region of the instance."
  type        = string
}

variable "network_id" {
  description = "Network that reaches the instance; its private services access must exist already."
  type        = string
}

variable "reserved_range_name" {
  description = "Range of the private services access that the instance takes its address from."
  type        = string
}

variable "tier" {
  description = "BASIC (one instance) or STANDARD_HA (a replica in another zone that takes over)."
  type        = string
  default     = "BASIC"
  nullable    = false

  validation {
    condition     = contains(["BASIC", "STANDARD_HA"], var.tier)
    error_message = "The tier must be BASIC or STANDARD_HA."
  }
}

variable "memory_size_gb" {
  description = "Memory in GB, 1 to 300. LiveKit keeps rooms and nodes here, a few kB each."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.memory_size_gb >= 1 && var.memory_size_gb <= 300 && floor(var.memory_size_gb) == var.memory_size_gb
    error_message = "The memory size must be a whole number of GB from 1 to 300."
  }
}

variable "redis_version" {
  description = "Version, as Memorystore names it."
  type        = string
  default     = "REDIS_7_2"
  nullable    = false

  validation {
    condition     = contains(["REDIS_6_X", "REDIS_7_0", "REDIS_7_2"], var.redis_version)
    error_message = "The Redis version must be REDIS_6_X, REDIS_7_0 or REDIS_7_2."
  }
}

variable "maintenance_window" {
  description = "Weekly hour (UTC) in which Google may maintain the instance: day (MONDAY to SUNDAY) and hour (0 to 23)."
  type = object({
    day  = optional(string, "FRIDAY")
    hour = optional(number, 18)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"], var.maintenance_window.day)
    error_message = "The day of the maintenance window must be a weekday in capital letters, such as FRIDAY."
  }

  validation {
    condition     = contains(range(24), var.maintenance_window.hour)
    error_message = "The hour of the maintenance window must be a whole number from 0 to 23 (UTC)."
  }
}

variable "auth_enabled" {
  description = "Must stay false; see the README for the reason."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.auth_enabled
    error_message = "Redis AUTH cannot be used: the LiveKit chart would hold the password in plain text in a ConfigMap, and Terraform in its state. The instance is protected by its private address instead."
  }
}

variable "transit_encryption_enabled" {
  description = "Must stay false; see the README for the reason."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.transit_encryption_enabled
    error_message = "Transit encryption cannot be used: the LiveKit chart cannot mount the instance's certificate authority. The instance is protected by its private address instead."
  }
}

variable "deletion_protection" {
  description = "Whether a plan that deletes the instance is refused."
  type        = bool
  default     = false
  nullable    = false
}
