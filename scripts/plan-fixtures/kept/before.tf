resource "terraform_data" "replaced" {
  triggers_replace = "one"

  lifecycle {
    destroy = false
  }
}

resource "terraform_data" "gone" {
  input = "forgotten"

  lifecycle {
    destroy = false
  }
}
