variable "project_id" {
  description = "Google Cloud project of the service accounts and of the roles."
  type        = string
  nullable    = false
}

variable "service_accounts" {
  description = <<-EOT
    Service accounts by their id (the part before the @): what each may in the project, always or under a condition (IAM's
    expression language; the key is the condition's title), and who may use it: federated_users sign in as it (Workload
    Identity, principal:// or principalSet://), attachers start machines that run as it. Roles and users are in maps under
    names of your own, so that they may be known only after the apply.
  EOT
  type = map(object({
    display_name = string
    description  = optional(string)
    roles        = optional(map(string), {})
    conditional_roles = optional(map(object({
      role        = string
      expression  = string
      description = optional(string)
    })), {})
    federated_users = optional(map(string), {})
    attachers       = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for id in keys(var.service_accounts) : can(regex("^[a-z]([a-z0-9-]{4,28})[a-z0-9]$", id))])
    error_message = "A service account's id must be 6 to 30 lower-case letters, digits and hyphens, beginning with a letter."
  }

  validation {
    condition = !anytrue(flatten([
      for account in values(var.service_accounts) : [
        for role in concat(values(account.roles), values(account.conditional_roles)[*].role) :
        contains(["roles/owner", "roles/editor"], role)
      ]
    ]))
    error_message = "A service account must not be owner or editor of the project: either may do all that the others may."
  }

  validation {
    condition = alltrue(flatten([
      for account in values(var.service_accounts) : [
        for role in values(account.roles) : !contains(["roles/resourcemanager.projectIamAdmin", "roles/iam.securityAdmin"], role)
      ]
    ]))
    error_message = "A role that grants roles needs a condition on what it may grant (conditional_roles with modifiedGrantsByRole)."
  }
}
