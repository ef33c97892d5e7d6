#!/usr/bin/env bash
# Mints credentials for the add-on turn-server that end by themselves, as JSON. The shared secret never is an argument.
#   gcloud secrets versions access latest --secret livekit-dev-turn-server | helm/scripts/turn-credentials.sh alice 3600
#   TURN_SECRET_ID=projects/<project>/secrets/livekit-dev-turn-server helm/scripts/turn-credentials.sh alice
#   TURN_DOMAIN=turn.nova.com adds the URLs of the server. Without a user: test; without seconds: 3600.
set -euo pipefail

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
node=$root/node_modules/.bin/node
[[ -x $node ]] || node=node
exec "$node" "$root/dist/turn-credentials.js" "$@"
