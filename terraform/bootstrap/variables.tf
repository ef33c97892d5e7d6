variable "project_id" {
  description = "Google Cloud project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "The project must be its id (6 to 30 lower-case letters, digits and hyphens), not its name or number."
  }
}

variable "region" {
  description = "Region of the environments, and of the state bucket unless bucket_location says otherwise."
  type        = string
  default     = "asia-northeast1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "The region must be a region such as asia-northeast1, not a zone."
  }
}

variable "bucket_location" {
  description = "Location of the state bucket, a region or a multi-region such as ASIA; null takes the region."
  type        = string
  default     = null
}

variable "github_repository" {
  description = "Repository whose workflows may sign in, as owner/name. Only its ids below are trusted: a name can change hands."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "The repository must be owner/name, without https://github.com/."
  }
}

variable "github_owner_id" {
  description = "Number of the repository's owner: gh api repos/OWNER/NAME --jq .owner.id"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.github_owner_id))
    error_message = "The owner's id must be a number: gh api repos/OWNER/NAME --jq .owner.id"
  }
}

variable "github_repository_id" {
  description = "Number of the repository: gh api repos/OWNER/NAME --jq .id"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.github_repository_id))
    error_message = "The repository's id must be a number: gh api repos/OWNER/NAME --jq .id"
  }
}

variable "default_branch" {
  description = "The only branch that workflows apply, deploy and renew certificates from."
  type        = string
  default     = "main"
  nullable    = false
}

variable "plan_workflow" {
  description = <<-EOT
    The only workflow that may plan, as GitHub's token names it (claim job_workflow_ref), owner/name/.github/workflows/file.yml@ref:
    a reusable workflow that no pull request can change. The ref is the one that the caller writes after @, in full: @v1 is
    refs/tags/v1, @main is refs/heads/main, a commit stays the commit. null: any workflow of the repository.
  EOT
  type        = string
  default     = "org/livekit-gke/.github/workflows/plan.yml@refs/tags/v1"

  validation {
    condition     = var.plan_workflow == null ? true : can(regex("^[^/]+/[^/]+/\\.github/workflows/[^/@]+\\.ya?ml@(refs/(heads|tags)/.+|[0-9a-f]{40})$", var.plan_workflow))
    error_message = "The plan workflow must be owner/name/.github/workflows/file.yml@ref with the whole ref, such as your-org/livekit/.github/workflows/plan.yml@refs/heads/main, @refs/tags/v1 or a commit of 40 digits."
  }
}

variable "environments" {
  description = "Environments of this project. Each is a GitHub environment of the same name, and a folder in terraform/environments."
  type        = set(string)
  default     = ["dev", "stg", "prd"]
  nullable    = false

  validation {
    condition     = alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9-]{0,14}[a-z0-9]$", name))])
    error_message = "Each environment must be 2 to 16 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "maintenance_environments" {
  description = <<-EOT
    GitHub environments without reviewers for scheduled work (certificates, verification) on an environment with reviewers,
    which would block every run: environment -> GitHub environment.
  EOT
  type        = map(string)
  default     = { prd = "prd-maintenance" }
  nullable    = false

  validation {
    condition     = alltrue([for name, other in var.maintenance_environments : name != other])
    error_message = "A maintenance environment must be another GitHub environment than the one that it maintains."
  }
}

variable "grantable_roles" {
  description = "Roles that the apply identity may grant in the project, and take away; no other. An empty list: none at all."
  type        = list(string)
  default     = ["roles/container.defaultNodeServiceAccount"]
  nullable    = false

  validation {
    condition = !anytrue([
      for role in var.grantable_roles :
      contains(["roles/owner", "roles/editor", "roles/resourcemanager.projectIamAdmin", "roles/iam.securityAdmin"], role) ||
      startswith(role, "roles/iam.serviceAccount") || startswith(role, "roles/iam.workloadIdentity")
    ])
    error_message = "The apply identity must not be able to grant roles by which it could become somebody else: owner, editor, IAM administration, use of service accounts."
  }
}

variable "cluster_access" {
  description = <<-EOT
    How livekit-turn-cert, livekit-verify and livekit-plan get their few rights in the clusters: "iam", by roles of the project, in every
    namespace; or "rbac", by kubernetes-access.yaml, which an owner applies to each cluster and which reaches one namespace.
  EOT
  type        = string
  default     = "iam"
  nullable    = false

  validation {
    condition     = contains(["iam", "rbac"], var.cluster_access)
    error_message = "The access to clusters must be iam or rbac."
  }
}

variable "extra_roles" {
  description = "Further project roles of an identity, by a name of your own: plan, apply, deploy, turn_cert, verify. For what you add to the environments."
  type = object({
    plan      = optional(map(string), {})
    apply     = optional(map(string), {})
    deploy    = optional(map(string), {})
    turn_cert = optional(map(string), {})
    verify    = optional(map(string), {})
  })
  default  = {}
  nullable = false
}

variable "extra_services" {
  description = "Further APIs of Google that are enabled, without .googleapis.com: gkebackup for backups of a cluster."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.extra_services : can(regex("^[a-z][a-z0-9-]*$", service))])
    error_message = "The APIs must be named without .googleapis.com, such as gkebackup."
  }
}

variable "budget" {
  description = <<-EOT
    A monthly budget of the project, and who is mailed when a part of it is spent: billing_account, amount (in whole units of the account's
    currency, or of currency), emails, percent (of what is spent) and forecast_percent (of what the month will come to). null: none.
  EOT
  type = object({
    billing_account  = string
    amount           = number
    currency         = optional(string)
    emails           = list(string)
    percent          = optional(list(number), [50, 80, 100])
    forecast_percent = optional(list(number), [100])
  })
  default = null

  validation {
    condition     = try(can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account)), true) || var.budget == null
    error_message = "The billing account must be an id such as 012345-6789AB-CDEF01."
  }

  validation {
    condition     = try(var.budget.amount >= 1 && floor(var.budget.amount) == var.budget.amount, true)
    error_message = "The budget must be a whole amount, 1 or more."
  }

  validation {
    condition     = try(length(var.budget.emails) >= 1 && length(var.budget.emails) <= 5, true)
    error_message = "A budget needs one to five addresses that are mailed."
  }

  validation {
    condition     = try(length(var.budget.percent) + length(var.budget.forecast_percent) > 0 && alltrue([for percent in concat(var.budget.percent, var.budget.forecast_percent) : percent > 0]), true)
    error_message = "A budget needs one percentage at least, each more than 0."
  }
}

variable "plan_retention_days" {
  description = "For how many days stored plans are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.plan_retention_days >= 1 && floor(var.plan_retention_days) == var.plan_retention_days
    error_message = "Plans must be kept for a whole number of days, 1 or more."
  }
}

variable "state_retention_days" {
  description = "For how many days old versions of the state are kept; the last 20 stay in any case."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.state_retention_days >= 7 && floor(var.state_retention_days) == var.state_retention_days
    error_message = "Old versions of the state must be kept for a whole number of days, 7 or more."
  }
}

variable "deletion_protection" {
  description = "Whether a plan that deletes the state bucket is refused."
  type        = bool
  default     = true
  nullable    = false
}
