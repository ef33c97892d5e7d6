# Needs no credentials: terraform init && terraform test

mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/a-project/serviceAccounts/livekit-one@a-project.iam.gserviceaccount.com"
      email  = "livekit-one@a-project.iam.gserviceaccount.com"
      member = "serviceAccount:livekit-one@a-project.iam.gserviceaccount.com"
    }
  }
}

variables {
  project_id = "a-project"
  service_accounts = {
    livekit-one = {
      display_name      = "One"
      roles             = { viewer = "roles/compute.viewer" }
      conditional_roles = { "Some roles" = { role = "roles/resourcemanager.projectIamAdmin", expression = "false" } }
      federated_users   = { everyone = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*" }
      attachers         = { other = "serviceAccount:livekit-other@a-project.iam.gserviceaccount.com" }
    }
    livekit-two = { display_name = "Two" }
  }
}

run "makes_accounts_and_bindings" {
  assert {
    condition     = keys(google_service_account.this) == ["livekit-one", "livekit-two"]
    error_message = "Each account must be made."
  }
  assert {
    condition     = one(values(google_project_iam_member.roles)).role == "roles/compute.viewer"
    error_message = "Roles must be granted in the project."
  }
  assert {
    condition     = one(one(values(google_project_iam_member.conditional_roles)).condition).title == "Some roles"
    error_message = "Conditions must be kept."
  }
  assert {
    condition     = one(values(google_service_account_iam_member.federated_users)).role == "roles/iam.workloadIdentityUser"
    error_message = "Federated users must be able to sign in."
  }
  assert {
    condition     = one(values(google_service_account_iam_member.attachers)).role == "roles/iam.serviceAccountUser"
    error_message = "Attachers must be able to start machines."
  }
}

run "makes_nothing_unless_asked" {
  command = plan
  variables { service_accounts = {} }
  assert {
    condition     = length(google_service_account.this) == 0
    error_message = "Nothing must be made."
  }
}

run "refuses_an_owner" {
  command = plan
  variables { service_accounts = { livekit-one = { display_name = "One", roles = { all = "roles/owner" } } } }
  expect_failures = [var.service_accounts]
}

run "refuses_an_editor_under_a_condition" {
  command = plan
  variables { service_accounts = { livekit-one = { display_name = "One", conditional_roles = { t = { role = "roles/editor", expression = "true" } } } } }
  expect_failures = [var.service_accounts]
}

run "refuses_to_grant_roles_without_a_limit" {
  command = plan
  variables { service_accounts = { livekit-one = { display_name = "One", roles = { iam = "roles/resourcemanager.projectIamAdmin" } } } }
  expect_failures = [var.service_accounts]
}

run "refuses_an_id_that_google_refuses" {
  command = plan
  variables { service_accounts = { one = { display_name = "One" } } }
  expect_failures = [var.service_accounts]
}
