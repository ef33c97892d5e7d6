# Who may what with which objects of the bucket. Creating without deleting means never to overwrite: Google counts replacing an
# object as deleting it.

locals {
  objects = "projects/_/buckets/${google_storage_bucket.state.name}/objects/"

  livekit = "resource.name.startsWith('${local.objects}livekit/')"

  outputs_documents = "${local.livekit} && resource.name.endsWith('/outputs.json')"

  bucket_access = merge(
    {
      "livekit-plan/read" = { account = "livekit-plan", role = "roles/storage.objectViewer", expression = local.livekit }

      # Terraform writes an empty state, under its lock, where there is none yet: without these two the very first plan of an
      # environment fails. A state that exists is out of reach.
      "livekit-plan/first-state" = {
        account    = "livekit-plan"
        role       = "roles/storage.objectCreator"
        expression = "${local.livekit} && resource.name.endsWith('/default.tfstate')"
      }
      "livekit-plan/lock" = {
        account    = "livekit-plan"
        role       = "roles/storage.objectUser"
        expression = "${local.livekit} && resource.name.endsWith('/default.tflock')"
      }

      "livekit-cicd/write"        = { account = "livekit-cicd", role = "roles/storage.objectUser", expression = local.livekit }
      "livekit-deploy/outputs"    = { account = "livekit-deploy", role = "roles/storage.objectViewer", expression = local.outputs_documents }
      "livekit-turn-cert/outputs" = { account = "livekit-turn-cert", role = "roles/storage.objectViewer", expression = local.outputs_documents }
      "livekit-verify/outputs"    = { account = "livekit-verify", role = "roles/storage.objectViewer", expression = local.outputs_documents }
    },
    {
      for environment in var.environments : "livekit-plan/plans-${environment}" => {
        account    = "livekit-plan"
        role       = "roles/storage.objectCreator"
        expression = "resource.name.startsWith('${local.objects}livekit/${environment}/plans/')"
      }
    },
    # Leases and last results of their own.
    {
      for environment in var.environments : "livekit-turn-cert/own-${environment}" => {
        account    = "livekit-turn-cert"
        role       = "roles/storage.objectUser"
        expression = "resource.name.startsWith('${local.objects}livekit/${environment}/turn-cert/')"
      }
    },
    {
      for environment in var.environments : "livekit-verify/own-${environment}" => {
        account    = "livekit-verify"
        role       = "roles/storage.objectUser"
        expression = "resource.name.startsWith('${local.objects}livekit/${environment}/verify/')"
      }
    },
  )
}

# Terraform lists the bucket to find its workspaces.
resource "google_storage_bucket_iam_member" "list" {
  for_each = toset(["livekit-plan", "livekit-cicd"])

  bucket = google_storage_bucket.state.name
  role   = "roles/storage.legacyBucketReader"
  member = module.iam.members[each.key]
}

resource "google_storage_bucket_iam_member" "objects" {
  for_each = local.bucket_access

  bucket = google_storage_bucket.state.name
  role   = each.value.role
  member = module.iam.members[each.value.account]

  condition {
    title      = replace(each.key, "/", " ")
    expression = each.value.expression
  }
}
