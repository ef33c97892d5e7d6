# Needs no credentials: terraform init && terraform test

mock_provider "google" {
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/123456789012/locations/global/workloadIdentityPools/github-pool" }
  }
  mock_resource "google_iam_workload_identity_pool_provider" {
    defaults = { name = "projects/123456789012/locations/global/workloadIdentityPools/github-pool/providers/github-provider" }
  }
  mock_resource "google_project_iam_custom_role" {
    defaults = { name = "projects/a-project/roles/livekitSecretWriter" }
  }
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/a-project/serviceAccounts/an-account@a-project.iam.gserviceaccount.com"
      email  = "an-account@a-project.iam.gserviceaccount.com"
      member = "serviceAccount:an-account@a-project.iam.gserviceaccount.com"
    }
  }
}

variables {
  project_id           = "a-project"
  github_repository    = "an-owner/a-repository"
  github_owner_id      = "900001"
  github_repository_id = "900100"
}

run "makes_a_bucket_that_forgets_nothing_and_shows_nothing" {
  command = plan

  assert {
    condition     = google_storage_bucket.state.name == "a-project-terraform-state" && google_storage_bucket.state.location == "ASIA-NORTHEAST1"
    error_message = "The bucket's name and place are what the workflows expect."
  }
  assert {
    condition     = one(google_storage_bucket.state.versioning).enabled
    error_message = "Old states must be kept."
  }
  assert {
    condition     = google_storage_bucket.state.uniform_bucket_level_access && google_storage_bucket.state.public_access_prevention == "enforced"
    error_message = "Nothing in the bucket may be public."
  }
  assert {
    condition     = google_storage_bucket.state.deletion_policy == "PREVENT"
    error_message = "The bucket's deletion must be refused."
  }
}

run "trusts_one_repository_by_its_ids" {
  command = plan

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository_owner_id == '900001' && assertion.repository_id == '900100'"
    error_message = "Names can change hands, ids cannot."
  }
  assert {
    condition     = one(google_iam_workload_identity_pool_provider.github.oidc).issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "Only GitHub's tokens may be taken."
  }
  assert {
    condition = length(setsubtract(
      ["google.subject", "attribute.actor", "attribute.repository", "attribute.repository_id", "attribute.repository_owner_id", "attribute.ref", "attribute.environment"],
      keys(google_iam_workload_identity_pool_provider.github.attribute_mapping)
    )) == 0
    error_message = "What bindings may be made by must be mapped."
  }
}

run "prints_what_github_needs" {
  assert {
    condition = toset(keys(output.github_variables)) == toset([
      "GCP_PROJECT_ID", "GCP_REGION", "GCP_WORKLOAD_IDENTITY_PROVIDER", "GCP_PLAN_SERVICE_ACCOUNT", "GCP_SERVICE_ACCOUNT",
      "GCP_DEPLOY_SERVICE_ACCOUNT", "GCP_TURN_CERT_SERVICE_ACCOUNT", "GCP_VERIFY_SERVICE_ACCOUNT",
    ])
    error_message = "The variables are those of the workflows."
  }
  assert {
    condition     = strcontains(output.gh_commands, "gh variable set GCP_WORKLOAD_IDENTITY_PROVIDER --repo an-owner/a-repository --body 'projects/123456789012/locations/global/workloadIdentityPools/github-pool/providers/github-provider'")
    error_message = "The commands must set the variables."
  }
  assert {
    condition     = strcontains(output.gh_commands, "gh secret set LIVEKIT_API_SECRET --repo an-owner/a-repository --env prd")
    error_message = "The commands must ask for the secrets."
  }
}

run "names_every_identity" {
  assert {
    condition = toset(keys(output.service_accounts)) == toset([
      "livekit-plan", "livekit-cicd", "livekit-deploy", "livekit-turn-cert", "livekit-verify",
      "livekit-dev-nodes", "livekit-stg-nodes", "livekit-prd-nodes",
    ])
    error_message = "Each task has an identity of its own."
  }
}

run "refuses_a_name_in_place_of_an_owner_id" {
  command = plan
  variables { github_owner_id = "an-owner" }
  expect_failures = [var.github_owner_id]
}

run "refuses_a_name_in_place_of_a_repository_id" {
  command = plan
  variables { github_repository_id = "a-repository" }
  expect_failures = [var.github_repository_id]
}

run "refuses_an_address_in_place_of_a_repository" {
  command = plan
  variables { github_repository = "https://github.com/an-owner/a-repository" }
  expect_failures = [var.github_repository]
}

run "refuses_a_project_number" {
  command = plan
  variables { project_id = "123456789012" }
  expect_failures = [var.project_id]
}

run "refuses_a_zone_for_a_region" {
  command = plan
  variables { region = "asia-northeast1-a" }
  expect_failures = [var.region]
}

run "refuses_to_let_apply_grant_ownership" {
  command = plan
  variables { grantable_roles = ["roles/owner"] }
  expect_failures = [var.grantable_roles]
}

run "refuses_to_let_apply_become_somebody_else" {
  command = plan
  variables { grantable_roles = ["roles/iam.serviceAccountTokenCreator"] }
  expect_failures = [var.grantable_roles]
}

run "refuses_a_maintenance_environment_that_is_the_environment" {
  command = plan
  variables { maintenance_environments = { prd = "prd" } }
  expect_failures = [var.maintenance_environments]
}

run "refuses_a_plan_workflow_without_a_ref" {
  command = plan
  variables { plan_workflow = "an-owner/a-repository/.github/workflows/plan.yml" }
  expect_failures = [var.plan_workflow]
}

run "refuses_an_environment_with_capital_letters" {
  command = plan
  variables { environments = ["Dev"] }
  expect_failures = [var.environments]
}

run "refuses_to_forget_plans_at_once" {
  command = plan
  variables { plan_retention_days = 0 }
  expect_failures = [var.plan_retention_days]
}

run "refuses_to_forget_states_within_a_day" {
  command = plan
  variables { state_retention_days = 1 }
  expect_failures = [var.state_retention_days]
}
