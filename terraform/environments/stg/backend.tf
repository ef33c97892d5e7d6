# The bucket is the project's own: terraform init -backend-config="bucket=<project>-terraform-state"
terraform {
  backend "gcs" {
    prefix = "livekit/stg"
  }
}
