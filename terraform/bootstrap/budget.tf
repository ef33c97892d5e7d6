# The sum of a month's bill, for all environments of the project. It tells, and stops nothing.
data "google_project" "this" {
  count = var.budget != null ? 1 : 0

  project_id = var.project_id

  depends_on = [google_project_service.this]
}

resource "google_monitoring_notification_channel" "budget" {
  for_each = toset(try(var.budget.emails, []))

  project      = var.project_id
  display_name = "Budget: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }

  depends_on = [google_project_service.this]
}

resource "google_billing_budget" "this" {
  count = var.budget != null ? 1 : 0

  billing_account = var.budget.billing_account
  display_name    = "LiveKit: ${var.project_id}"

  budget_filter {
    projects        = ["projects/${data.google_project.this[0].number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = var.budget.percent

    content {
      threshold_percent = threshold_rules.value / 100
      spend_basis       = "CURRENT_SPEND"
    }
  }

  dynamic "threshold_rules" {
    for_each = var.budget.forecast_percent

    content {
      threshold_percent = threshold_rules.value / 100
      spend_basis       = "FORECASTED_SPEND"
    }
  }

  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.budget : channel.id]
  }
}
