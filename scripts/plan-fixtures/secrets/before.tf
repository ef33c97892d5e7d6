variable "marked" {
  sensitive = true
  default   = "swordfish-marked-before"
}

resource "terraform_data" "whole" {
  input = var.marked
}

resource "terraform_data" "nested" {
  input = { name = "nested", inner = { note = var.marked, size = 1 } }
}

resource "terraform_data" "names" {
  input = { password = "swordfish-named-before", secret_id = "projects/nova/secrets/keys", size = 1 }
}

resource "terraform_data" "texts" {
  input = {
    heredoc    = <<-EOT
      user: nova
      password: swordfish-heredoc-before
      region: asia-northeast1
    EOT
    document   = jsonencode({ user = "nova", api_key = "swordfish-json-before", size = 1 })
    connection = "redis://nova:swordfish-url-before@10.0.0.3:6379"
    known      = "known-secret-value-before"
  }
}
