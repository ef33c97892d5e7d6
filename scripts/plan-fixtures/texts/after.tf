resource "terraform_data" "heredoc" {
  input = <<-EOT
    one
    two
    three
    vier
    five
    six
    seven
  EOT
}

resource "terraform_data" "document" {
  input = jsonencode({ version = 2, rules = [{ role = "viewer", members = ["a", "c"] }] })
}

resource "terraform_data" "list" {
  input = ["10.4.0.0/16", "10.5.0.0/20"]
}

resource "terraform_data" "map" {
  input = { "net.core.rmem_max" = "2", added = "new", kept = "yes" }
}

resource "terraform_data" "markup" {
  input = "```\n</details>\n<!-- livekit-gke:end dev --> @everyone | **bold**"
}
