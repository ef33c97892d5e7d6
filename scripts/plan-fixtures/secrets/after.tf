variable "marked" {
  sensitive = true
  default   = "swordfish-marked-after"
}

resource "terraform_data" "whole" {
  input = var.marked
}

resource "terraform_data" "nested" {
  input = { name = "nested", inner = { note = var.marked, size = 2 } }
}

resource "terraform_data" "names" {
  input = { password = "swordfish-named-after", secret_id = "projects/nova/secrets/keys", size = 2 }
}

resource "terraform_data" "texts" {
  input = {
    heredoc    = <<-EOT
      user: nova
      password: swordfish-heredoc-after
      region: asia-northeast2
    EOT
    document   = jsonencode({ user = "nova", api_key = "swordfish-json-after", size = 2 })
    connection = "redis://nova:swordfish-url-after@10.0.0.3:6379"
    known      = "known-secret-value-after"
  }
}
