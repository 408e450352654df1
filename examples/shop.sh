#!/usr/bin/env bash
# From a blueprint to a running deployment and back: upload, deploy, install, outputs, scale, heal, update, uninstall, delete.
# Every step is checked; the script ends at the first that went wrong, with exit code 1.
#
#   HOLDFAST_URL=https://localhost:8443 HOLDFAST_CA=data/tls/ca.pem ADMIN_PASSWORD_FILE=data/admin-password examples/shop.sh
#
# The scripts of the shop write below TARGET, which everybody may write to, since operations run as somebody who owns nothing;
# by default a new folder that is removed in the end. Needs bash, curl and tar on the machine that the manager runs on.
set -euo pipefail

: "${HOLDFAST_URL:?the address of the manager, https://…}"
: "${HOLDFAST_CA:?the CA file that the manager names when it starts}"
: "${ADMIN_PASSWORD_FILE:?the file with the password of admin}"
here=$(cd "$(dirname "$0")" && pwd)
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target=${TARGET:-$work/shop}
mkdir -p "$target"
chmod 777 "$target"
chmod 711 "$work"

step() { printf '\n%s\n' "$*"; }
fail() { printf 'failed: %s\n' "$*" >&2; exit 1; }

# ask METHOD PATH [JSON | @FILE]: prints the answer; ends the script when the manager refuses.
ask() {
  local body=()
  [ $# -lt 3 ] || body=(--data-binary "$3")
  curl --silent --show-error --fail-with-body --cacert "$HOLDFAST_CA" --header "@$work/token" --header 'Tenant: default_tenant' \
    --header 'Content-Type: application/json' --request "$1" "${body[@]}" "$HOLDFAST_URL/api/v3.1/$2" ||
    { echo >&2; fail "$1 $2"; }
}

# field NAME: the first text of that name in the JSON that comes in.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# wait_for EXECUTION: until it has ended well.
wait_for() {
  local status
  for _ in $(seq 600); do
    status=$(ask GET "executions/$1?_include=status" | field status)
    case $status in
      terminated) return 0 ;;
      failed | cancelled) fail "$(ask GET "executions/$1")" ;;
    esac
    sleep 0.2
  done
  fail "execution $1 did not end"
}

run() {
  step "workflow $1"
  wait_for "$(ask POST executions "{\"deployment_id\": \"shop\", \"workflow_id\": \"$1\", \"parameters\": ${2:-{\}}}" | field id)"
}

instances() { ask GET "node-instances?deployment_id=shop&node_id=$1&_include=id,state" | grep -o '"state":"started"' | wc -l; }

step 'signing in'
curl --silent --fail --cacert "$HOLDFAST_CA" --user "admin:$(head -n 1 "$ADMIN_PASSWORD_FILE")" --header 'Content-Type: application/json' \
  --data '{"description": "shop", "expiration_date": "+1h"}' "$HOLDFAST_URL/api/v3.1/tokens" |
  sed -n 's/.*"value":"\([^"]*\)".*/Authentication-Token: \1/p' > "$work/token"

step 'a secret, from a file'
printf '{"value": "%s", "update_if_exists": true}' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" > "$work/secret"
ask PUT secrets/shop_database_password "@$work/secret" > /dev/null

step 'the blueprint'
tar -czf "$work/shop.tar.gz" -C "$here" shop
ask PUT 'blueprints/shop?application_file_name=blueprint.yaml' "@$work/shop.tar.gz" > /dev/null

step 'a deployment of it'
ask PUT deployments/shop "{\"blueprint_id\": \"shop\", \"inputs\": {\"target\": \"$target\"}}" > /dev/null

run install
[ "$(instances shop)" = 2 ] || fail 'two shops should have started'
ask GET deployments/shop/outputs; echo
ask GET deployments/shop/capabilities; echo
ask GET 'events?deployment_id=shop&event_type=workflow_node_event&_include=message,node_instance_id&_size=5'; echo

run scale '{"scalable_entity_name": "front", "delta": 1}'
[ "$(instances shop)" = 3 ] || fail 'three shops should have started'

step 'something breaks'
broken=$(find "$target" -maxdepth 1 -name 'shop_*.service' | sort | head -n 1)
sed -i '/^live$/d' "$broken"
run heal
grep -qx live "$broken" || fail 'the shop should be live again'

step 'the next version of the blueprint'
cp -r "$here/shop" "$work/shop-2"
sed -i 's/^  machine:$/  cache:\n    type: shop.Service\n\n  machine:/' "$work/shop-2/blueprint.yaml"
tar -czf "$work/shop-2.tar.gz" -C "$work" shop-2
ask PUT 'blueprints/shop-2?application_file_name=blueprint.yaml' "@$work/shop-2.tar.gz" > /dev/null
wait_for "$(ask POST deployment-updates/shop/update/initiate '{"blueprint_id": "shop-2"}' | field execution_id)"
[ "$(instances cache)" = 1 ] || fail 'the cache should have started'

run uninstall
step 'and away with it'
ask DELETE deployments/shop
for _ in $(seq 100); do
  curl --silent --output /dev/null --fail --cacert "$HOLDFAST_CA" --header "@$work/token" --header 'Tenant: default_tenant' \
    "$HOLDFAST_URL/api/v3.1/deployments/shop" || break
  sleep 0.2
done
ask DELETE blueprints/shop
ask DELETE blueprints/shop-2
printf '\nwhat the scripts did:\n'
cat "$target/ledger"
