#!/usr/bin/env bash
# Offers the templates to a whole organisation: writes them into the folder workflow-templates/ of a checkout of its repository `.github`.
# GitHub puts each repository's own default branch where a template says $default-branch.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=${1:?Say where the checkout of the repository .github is: to-organisation.sh ../.github}
if [[ ! -d "$checkout" ]]; then
  echo "There is no folder $checkout: clone your organisation's repository .github first." >&2
  exit 1
fi
target=$checkout/workflow-templates
mkdir -p "$target"
cp "$here"/*.properties.json "$here"/*.svg "$target/"
for file in "$here"/*.yml; do
  # shellcheck disable=SC2016 # GitHub's placeholder, not the shell's
  sed 's/^    branches: \[main\]$/    branches: [$default-branch]/' "$file" >"$target/${file##*/}"
done
echo "$target has $(ls "$target"/*.yml | wc -l) templates: commit and push them there."
