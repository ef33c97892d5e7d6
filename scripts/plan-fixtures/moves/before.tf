resource "terraform_data" "old_name" {
  input = "moved"
}

resource "terraform_data" "let_go" {
  input = "forgotten"
}

resource "terraform_data" "gone" {
  input = "destroyed"
}

resource "terraform_data" "counted" {
  count = 2
  input = "counted"
}

resource "terraform_data" "forced" {
  input            = "same"
  triggers_replace = ["one"]
}

resource "terraform_data" "made_first" {
  input            = "same"
  triggers_replace = ["one"]

  lifecycle {
    create_before_destroy = true
  }
}
