#!/usr/bin/env bash
# Verifies an environment from this machine: the same code and the same checks as the action, signed in as you are
# (`gcloud auth application-default login`, or GOOGLE_APPLICATION_CREDENTIALS).
#   helm/scripts/verify.sh dev                           all checks
#   helm/scripts/verify.sh dev signal                    by id or tag
#   SIGNAL_URL=pod helm/scripts/verify.sh dev            before there is a load balancer
#   ACCEPT=turn-relay helm/scripts/verify.sh dev         a failure that is known
#   MAX_LOSS_PERCENT=2 MAX_ROUND_TRIP_MS=150 MIN_CERTIFICATE_DAYS=30 helm/scripts/verify.sh prd      what is good enough
#   ADDONS=turn-server helm/scripts/verify.sh dev        an add-on's checks, too
#   BUCKET=my-bucket helm/scripts/verify.sh prd          another state bucket than $GCP_PROJECT_ID-terraform-state
#   Also: PROFILE, FAIL_ON, TIMEOUT_SECONDS, TURN_ADDRESS, STUN_SERVER, NAMESPACE, RELEASE.
set -euo pipefail

if [[ $# -lt 1 ]]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
environment=$1
shift
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
  "INPUT_CHECKS=$*" \
  "INPUT_SIGNAL-URL=${SIGNAL_URL:-}" \
  "INPUT_TURN-ADDRESS=${TURN_ADDRESS:-}" \
  "INPUT_STUN-SERVER=${STUN_SERVER:-}" \
  "INPUT_ACCEPT=${ACCEPT:-}" \
  "INPUT_ADDONS=${ADDONS:-}" \
  "INPUT_PROFILE=${PROFILE:-}" \
  "INPUT_MAX-LOSS-PERCENT=${MAX_LOSS_PERCENT:-}" \
  "INPUT_MAX-ROUND-TRIP-MS=${MAX_ROUND_TRIP_MS:-}" \
  "INPUT_MIN-CERTIFICATE-DAYS=${MIN_CERTIFICATE_DAYS:-}" \
  "INPUT_TIMEOUT-SECONDS=${TIMEOUT_SECONDS:-}" \
  "INPUT_FAIL-ON=${FAIL_ON:-}" \
  "INPUT_NAMESPACE=${NAMESPACE:-}" \
  "INPUT_RELEASE=${RELEASE:-}" \
  "$node" "$root/dist/verify.js"
