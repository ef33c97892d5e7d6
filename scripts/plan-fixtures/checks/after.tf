resource "terraform_data" "size" {
  input = 2
}

check "size_is_small" {
  assert {
    condition     = terraform_data.size.input < 2
    error_message = "The size is not small any more."
  }
}
