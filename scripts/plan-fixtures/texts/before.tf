resource "terraform_data" "heredoc" {
  input = <<-EOT
    one
    two
    three
    four
    five
    six
    seven
  EOT
}

resource "terraform_data" "document" {
  input = jsonencode({ version = 1, rules = [{ role = "viewer", members = ["a", "b"] }] })
}

resource "terraform_data" "list" {
  input = ["10.0.0.0/20", "10.4.0.0/16"]
}

resource "terraform_data" "map" {
  input = { "net.core.rmem_max" = "1", kept = "yes" }
}

resource "terraform_data" "markup" {
  input = "plain"
}
