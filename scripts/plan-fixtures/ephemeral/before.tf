resource "terraform_data" "name" {
  input = "first"
}
