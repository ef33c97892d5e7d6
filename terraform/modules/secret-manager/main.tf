locals {
  # Made here and filled by others: Terraform never sees what is in them.
  containers = {
    acme-account     = { keepers = var.certificate_keepers, readers = {} }
    turn-certificate = { keepers = var.certificate_keepers, readers = var.certificate_readers }
  }

  # Who renews the certificate reads the last version and adds the next.
  container_bindings = merge(concat(
    [for container, access in local.containers : {
      for name, member in access.keepers : "${container}/${name}/accessor" => {
        container = container, role = "roles/secretmanager.secretAccessor", member = member
      }
    }],
    [for container, access in local.containers : {
      for name, member in access.keepers : "${container}/${name}/manager" => {
        container = container, role = "roles/secretmanager.secretVersionManager", member = member
      }
    }],
    [for container, access in local.containers : {
      for name, member in access.readers : "${container}/${name}/accessor" => {
        container = container, role = "roles/secretmanager.secretAccessor", member = member
      }
    }],
  )...)
}

resource "google_secret_manager_secret" "keys" {
  secret_id           = "livekit-${var.environment}-keys"
  deletion_protection = var.deletion_protection

  replication {
    auto {}
  }
}

# One version holds the whole file that LiveKit reads, so that key and secret can only change together.
resource "google_secret_manager_secret_version" "keys" {
  secret                 = google_secret_manager_secret.keys.id
  secret_data_wo         = yamlencode({ (var.livekit_api_key) = var.livekit_api_secret })
  secret_data_wo_version = tostring(var.keys_version)

  # A new version is there before the old one goes, and the old one stays, disabled: running pods have its value already, and
  # a way back needs no more than to enable it.
  deletion_policy = "DISABLE"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "accessors" {
  for_each = var.key_readers

  project   = google_secret_manager_secret.keys.project
  secret_id = google_secret_manager_secret.keys.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}

resource "google_secret_manager_secret" "containers" {
  for_each = local.containers

  secret_id           = "livekit-${var.environment}-${each.key}"
  deletion_protection = var.deletion_protection

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "containers" {
  for_each = local.container_bindings

  project   = google_secret_manager_secret.containers[each.value.container].project
  secret_id = google_secret_manager_secret.containers[each.value.container].secret_id
  role      = each.value.role
  member    = each.value.member
}
