output "emails" {
  description = "E-mail of each service account, by its id."
  value       = { for id, account in google_service_account.this : id => account.email }
}

output "members" {
  description = "Each service account as an IAM member, by its id."
  value       = { for id, account in google_service_account.this : id => account.member }
}
