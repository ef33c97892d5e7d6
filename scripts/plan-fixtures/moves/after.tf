moved {
  from = terraform_data.old_name
  to   = terraform_data.new_name
}

resource "terraform_data" "new_name" {
  input = "moved"
}

removed {
  from = terraform_data.let_go

  lifecycle {
    destroy = false
  }
}

resource "terraform_data" "counted" {
  count = 1
  input = "counted"
}

resource "terraform_data" "forced" {
  input            = "same"
  triggers_replace = ["two"]
}

resource "terraform_data" "made_first" {
  input            = "same"
  triggers_replace = ["two"]

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "fresh" {
  input = "created"
}
