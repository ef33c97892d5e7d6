output "state_bucket" {
  description = "Bucket of all states: terraform init -backend-config=\"bucket=<this>\""
  value       = google_storage_bucket.state.name
}

output "github_variables" {
  description = "Variables of the repository on GitHub. None is a secret."
  value       = local.github_variables
}

output "github_environment_variables" {
  description = "Variables of GitHub environments, where they differ from the repository's."
  value       = local.github_environment_variables
}

output "github_secrets" {
  description = "Secrets to set in each GitHub environment; their values are yours."
  value       = ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]
}

output "gh_commands" {
  description = "Commands that set environments, variables and secrets on GitHub."
  value       = local.gh_commands
}

output "service_accounts" {
  description = "E-mail of each identity, by its id."
  value       = module.iam.emails
}

locals {
  github_variables = {
    GCP_PROJECT_ID                 = var.project_id
    GCP_REGION                     = var.region
    GCP_WORKLOAD_IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.github.name
    GCP_PLAN_SERVICE_ACCOUNT       = module.iam.emails["livekit-plan"]
    GCP_SERVICE_ACCOUNT            = module.iam.emails["livekit-cicd"]
    GCP_DEPLOY_SERVICE_ACCOUNT     = module.iam.emails["livekit-deploy"]
    GCP_TURN_CERT_SERVICE_ACCOUNT  = module.iam.emails["livekit-turn-cert"]
    GCP_VERIFY_SERVICE_ACCOUNT     = module.iam.emails["livekit-verify"]
  }

  # Nobody reviews what runs there: it gets no identity that changes the cluster.
  github_environment_variables = {
    for environment, name in var.maintenance_environments : name => {
      GCP_DEPLOY_SERVICE_ACCOUNT = module.iam.emails["livekit-verify"]
      GCP_SERVICE_ACCOUNT        = module.iam.emails["livekit-plan"]
    } if contains(var.environments, environment)
  }

  github_environments = sort(setunion(var.environments, keys(local.github_environment_variables)))

  gh_commands = join("\n", concat(
    flatten([
      for name in local.github_environments : [
        "gh api --silent --method PUT repos/${var.github_repository}/environments/${name} -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'",
        "gh api --silent --method POST repos/${var.github_repository}/environments/${name}/deployment-branch-policies -f name='${var.default_branch}'",
      ]
    ]),
    [
      for name, value in local.github_variables : "gh variable set ${name} --repo ${var.github_repository} --body '${value}'"
    ],
    flatten([
      for environment, variables in local.github_environment_variables : [
        for name, value in variables : "gh variable set ${name} --repo ${var.github_repository} --env ${environment} --body '${value}'"
      ]
    ]),
    # Without --body gh asks for the value, so that it is in no history.
    flatten([
      for environment in sort(var.environments) : [
        for name in ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"] : "gh secret set ${name} --repo ${var.github_repository} --env ${environment}"
      ]
    ]),
  ))
}
