terraform {
  required_providers {
    aws = {
      source = "registry.terraform.io/hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

resource "terraform_data" "name" {
  input = "second"
}

ephemeral "aws_secretsmanager_secret_version" "keys" {
  secret_id = terraform_data.name.output
}

resource "aws_ssm_parameter" "keys" {
  name             = "livekit-keys"
  type             = "SecureString"
  value_wo         = ephemeral.aws_secretsmanager_secret_version.keys.secret_string
  value_wo_version = 1
}
