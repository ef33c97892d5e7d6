#!/usr/bin/env bash
# Keeps an environment's TURN certificate fresh from this machine: the same code as the action, signed in as you are
# (`gcloud auth application-default login`, or GOOGLE_APPLICATION_CREDENTIALS).
#   helm/scripts/turn-cert.sh dev                        renews it when it is due
#   helm/scripts/turn-cert.sh dev force                  renews it now
#   DIRECTORY=letsencrypt-staging helm/scripts/turn-cert.sh dev
#   SOURCE=secret-manager helm/scripts/turn-cert.sh dev  installs what somebody keeps in Secret Manager
#   BUCKET=my-bucket helm/scripts/turn-cert.sh prd       another state bucket than $GCP_PROJECT_ID-terraform-state
set -euo pipefail

if [[ $# -lt 1 || $# -gt 2 || ($# -eq 2 && $2 != force) ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
environment=$1
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
bucket=${BUCKET:-${GCP_PROJECT_ID:+${GCP_PROJECT_ID}-terraform-state}}
if [[ -z $bucket ]]; then
  echo "Set GCP_PROJECT_ID (its bucket is <project>-terraform-state) or BUCKET." >&2
  exit 2
fi

# Inputs with a hyphen are no names for the shell, so they go through env. The bundle needs Node 24, which `npm ci` brings.
node=$root/node_modules/.bin/node
[[ -x $node ]] || node=node
exec env \
  "INPUT_ENVIRONMENT=$environment" \
  "INPUT_BUCKET=$bucket" \
  "INPUT_FORCE=$([[ ${2:-} == force ]] && echo true || echo false)" \
  "INPUT_SOURCE=${SOURCE:-acme}" \
  "INPUT_DIRECTORY=${DIRECTORY:-letsencrypt}" \
  "INPUT_CONTACT=${CONTACT:-}" \
  "INPUT_NAMESPACE=${NAMESPACE:-}" \
  "INPUT_RELEASE=${RELEASE:-}" \
  "$node" "$root/dist/turn-cert.js"
