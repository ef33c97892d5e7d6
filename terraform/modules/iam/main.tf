locals {
  # One entry for each binding, by "<account>/<name>".
  roles = merge([
    for id, account in var.service_accounts : {
      for name, role in account.roles : "${id}/${name}" => { account = id, role = role }
    }
  ]...)

  conditional_roles = merge([
    for id, account in var.service_accounts : {
      for title, binding in account.conditional_roles : "${id}/${title}" => merge(binding, { account = id, title = title })
    }
  ]...)

  federated_users = merge([
    for id, account in var.service_accounts : {
      for name, member in account.federated_users : "${id}/${name}" => { account = id, member = member }
    }
  ]...)

  attachers = merge([
    for id, account in var.service_accounts : {
      for name, member in account.attachers : "${id}/${name}" => { account = id, member = member }
    }
  ]...)
}

resource "google_service_account" "this" {
  for_each = var.service_accounts

  project      = var.project_id
  account_id   = each.key
  display_name = each.value.display_name
  description  = each.value.description
}

resource "google_project_iam_member" "roles" {
  for_each = local.roles

  project = var.project_id
  role    = each.value.role
  member  = google_service_account.this[each.value.account].member
}

resource "google_project_iam_member" "conditional_roles" {
  for_each = local.conditional_roles

  project = var.project_id
  role    = each.value.role
  member  = google_service_account.this[each.value.account].member

  condition {
    title       = each.value.title
    description = each.value.description
    expression  = each.value.expression
  }
}

resource "google_service_account_iam_member" "federated_users" {
  for_each = local.federated_users

  service_account_id = google_service_account.this[each.value.account].name
  role               = "roles/iam.workloadIdentityUser"
  member             = each.value.member
}

resource "google_service_account_iam_member" "attachers" {
  for_each = local.attachers

  service_account_id = google_service_account.this[each.value.account].name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value.member

  # An attacher may be one of these accounts.
  depends_on = [google_service_account.this]
}
