#!/usr/bin/env bash
# A certificate for development that nobody trusts, without cert-manager: written into the cluster as the Secret that the Ingress
# names, and into no Helm release. One that still lasts for 30 days is kept, so that it may run before each deploy.
#   self-signed.sh [domain] [namespace] [secret]      api.nova.local nova-messaging nova-tls-cert
set -euo pipefail
domain=${1:-api.nova.local} namespace=${2:-nova-messaging} secret=${3:-nova-tls-cert}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
present=$(kubectl get secret "$secret" --namespace "$namespace" --ignore-not-found --output 'jsonpath={.data.tls\.crt}')
if [ -n "$present" ]; then
  base64 -d <<<"$present" >"$directory/present.crt"
  # One question at a time: openssl answers only the first.
  named=$(openssl x509 -in "$directory/present.crt" -noout -checkhost "$domain")
  if [[ $named == *'does match'* ]] && openssl x509 -in "$directory/present.crt" -noout -checkend 2592000 >/dev/null; then
    echo "The Secret $secret holds a certificate for $domain that lasts: kept."
    exit 0
  fi
  issuer=$(openssl x509 -in "$directory/present.crt" -noout -issuer | sed 's/^issuer=//')
  subject=$(openssl x509 -in "$directory/present.crt" -noout -subject | sed 's/^subject=//')
  if [ "$issuer" != "$subject" ]; then
    echo "The Secret $secret holds a certificate by $issuer: it is left to whoever made it." >&2
    exit 1
  fi
fi
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$domain" \
  -addext "subjectAltName=DNS:$domain" -addext 'basicConstraints=critical,CA:FALSE' \
  -keyout "$directory/tls.key" -out "$directory/tls.crt" 2>/dev/null
kubectl create secret tls "$secret" --namespace "$namespace" --cert "$directory/tls.crt" --key "$directory/tls.key" \
  --dry-run=client --output yaml | kubectl apply --server-side --force-conflicts --field-manager livekit-gke-self-signed --filename -
