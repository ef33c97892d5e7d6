# Needs no credentials: terraform init -backend=false && terraform test

mock_provider "google" {
  mock_resource "google_secret_manager_secret" {
    defaults = { id = "projects/a-project/secrets/a-secret" }
  }
}

variables {
  project_id         = "a-project"
  domain             = "livekit-dev.example.com"
  turn_domain        = "turn-dev.example.com"
  livekit_api_key    = "APIkey"
  livekit_api_secret = "0123456789012345678901234567890123456789"
}

run "is_as_the_table_says" {
  command = plan

  assert {
    condition     = output.node_machine_type == "c2-standard-4"
    error_message = "The LiveKit nodes must be c2-standard-4."
  }
  assert {
    condition     = output.node_pool_min_nodes == 1 && output.node_pool_max_nodes == 3
    error_message = "There must be 1 to 3 LiveKit nodes."
  }
  assert {
    condition     = output.redis_tier == "BASIC" && output.redis_memory_size_gb == 1
    error_message = "Redis must be BASIC with 1 GB."
  }
  assert {
    condition     = local.sizes.deletion_protection == false
    error_message = "The deletion protection must be off."
  }
  assert {
    condition     = output.region == "asia-northeast1"
    error_message = "The region must be asia-northeast1 unless it is set."
  }
  assert {
    condition     = output.get_credentials_command == "gcloud container clusters get-credentials livekit-cluster-dev --dns-endpoint --region asia-northeast1 --project a-project"
    error_message = "The command must fetch this cluster's credentials."
  }
}

run "works_in_any_region" {
  command = plan
  variables {
    region         = "europe-west4"
    node_locations = ["europe-west4-a", "europe-west4-b"]
  }

  assert {
    condition     = output.cluster_location == "europe-west4"
    error_message = "The cluster must be in the region."
  }
}

run "takes_other_sizes" {
  command = plan
  variables {
    node_machine_type    = "c2-standard-16"
    node_pool_min_nodes  = 4
    node_pool_max_nodes  = 6
    redis_tier           = "STANDARD_HA"
    redis_memory_size_gb = 7
  }

  assert {
    condition     = output.node_machine_type == "c2-standard-16" && output.node_pool_max_nodes == 6 && output.redis_memory_size_gb == 7
    error_message = "What is set must win over the table."
  }
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
