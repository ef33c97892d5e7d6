resource "terraform_data" "replaced" {
  triggers_replace = "two"

  lifecycle {
    destroy = false
  }
}
