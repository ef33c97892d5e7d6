#!/usr/bin/env bash
# Names what would be in the way of the bootstrap and of the environments, before anything is made: quotas and organisation
# policies. Changes nothing. Usage: preflight.sh [project [region [environment...]]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

setting() { # the value of a variable in terraform.tfvars
  [[ -f terraform.tfvars ]] || return 0
  sed -nE "s/^ *$1 *= *\"([^\"]*)\".*/\1/p" terraform.tfvars
}

project="${1:-$(setting project_id)}"
region="${2:-$(setting region)}"
region="${region:-asia-northeast1}"
environments=("${@:3}")
[[ ${#environments[@]} -gt 0 ]] || environments=(dev stg prd)
if [[ -z "$project" ]]; then
  echo "usage: preflight.sh [project [region [environment...]]], or set project_id in terraform.tfvars" >&2
  exit 2
fi

problems=0
ok() { echo "ok       $1"; }
unknown() { echo "unknown  $1"; }
problem() { # what, and what to do
  echo "PROBLEM  $1"
  echo "         $2"
  problems=$((problems + 1))
}

if ! command -v gcloud >/dev/null; then
  echo "gcloud is not installed: https://cloud.google.com/sdk/docs/install" >&2
  exit 2
fi
if ! reason="$(gcloud projects describe "$project" --format='value(projectNumber)' 2>&1)"; then
  echo "The project $project cannot be read: ${reason##*$'\n'}" >&2
  echo "Sign in (gcloud auth login) as an owner of the project." >&2
  exit 2
fi
ok "project $project"

billing="$(gcloud billing projects describe "$project" --format='value(billingEnabled)' 2>/dev/null || true)"
case "$billing" in
  True | true) ok "billing" ;;
  False | false) problem "The project has no billing account." "Link one: gcloud billing projects link $project --billing-account=..." ;;
  *) unknown "billing (it may not be read with these rights)" ;;
esac

# What the environments need at their largest: LiveKit's nodes, one more while they are upgraded, and as many system nodes; an
# address for each node and for TURN; a disk of 50 GB for each, which Google counts as SSD.
c2_cpus=0
cpus=0
addresses=0
ssd=0
for environment in "${environments[@]}"; do
  case "$environment" in
    dev) nodes=3 cores=4 ;;
    stg) nodes=5 cores=8 ;;
    prd) nodes=10 cores=8 ;;
    *) unknown "quotas of $environment (its sizes are not known here)" && continue ;;
  esac
  system=$((3 + 1))
  c2_cpus=$((c2_cpus + (nodes + 1) * cores))
  cpus=$((cpus + system * 2))
  addresses=$((addresses + nodes + 1 + system + 1))
  ssd=$((ssd + (nodes + 1 + system) * 50))
done

if quotas="$(gcloud compute regions describe "$region" --project="$project" --flatten=quotas \
  --format='csv[no-heading](quotas.metric,quotas.limit,quotas.usage)' 2>/dev/null)"; then
  quota() { # metric, how much is needed
    local limit usage free
    IFS=, read -r _ limit usage < <(grep "^$1," <<<"$quotas" || echo ,,)
    if [[ -z "$limit" ]]; then
      unknown "quota $1 in $region (Google tells none)"
      return
    fi
    free=$((${limit%.*} - ${usage%.*}))
    if ((free >= $2)); then
      ok "quota $1 in $region: $2 of $free free"
    else
      problem "The quota $1 in $region has $free free, and ${environments[*]} need $2." \
        "Ask for more: https://console.cloud.google.com/iam-admin/quotas?project=$project"
    fi
  }
  quota C2_CPUS "$c2_cpus"
  quota CPUS "$cpus"
  quota SSD_TOTAL_GB "$ssd"
  quota IN_USE_ADDRESSES "$addresses"
  quota STATIC_ADDRESSES "${#environments[@]}"
else
  unknown "quotas (enable the API first: gcloud services enable compute.googleapis.com --project=$project)"
fi

policy() { # constraint, field: what is in force in the project; empty when nothing is
  gcloud resource-manager org-policies describe "$1" --project="$project" --effective --format="value($2)" 2>/dev/null
}

# list NAME PROBLEM FIX WANTED...: a policy that lists what is allowed must allow all, or what is wanted
list() {
  local name="$1" what="$2" fix="$3" all allowed denied wanted
  if ! all="$(policy "$name" listPolicy.allValues)"; then
    unknown "policy $name (it may not be read with these rights)"
    return
  fi
  allowed="$(policy "$name" 'listPolicy.allowedValues.list(separator=" ")')"
  denied="$(policy "$name" 'listPolicy.deniedValues.list(separator=" ")')"
  if [[ "$all" == DENY ]]; then
    problem "$what" "$fix"
    return
  fi
  for wanted in "${@:4}"; do
    if [[ " $denied " == *" $wanted "* || (-n "$allowed" && " $allowed " != *" $wanted "*) ]]; then
      problem "$what" "$fix"
      return
    fi
  done
  ok "policy $name"
}

# boolean NAME PROBLEM FIX: a policy that must not be enforced
boolean() {
  local enforced
  if ! enforced="$(policy "$1" booleanPolicy.enforced)"; then
    unknown "policy $1 (it may not be read with these rights)"
  elif [[ "$enforced" == [Tt]rue ]]; then
    problem "$2" "$3"
  else
    ok "policy $1"
  fi
}

list constraints/compute.vmExternalIpAccess \
  "The organisation lets no machine have an external address, and LiveKit's nodes need one each." \
  "Allow it for this project: clients send their media to the nodes themselves."
list constraints/iam.workloadIdentityPoolProviders \
  "The organisation does not let GitHub's tokens sign in." \
  "Add https://token.actions.githubusercontent.com to the allowed values for this project." \
  https://token.actions.githubusercontent.com
# What is allowed here is mostly a group of locations: only a total ban is certain.
list constraints/gcp.resourceLocations \
  "The organisation does not allow resources in $region." \
  "Allow in:$region-locations for this project, or take another region."
# Groups of values stand for many here, too.
list constraints/compute.restrictVpcPeering \
  "The organisation lets no network be peered, and Redis is reached through a peering with Google's own network." \
  "Allow the networks of Google's managed services (servicenetworking.googleapis.com) for this project."
list constraints/compute.restrictLoadBalancerCreationForTypes \
  "The organisation allows no load balancers, and LiveKit's signal and TURN have one each." \
  "Allow in:EXTERNAL for this project."
boolean constraints/iam.disableServiceAccountCreation \
  "The organisation lets nobody make service accounts in this project." \
  "Lift it for this project: each task has an identity of its own."
boolean constraints/iam.disableWorkloadIdentityClusterCreation \
  "The organisation lets no cluster have Workload Identity." \
  "Lift it for this project."

if domains="$(policy constraints/iam.allowedPolicyMemberDomains 'listPolicy.allowedValues.list(separator=" ")')"; then
  if [[ -n "$domains" ]]; then
    problem "The organisation restricts members of IAM policies to $domains: workflows are members of none of these." \
      "Add principalSet://iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/github-pool for this project."
  else
    ok "policy constraints/iam.allowedPolicyMemberDomains"
  fi
else
  unknown "policy constraints/iam.allowedPolicyMemberDomains (it may not be read with these rights)"
fi

echo
if ((problems > 0)); then
  echo "$problems problem(s) to solve before the bootstrap."
  exit 1
fi
echo "Nothing that is known stands in the way."
