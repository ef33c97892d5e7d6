# GitHub's workflows sign in with the token that GitHub gives each job. There are no keys that could leak.

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project_id
  workload_identity_pool_id = "github-pool"
  display_name              = "GitHub Actions Pool"
  description               = "Workflows of ${var.github_repository}"

  depends_on = [google_project_service.this]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  #checkov:skip=CKV_GCP_125:the condition is by the ids of owner and repository, which nobody can take over; the check only knows names in the subject
  project                            = var.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github-provider"
  display_name                       = "GitHub Provider"

  attribute_mapping = {
    "google.subject"                = "assertion.sub"
    "attribute.actor"               = "assertion.actor"
    "attribute.repository"          = "assertion.repository"
    "attribute.repository_id"       = "assertion.repository_id"
    "attribute.repository_owner_id" = "assertion.repository_owner_id"
    "attribute.ref"                 = "assertion.ref"
    "attribute.job_workflow_ref"    = "assertion.job_workflow_ref"

    # A job without an environment has no such claim.
    "attribute.environment" = "has(assertion.environment) ? assertion.environment : ''"

    # Both at once, since a member can name one attribute only: prd:refs/heads/main.
    "attribute.environment_ref" = "(has(assertion.environment) ? assertion.environment : '') + ':' + assertion.ref"
  }

  # Every repository of GitHub has this issuer. Names can be given up and taken by others, ids never.
  attribute_condition = "assertion.repository_owner_id == '${var.github_owner_id}' && assertion.repository_id == '${var.github_repository_id}'"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

locals {
  principals = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}"

  # Jobs of the default branch in a GitHub environment: its reviewers and branch rules stand before them.
  in_environment = {
    for environment in var.environments :
    environment => "${local.principals}/attribute.environment_ref/${environment}:refs/heads/${var.default_branch}"
  }

  # Scheduled work: where an environment has reviewers, its maintenance environment has none.
  in_maintenance = {
    for environment in var.environments :
    environment => format("%s/attribute.environment_ref/%s:refs/heads/%s",
      local.principals, lookup(var.maintenance_environments, environment, environment), var.default_branch
    )
  }

  # A branch can edit every workflow file that it holds, but not what a reusable workflow of a protected ref does.
  planners = {
    pull-requests = var.plan_workflow == null ? (
      "${local.principals}/attribute.repository_id/${var.github_repository_id}"
    ) : "${local.principals}/attribute.job_workflow_ref/${var.plan_workflow}"
  }
}
