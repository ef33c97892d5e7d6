# Needs no credentials: terraform init && terraform test

mock_provider "google" {
  mock_resource "google_secret_manager_secret" {
    defaults = { id = "projects/a-project/secrets/a-secret" }
  }
  mock_resource "google_secret_manager_secret_version" {
    defaults = { version = "7" }
  }
}

variables {
  environment         = "dev"
  livekit_api_key     = "APIkey"
  livekit_api_secret  = "0123456789012345678901234567890123456789"
  key_readers         = { deploy = "serviceAccount:deploy@a-project.iam.gserviceaccount.com" }
  certificate_readers = { deploy = "serviceAccount:deploy@a-project.iam.gserviceaccount.com" }
  certificate_keepers = { turn-cert = "serviceAccount:turn-cert@a-project.iam.gserviceaccount.com" }
}

run "makes_one_version_and_two_empty_secrets" {
  command = plan

  assert {
    condition     = google_secret_manager_secret_version.keys.secret_data_wo_version == "1"
    error_message = "The pair must be written as version 1."
  }
  assert {
    condition     = google_secret_manager_secret_version.keys.deletion_policy == "DISABLE"
    error_message = "An old version must be kept, disabled."
  }
  assert {
    condition     = toset(values(google_secret_manager_secret.containers)[*].secret_id) == toset(["livekit-dev-acme-account", "livekit-dev-turn-certificate"])
    error_message = "The ACME account and the TURN certificate need secrets."
  }
}

run "tells_the_number_of_secret_manager" {
  assert {
    condition     = output.secret_version == "7"
    error_message = "Who reads the secret must be told Secret Manager's own number."
  }
}

run "writes_anew_when_the_version_is_counted_up" {
  command = plan
  variables { keys_version = 2 }

  assert {
    condition     = google_secret_manager_secret_version.keys.secret_data_wo_version == "2"
    error_message = "The pair must be written as version 2."
  }
}

run "is_protected_when_asked" {
  command = plan
  variables { deletion_protection = true }

  assert {
    condition = google_secret_manager_secret.keys.deletion_protection && alltrue([
      for secret in google_secret_manager_secret.containers : secret.deletion_protection
    ])
    error_message = "The deletion of every secret must be refused."
  }
}

run "gives_each_identity_its_own" {
  command = plan

  assert {
    condition     = values(google_secret_manager_secret_iam_member.accessors)[*].member == ["serviceAccount:deploy@a-project.iam.gserviceaccount.com"]
    error_message = "Only the readers of the pair may read it."
  }
  assert {
    condition = toset([for key, binding in google_secret_manager_secret_iam_member.containers : "${key} ${binding.role}"]) == toset([
      "acme-account/turn-cert/accessor roles/secretmanager.secretAccessor",
      "acme-account/turn-cert/manager roles/secretmanager.secretVersionManager",
      "turn-certificate/turn-cert/accessor roles/secretmanager.secretAccessor",
      "turn-certificate/turn-cert/manager roles/secretmanager.secretVersionManager",
      "turn-certificate/deploy/accessor roles/secretmanager.secretAccessor",
    ])
    error_message = "Who renews reads and writes both, who deploys reads the certificate."
  }
}

run "refuses_half_a_version" {
  command = plan
  variables { keys_version = 1.5 }
  expect_failures = [var.keys_version]
}

run "refuses_version_zero" {
  command = plan
  variables { keys_version = 0 }
  expect_failures = [var.keys_version]
}
