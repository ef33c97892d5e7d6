#!/usr/bin/env bash
# Applies the bootstrap, then moves its state into the bucket that it has made. Run it again at any time: it goes on where it
# stopped. Arguments are handed to `apply`. TERRAFORM=tofu takes OpenTofu.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

engine="${TERRAFORM:-terraform}"

if [[ ! -f backend.tf ]]; then
  "$engine" init -input=false
  "$engine" apply "$@"
  bucket="$("$engine" output -raw state_bucket)"

  cat >backend.tf <<EOF
terraform {
  backend "gcs" {
    bucket = "$bucket"
    prefix = "bootstrap"
  }
}
EOF
  # What did not arrive is not removed here, and the next run tries again.
  if ! "$engine" init -input=false -migrate-state -force-copy || [[ -z "$("$engine" state list)" ]]; then
    rm -f backend.tf
    echo "The state could not be moved into gs://$bucket; it is still in terraform.tfstate. Run this script again." >&2
    exit 1
  fi
  rm -f terraform.tfstate terraform.tfstate.backup
  echo "The state of the bootstrap is now in gs://$bucket/bootstrap/. Commit backend.tf."
else
  "$engine" init -input=false
  "$engine" apply "$@"
fi

echo
echo "Now set up GitHub. These are the commands; read them, then run them (\`$engine output -raw gh_commands | sh\`):"
echo
"$engine" output -raw gh_commands
echo
