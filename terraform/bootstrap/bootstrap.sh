#!/usr/bin/env bash
# Applies the bootstrap, then moves its state into the bucket that it has made. Run it again at any time: it goes on where it
# stopped. Arguments are handed to `apply`. TERRAFORM=tofu takes OpenTofu.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

engine="${TERRAFORM:-terraform}"

applied=false

# The bucket cannot hold the state before it is there: until then the state is a file.
if [[ ! -f backend.tf ]]; then
  "$engine" init -input=false
  "$engine" apply "$@"
  applied=true
  bucket="$("$engine" output -raw state_bucket)"
  cat >backend.tf <<EOF
terraform {
  backend "gcs" {
    bucket = "$bucket"
    prefix = "bootstrap"
  }
}
EOF
fi

# An interrupted run leaves the file: only what has arrived is removed here.
if [[ -f terraform.tfstate ]]; then
  if ! "$engine" init -input=false -migrate-state -force-copy || [[ -z "$("$engine" state list)" ]]; then
    echo "The state could not be moved into the bucket; it is still in terraform.tfstate. Run this script again." >&2
    exit 1
  fi
  rm -f terraform.tfstate terraform.tfstate.backup
  echo "The state of the bootstrap is now in the bucket, below bootstrap/. Commit backend.tf."
else
  "$engine" init -input=false
fi

if [[ "$applied" == false ]]; then
  "$engine" apply "$@"
fi

echo
echo "Now set up GitHub. These are the commands; read them, then run them (\`$engine output -raw gh_commands > gh-commands.sh\`, \`bash gh-commands.sh\`):"
echo
"$engine" output -raw gh_commands
echo
