#!/bin/sh
# Writes /run/turn/turnserver.conf: the chart's part, the node's addresses, and what is in the Secret.
set -eu
umask 077

stop() {
  echo "turn-server: $1" >&2
  exit 1
}

# The value of a key of the Secret; empty without it. What the configuration could not hold is refused.
secret() {
  value=''
  if [ -f "/etc/turn-secret/$1" ]; then value=$(cat "/etc/turn-secret/$1"); fi
  case $value in
    *[[:space:]]*) stop "The key $1 of the Secret $SECRET_NAME has a space or a line break in it; coturn could not read it." ;;
    TODO* | CHANGE_ME* | CHANGEME*) stop "The key $1 of the Secret $SECRET_NAME still holds a placeholder." ;;
  esac
}

secret REALM
realm=${value:-$DEFAULT_REALM}

secret EXTERNAL_IP
external=${value:-$DEFAULT_EXTERNAL}
if [ "$external" = auto ]; then
  url=http://169.254.169.254/computeMetadata/v1/instance/network-interfaces/0/access-configs/0/external-ip
  tries=0
  until external=$(wget -q -T 5 -O - --header 'Metadata-Flavor: Google' "$url") && [ -n "$external" ]; do
    tries=$((tries + 1))
    if [ "$tries" -ge 10 ]; then
      stop "The node's external address could not be had from Google's metadata server: the pool must have public nodes; or set EXTERNAL_IP in the Secret $SECRET_NAME."
    fi
    sleep 2
  done
fi
case $external in
  *[!0-9.]* | '') stop "The external address $external is no IPv4 address." ;;
esac

sed -e "s|@NODE@|$NODE_IP|g" -e "s|@EXTERNAL@|$external|g" /etc/turn-server/turnserver.conf >/run/turn/turnserver.conf
printf 'realm=%s\n' "$realm" >>/run/turn/turnserver.conf

if [ "$AUTH_MODE" = ephemeral ]; then
  secret TURN_PASSWORD
  if [ -n "$value" ]; then
    stop "The Secret $SECRET_NAME has TURN_PASSWORD, and auth.mode is ephemeral: a static user beside ephemeral credentials is not allowed. Take it out, or set auth.mode to static."
  fi
  secret TURN_AUTH_SECRET
  if [ -z "$value" ]; then stop "The Secret $SECRET_NAME has no TURN_AUTH_SECRET, from which ephemeral credentials are made."; fi
  printf 'static-auth-secret=%s\n' "$value" >>/run/turn/turnserver.conf
else
  secret TURN_AUTH_SECRET
  if [ -n "$value" ]; then
    stop "The Secret $SECRET_NAME has TURN_AUTH_SECRET, and auth.mode is static: the two are never mixed. Take it out, or set auth.mode to ephemeral."
  fi
  secret TURN_USER
  user=$value
  secret TURN_PASSWORD
  if [ -z "$user" ] || [ -z "$value" ]; then stop "The Secret $SECRET_NAME lacks TURN_USER or TURN_PASSWORD."; fi
  case $user in
    *:*) stop "TURN_USER has a colon in it, which coturn takes for the end of the name." ;;
  esac
  # The key of long-term credentials (RFC 8489): the password itself is in no file of coturn's.
  key=$(printf '%s:%s:%s' "$user" "$realm" "$value" | md5sum | cut -d ' ' -f 1)
  printf 'user=%s:0x%s\n' "$user" "$key" >>/run/turn/turnserver.conf
fi
echo "turn-server: relays at $external (node $NODE_IP), realm $realm, $AUTH_MODE credentials"
