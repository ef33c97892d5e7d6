variable "release" {
  default = 2
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
  triggers_replace = { tier = "STANDARD_HA", zone = "b" }
  input            = "second"

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "record" {
  input = terraform_data.address.id
}
