resource "terraform_data" "size" {
  input = 1
}
