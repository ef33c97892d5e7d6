variable "environment" {
  description = "Name of the environment; every secret's name begins with livekit-<environment>."
  type        = string
}

variable "livekit_api_key" {
  description = "LiveKit API key. Ephemeral: it is in no plan and no state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "livekit_api_secret" {
  description = "LiveKit API secret, 32 characters or more. Ephemeral: it is in no plan and no state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "keys_version" {
  description = "Number of the pair's version: count it up by one to write a new key and secret."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.keys_version >= 1 && floor(var.keys_version) == var.keys_version
    error_message = "The version of the keys must be a whole number, 1 or more."
  }
}

variable "key_readers" {
  description = "Who reads the API key and secret, to deploy or to verify: IAM members by a name of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "certificate_readers" {
  description = "Who reads the TURN certificate, to deploy it: IAM members by a name of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "certificate_keepers" {
  description = "Who renews the TURN certificate with the ACME account: IAM members by a name of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether a plan that deletes a secret is refused."
  type        = bool
  default     = false
  nullable    = false
}
