#!/usr/bin/env bash
# Deploys LiveKit from this machine: the same code with the same inputs as the action, signed in as you are
# (`gcloud auth application-default login`, or GOOGLE_APPLICATION_CREDENTIALS).
#   helm/scripts/deploy.sh <environment> <install|upgrade|diff|render|status|follow|rollback|upgrade-nodes|uninstall> [<revision>]
#     install, upgrade     deploy and follow the rollout          diff      what a deploy would change; changes nothing
#     render               values by source, and the manifest     status    how the release stands
#     follow               go on with a drain                     rollback  to <revision>, or the last one that worked
#     upgrade-nodes        move to the newest node pools
#   SET=$'image.tag=v1.13.11\nreplicaCount=2' helm/scripts/deploy.sh dev diff        single values, one a line
#   VALUES=my.yaml helm/scripts/deploy.sh dev upgrade                                more values files, one a line
#   BUCKET=my-bucket helm/scripts/deploy.sh prd status     another state bucket than $GCP_PROJECT_ID-terraform-state
#   Another chart: REPOSITORY, CHART, CHART_VERSION, RELEASE, NAMESPACE, VALUES.
#   Also: TIMEOUT_MINUTES, ON_FAILURE, DRAIN, DRAIN_MINUTES, WHEN_BUSY, PREVIOUS_KEYS_VERSION, HELM_VERSION.
set -euo pipefail

usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

[[ $# -eq 2 || ($# -eq 3 && $2 == rollback) ]] || usage
environment=$1
case $2 in
  install | upgrade) mode=deploy ;; # Helm itself tells whether the release is there.
  diff | render | status | follow | rollback | upgrade-nodes | uninstall) mode=$2 ;;
  *) usage ;;
esac
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
bucket=${BUCKET:-${GCP_PROJECT_ID:+${GCP_PROJECT_ID}-terraform-state}}
if [[ -z $bucket ]]; then
  echo "Set GCP_PROJECT_ID (its bucket is <project>-terraform-state) or BUCKET." >&2
  exit 2
fi

# Inputs with a hyphen are no names for the shell, so they go through env; none of them is a secret. The bundle needs
# Node 24, which `npm ci` brings.
node=$root/node_modules/.bin/node
[[ -x $node ]] || node=node
exec env \
  "GITHUB_WORKSPACE=${GITHUB_WORKSPACE:-$root}" \
  "INPUT_ENVIRONMENT=$environment" \
  "INPUT_BUCKET=$bucket" \
  "INPUT_MODE=$mode" \
  "INPUT_SET=${SET:-}" \
  "INPUT_VALUES=${VALUES:-}" \
  "INPUT_REPOSITORY=${REPOSITORY:-}" \
  "INPUT_NAMESPACE=${NAMESPACE:-}" \
  "INPUT_RELEASE=${RELEASE:-}" \
  "INPUT_ON-FAILURE=${ON_FAILURE:-}" \
  "INPUT_TIMEOUT-MINUTES=${TIMEOUT_MINUTES:-}" \
  "INPUT_REVISION=${3:-}" \
  "INPUT_CHART=${CHART:-}" \
  "INPUT_CHART-VERSION=${CHART_VERSION:-}" \
  "INPUT_DRAIN=${DRAIN:-}" \
  "INPUT_DRAIN-MINUTES=${DRAIN_MINUTES:-}" \
  "INPUT_WHEN-BUSY=${WHEN_BUSY:-}" \
  "INPUT_PREVIOUS-KEYS-VERSION=${PREVIOUS_KEYS_VERSION:-}" \
  "INPUT_HELM-VERSION=${HELM_VERSION:-}" \
  "$node" "$root/dist/helm-deploy.js"
