provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = {
    component = "livekit"
  }
}

locals {
  services = [
    "cloudresourcemanager",
    "compute",
    "container",
    "dns",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "redis",
    "secretmanager",
    "servicenetworking",
    "serviceusage",
    "storage",
    "sts",
  ]
}

resource "google_project_service" "this" {
  for_each = toset(concat(local.services, var.extra_services, var.budget != null ? ["billingbudgets"] : []))

  project = var.project_id
  service = "${each.key}.googleapis.com"

  # Others in the project may use it too.
  disable_on_destroy = false
}

# State, plans and outputs documents of all environments, and the state of this bootstrap.
resource "google_storage_bucket" "state" {
  #checkov:skip=CKV_GCP_62:who reads an object is in Cloud Audit Logs once a project turns data access on; usage logs would need a second bucket
  name                        = "${var.project_id}-terraform-state"
  project                     = var.project_id
  location                    = upper(coalesce(var.bucket_location, var.region))
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  deletion_policy             = var.deletion_protection ? "PREVENT" : "DELETE"

  versioning {
    enabled = true
  }

  # A plan is of use until it is applied, or its pull request closed.
  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age            = var.plan_retention_days
      matches_prefix = [for environment in sort(var.environments) : "livekit/${environment}/plans/"]
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = var.state_retention_days
      num_newer_versions         = 20
    }
  }

  depends_on = [google_project_service.this]
}
