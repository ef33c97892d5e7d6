# Needs no credentials: terraform init && terraform test

mock_provider "google" {
  mock_resource "google_secret_manager_secret" {
    defaults = { id = "projects/a-project/secrets/a-secret" }
  }
  mock_resource "google_service_account" {
    defaults = {
      email  = "livekit-dev-nodes@a-project.iam.gserviceaccount.com"
      member = "serviceAccount:livekit-dev-nodes@a-project.iam.gserviceaccount.com"
    }
  }
}

variables {
  environment          = "dev"
  project_id           = "a-project"
  region               = "asia-northeast1"
  domain               = "livekit-dev.example.com"
  turn_domain          = "turn-dev.example.com"
  livekit_api_key      = "APIkey"
  livekit_api_secret   = "0123456789012345678901234567890123456789"
  node_machine_type    = "c2-standard-4"
  node_pool_min_nodes  = 1
  node_pool_max_nodes  = 3
  redis_tier           = "BASIC"
  redis_memory_size_gb = 1
  deletion_protection  = false
}

run "uses_the_identities_of_the_bootstrap" {
  command = plan

  assert {
    condition     = length(module.iam.emails) == 0
    error_message = "The nodes' account is the bootstrap's."
  }
}

run "makes_the_nodes_account_without_a_bootstrap" {
  command = plan
  variables { bootstrapped = false }

  assert {
    condition     = keys(module.iam.emails) == ["livekit-dev-nodes"]
    error_message = "The nodes' account must be made."
  }
}

run "tells_the_pools_of_all_generations_and_the_newest" {
  command = plan
  variables { livekit_pool_generations = { 1 = {}, 2 = { machine_type = "c3-standard-8" } } }

  assert {
    condition     = toset(output.facts.node_pool_names) == toset(["livekit-dev", "livekit-dev-2"]) && output.facts.node_pool_name == "livekit-dev-2"
    error_message = "What deploys must know both pools."
  }
  assert {
    condition     = output.facts.current_node_pool_names == ["livekit-dev-2"] && output.facts.node_machine_type == "c3-standard-8"
    error_message = "What deploys must know which pool is the newest, and its machines."
  }
}

run "refuses_a_domain_that_is_none" {
  command = plan
  variables { domain = "localhost" }
  expect_failures = [var.domain]
}

run "refuses_a_domain_with_a_dot_at_its_end" {
  command = plan
  variables { domain = "livekit-dev.example.com." }
  expect_failures = [var.domain]
}

run "refuses_a_turn_domain_that_is_none" {
  command = plan
  variables { turn_domain = "https://turn.example.com" }
  expect_failures = [var.turn_domain]
}

run "refuses_a_turn_domain_equal_to_the_domain" {
  command = plan
  variables { turn_domain = "livekit-dev.example.com" }
  expect_failures = [var.turn_domain]
}

run "refuses_a_short_secret" {
  command = plan
  variables { livekit_api_secret = "short" }
  expect_failures = [var.livekit_api_secret]
}

run "refuses_a_key_that_no_token_could_carry" {
  command = plan
  variables { livekit_api_key = "a key" }
  expect_failures = [var.livekit_api_key]
}
