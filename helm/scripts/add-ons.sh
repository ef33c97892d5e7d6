#!/usr/bin/env bash
# Brings up the add-ons of helm/addons/add-ons.json from this machine, each after what it needs: the same code as the workflow add-ons,
# signed in as you are (`gcloud auth application-default login`, or GOOGLE_APPLICATION_CREDENTIALS).
#   helm/scripts/add-ons.sh <environment> [deploy|diff|status|uninstall] [<name> …]
#   helm/scripts/add-ons.sh dev                              all that the list has for dev
#   helm/scripts/add-ons.sh dev deploy core ingress-tls      LiveKit, then the entrance
#   helm/scripts/add-ons.sh dev uninstall                    the last comes first
#   BUCKET=my-bucket helm/scripts/add-ons.sh prd diff        another state bucket than $GCP_PROJECT_ID-terraform-state
set -euo pipefail

if [[ $# -lt 1 || $1 == -h || $1 == --help ]]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
bucket=${BUCKET:-${GCP_PROJECT_ID:+${GCP_PROJECT_ID}-terraform-state}}
if [[ -z $bucket ]]; then
  echo "Set GCP_PROJECT_ID (its bucket is <project>-terraform-state) or BUCKET." >&2
  exit 2
fi

# The bundle needs Node 24, which `npm ci` brings.
node=$root/node_modules/.bin/node
[[ -x $node ]] || node=node
exec env "GITHUB_WORKSPACE=${GITHUB_WORKSPACE:-$root}" "INPUT_BUCKET=$bucket" "$node" "$root/dist/add-ons.js" "$@"
