variable "environment" {
  description = "Name of the environment; every name made here begins with livekit-<environment>."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of the TURN address."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "Domain of LiveKit's signal endpoint, in lower case and without a dot at its end."
  type        = string
  nullable    = false
}

variable "turn_domain" {
  description = "Domain of the TURN server, in lower case and without a dot at its end."
  type        = string
  nullable    = false
}

variable "zone" {
  description = <<-EOT
    Public Cloud DNS zone that holds both domains: its name, its dns_name (such as example.com), whether it is made here, and
    its project when that is another one. null: the records are made elsewhere, by the output `records`.
  EOT
  type = object({
    name     = string
    dns_name = string
    create   = optional(bool, false)
    project  = optional(string)
  })
  default = null

  validation {
    condition     = var.zone == null ? true : !endswith(var.zone.dns_name, ".")
    error_message = "The zone's dns_name must have no dot at its end, as the domains."
  }

  validation {
    condition = var.zone == null ? true : alltrue([
      for domain in [var.domain, var.turn_domain] : domain == var.zone.dns_name || endswith(domain, ".${var.zone.dns_name}")
    ])
    error_message = "Both domains must lie in the zone; without a zone here (null) their records are made elsewhere."
  }
}

variable "acme_zone" {
  description = <<-EOT
    Zone of its own for ACME challenges, to which a CNAME of the TURN domain delegates, so that what renews the certificate can
    change nothing else: its dns_name (such as acme.livekit.example.com). null: challenges are answered in `zone`.
  EOT
  type        = object({ dns_name = string })
  default     = null

  validation {
    condition     = var.acme_zone == null ? true : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.acme_zone.dns_name))
    error_message = "The ACME zone's dns_name must be a full domain name in lower case, without a dot at its end."
  }

  validation {
    condition     = var.acme_zone == null || var.zone == null ? true : var.acme_zone.dns_name != var.zone.dns_name
    error_message = "The ACME zone must be another zone than the one that holds the domains; leave it out to answer challenges there."
  }
}

variable "acme_members" {
  description = "Who answers ACME challenges, by a name of your own, as IAM members: they may change the zone of the challenges, and no other."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "caa_issuers" {
  description = "Certificate authorities that may issue for each domain; an empty list makes no CAA record."
  type = object({
    domain      = optional(list(string), ["pki.goog"])
    turn_domain = optional(list(string), ["letsencrypt.org"])
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.caa_issuers.domain) == 0 || contains(var.caa_issuers.domain, "pki.goog")
    error_message = "The CAA record of the domain must allow pki.goog: Google's managed certificate comes from there and would stay in provisioning."
  }

  validation {
    condition = alltrue([
      for issuer in concat(var.caa_issuers.domain, var.caa_issuers.turn_domain) :
      can(regex("^([a-z0-9-]+\\.)+[a-z]+(; *[a-z]+=[!-!#-:<-\\[\\]-~]+)*$", issuer))
    ])
    error_message = "A certificate authority must be named by its domain, such as letsencrypt.org, with parameters at most: letsencrypt.org; validationmethods=dns-01."
  }
}

variable "ttl_seconds" {
  description = "How long resolvers may keep the records, in seconds."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.ttl_seconds >= 30 && var.ttl_seconds <= 86400
    error_message = "The records' lifetime must be from 30 to 86400 seconds."
  }
}

variable "deletion_protection" {
  description = "Whether a plan that deletes an address is refused: a new one would need new DNS records everywhere."
  type        = bool
  default     = false
  nullable    = false
}
