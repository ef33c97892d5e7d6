variable "release" {
  default = 1
}

resource "terraform_data" "release" {
  input = var.release
}

resource "terraform_data" "server" {
  input = { port = 7880 }

  lifecycle {
    replace_triggered_by = [terraform_data.release]
  }
}

resource "terraform_data" "address" {
  triggers_replace = { tier = "BASIC", zone = "a" }
  input            = "first"

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "record" {
  input = terraform_data.address.id
}
