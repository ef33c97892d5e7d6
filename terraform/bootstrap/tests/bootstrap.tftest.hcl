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

run "forgets_plans_and_old_versions_by_themselves" {
  command = plan

  assert {
    condition = anytrue([
      for rule in google_storage_bucket.state.lifecycle_rule : one(rule.action).type == "Delete" && try(
        one(rule.condition).age == 30 && toset(one(rule.condition).matches_prefix) == toset([
          "livekit/dev/plans/", "livekit/prd/plans/", "livekit/stg/plans/",
      ]), false)
    ])
    error_message = "Plans of every environment must be deleted after 30 days, and nothing else by that rule."
  }
  assert {
    condition = anytrue([
      for rule in google_storage_bucket.state.lifecycle_rule : one(rule.action).type == "Delete" && try(
      one(rule.condition).days_since_noncurrent_time == 90 && one(rule.condition).num_newer_versions == 20, false)
    ])
    error_message = "An old version must be deleted after 90 days, and only if 20 newer ones are there."
  }
  assert {
    condition     = length(google_storage_bucket.state.lifecycle_rule) == 2
    error_message = "No other rule may delete anything."
  }
}

run "enables_the_apis" {
  command = plan

  assert {
    condition     = alltrue([for service in google_project_service.this : !service.disable_on_destroy])
    error_message = "APIs that others use, too, must not be disabled."
  }
  assert {
    condition = length(setsubtract(
      ["compute", "container", "dns", "iam", "iamcredentials", "redis", "secretmanager", "servicenetworking", "storage", "sts"],
      keys(google_project_service.this)
    )) == 0
    error_message = "What the environments and the sign-in need must be enabled."
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
    condition = length(setsubtract([
      "google.subject=assertion.sub",
      "attribute.actor=assertion.actor",
      "attribute.repository=assertion.repository",
      "attribute.repository_id=assertion.repository_id",
      "attribute.repository_owner_id=assertion.repository_owner_id",
      "attribute.ref=assertion.ref",
      "attribute.environment=has(assertion.environment) ? assertion.environment : ''",
    ], [for to, from in google_iam_workload_identity_pool_provider.github.attribute_mapping : "${to}=${from}"])) == 0
    error_message = "What bindings may be made by must be mapped."
  }
  assert {
    condition = (
      google_iam_workload_identity_pool.github.workload_identity_pool_id == "github-pool" &&
      google_iam_workload_identity_pool_provider.github.workload_identity_pool_provider_id == "github-provider"
    )
    error_message = "Pool and provider must have the names that the guide tells."
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

run "plans_by_reading_only" {
  command = plan

  assert {
    condition     = alltrue([for role in values(local.identities.livekit-plan.roles) : can(regex("(?i)(viewer|reader|reviewer)$", role))])
    error_message = "The plan identity may read only."
  }
  assert {
    condition = toset([for key, access in local.bucket_access : access.role if access.account == "livekit-plan"]) == toset([
      "roles/storage.objectViewer", "roles/storage.objectCreator", "roles/storage.objectUser",
      ]) && toset([for key, access in local.bucket_access : key if access.account == "livekit-plan" && access.role == "roles/storage.objectUser"]) == toset([
      "livekit-plan/lock",
    ])
    error_message = "The plan identity may overwrite no object but a lock."
  }
}

run "bounds_what_apply_may_grant" {
  command = plan

  assert {
    condition = one(values(local.identities.livekit-cicd.conditional_roles)).expression == (
      "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/container.defaultNodeServiceAccount'])"
    )
    error_message = "The apply identity may grant the listed roles, and no other."
  }
  assert {
    condition     = !contains(google_project_iam_custom_role.secret_writer.permissions, "secretmanager.versions.access")
    error_message = "The apply identity may read no secret."
  }
  assert {
    condition = alltrue([
      for identity in values(local.nodes) : values(identity.attachers) == ["serviceAccount:livekit-cicd@a-project.iam.gserviceaccount.com"]
    ])
    error_message = "Only the apply identity may start machines as the nodes."
  }
}

run "grants_nothing_where_nothing_may_be_granted" {
  command = plan
  variables { grantable_roles = [] }

  assert {
    condition     = length(local.identities.livekit-cicd.conditional_roles) == 0
    error_message = "Without a list of roles the apply identity may grant none."
  }
}

run "binds_each_environment_to_its_own" {
  assert {
    condition = local.identities.livekit-deploy.federated_users == {
      for name in ["dev", "stg", "prd"] : name =>
      "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github-pool/attribute.environment_ref/${name}:refs/heads/main"
    }
    error_message = "A deploy must come from the default branch, in the environment on GitHub."
  }
  assert {
    condition     = local.identities.livekit-cicd.federated_users == local.identities.livekit-deploy.federated_users
    error_message = "An apply must come from the default branch, in the environment on GitHub."
  }
  assert {
    condition     = endswith(local.identities.livekit-turn-cert.federated_users.prd, "/attribute.environment_ref/prd-maintenance:refs/heads/main")
    error_message = "Certificates of prd must be renewed in prd-maintenance, which has no reviewers."
  }
  assert {
    condition = toset(keys(local.identities.livekit-verify.federated_users)) == toset(["dev", "stg", "prd", "prd-maintenance"]) && endswith(
    local.identities.livekit-verify.federated_users.prd-maintenance, "/attribute.environment_ref/prd-maintenance:refs/heads/main")
    error_message = "A verification must be possible in prd and in prd-maintenance."
  }
}

run "gives_maintenance_nothing_that_changes_the_cluster" {
  assert {
    condition     = keys(output.github_environment_variables) == ["prd-maintenance"]
    error_message = "Only the maintenance environment has variables of its own."
  }
  assert {
    condition = (
      output.github_environment_variables.prd-maintenance.GCP_SERVICE_ACCOUNT == output.service_accounts["livekit-plan"] &&
      output.github_environment_variables.prd-maintenance.GCP_DEPLOY_SERVICE_ACCOUNT == output.service_accounts["livekit-verify"]
    )
    error_message = "Nobody reviews what runs there."
  }
}

run "gives_certificates_and_verification_little_in_the_cluster" {
  assert {
    condition = toset(google_project_iam_custom_role.cluster["certificate"].permissions) == toset([
      "container.deployments.get", "container.deployments.list", "container.deployments.update", "container.events.list",
      "container.leases.create", "container.leases.delete", "container.leases.get", "container.leases.update",
      "container.namespaces.get", "container.pods.get", "container.pods.list", "container.pods.portForward",
      "container.replicaSets.get", "container.replicaSets.list", "container.secrets.create", "container.secrets.get", "container.secrets.update",
    ])
    error_message = "Who renews the certificate writes a Secret, rolls a Deployment, asks what it serves, and does no more."
  }
  assert {
    condition     = google_project_iam_custom_role.cluster["ask"].permissions == toset(["container.pods.portForward"])
    error_message = "Who verifies asks the pods' ports, and does no more."
  }
  assert {
    condition = !anytrue([
      for id in ["livekit-turn-cert", "livekit-verify"] : contains(values(local.identities[id].roles), "roles/container.developer")
    ])
    error_message = "roles/container.developer is for the deploy identity only."
  }
  assert {
    condition = (
      contains(values(local.identities.livekit-plan.roles), "roles/container.viewer") &&
      !contains(values(local.identities.livekit-plan.roles), google_project_iam_custom_role.cluster["ask"].name)
    )
    error_message = "Who plans sees the cluster's objects for a preview, and reaches no pod: a branch decides what runs in a plan."
  }
}

run "leaves_the_cluster_to_kubernetes_when_asked" {
  command = plan
  variables { cluster_access = "rbac" }

  assert {
    condition = length(google_project_iam_custom_role.cluster) == 0 && values(local.identities.livekit-turn-cert.roles) == [
      "roles/container.clusterViewer",
      ] && !anytrue([
        for id in ["livekit-verify", "livekit-plan"] : contains(values(local.identities[id].roles), "roles/container.viewer")
    ])
    error_message = "The project must give no right in a cluster."
  }
}

run "refuses_an_unknown_access_to_clusters" {
  command = plan
  variables { cluster_access = "none" }
  expect_failures = [var.cluster_access]
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

run "refuses_a_plan_workflow_by_a_short_ref" {
  command = plan
  variables { plan_workflow = "an-owner/a-repository/.github/workflows/plan.yml@v1" }
  expect_failures = [var.plan_workflow]
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

run "has_no_budget_unless_it_is_asked_for" {
  command = plan

  assert {
    condition     = length(google_billing_budget.this) + length(google_monitoring_notification_channel.budget) == 0
    error_message = "Nothing must be made."
  }
  assert {
    condition     = !contains(keys(google_project_service.this), "billingbudgets")
    error_message = "An API that nobody needs must stay off."
  }
}

run "mails_when_a_part_of_the_budget_is_spent_or_will_be" {
  variables {
    extra_services = ["gkebackup"]
    budget = {
      billing_account = "012345-6789AB-CDEF01"
      amount          = 800
      emails          = ["ops@nova.example", "cost@nova.example"]
    }
  }

  assert {
    condition     = one(one(google_billing_budget.this[0].amount).specified_amount).units == "800"
    error_message = "The amount must be what was asked for."
  }
  assert {
    condition     = [for rule in google_billing_budget.this[0].threshold_rules : "${rule.spend_basis} ${rule.threshold_percent}"] == ["CURRENT_SPEND 0.5", "CURRENT_SPEND 0.8", "CURRENT_SPEND 1", "FORECASTED_SPEND 1"]
    error_message = "It must tell at half, at four fifths and at the whole, and when the month will come to it."
  }
  assert {
    condition     = length(one(google_billing_budget.this[0].all_updates_rule).monitoring_notification_channels) == 2
    error_message = "Everybody who is named must be mailed."
  }
  assert {
    condition     = alltrue([for service in ["billingbudgets", "gkebackup"] : contains(keys(google_project_service.this), service)])
    error_message = "The APIs must be on."
  }
}

run "refuses_a_billing_account_that_is_none" {
  command = plan
  variables { budget = { billing_account = "mine", amount = 1, emails = ["ops@nova.example"] } }
  expect_failures = [var.budget]
}

run "refuses_a_budget_that_tells_nobody" {
  command = plan
  variables { budget = { billing_account = "012345-6789AB-CDEF01", amount = 1, emails = [] } }
  expect_failures = [var.budget]
}

run "refuses_an_api_by_its_whole_name" {
  command = plan
  variables { extra_services = ["gkebackup.googleapis.com"] }
  expect_failures = [var.extra_services]
}
