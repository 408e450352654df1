#!/usr/bin/env bash
# First steps with Holdfast: two tenants, people with different roles, a group, a secret from a file, a private blueprint of
# several files, who sees what, and the audit log of it all. Every answer is compared with what it should be; the script
# ends at the first that differs, with exit code 1.
#
#   HOLDFAST_URL=https://localhost:8443 HOLDFAST_CA=data/tls/ca.pem ADMIN_PASSWORD_FILE=data/admin-password \
#     examples/first-steps.sh
#
# SUFFIX (letters and digits) is put behind every name, to run it twice against one manager. HOLDFAST_DATA is the manager's
# data folder, where `holdfast audit verify` looks; as a rule the folder of the password file.
# Needs bash, curl and tar. No password or token appears in a command line, where other users could see it.
set -euo pipefail

: "${HOLDFAST_URL:?the address of the manager, https://…}"
: "${HOLDFAST_CA:?the CA file that the manager names when it starts}"
: "${ADMIN_PASSWORD_FILE:?the file with the password of admin}"
suffix=${SUFFIX:-}
data=${HOLDFAST_DATA:-$(dirname "$ADMIN_PASSWORD_FILE")}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
chmod 700 "$work"
trap 'rm -rf "$work"' EXIT

acme=acme$suffix globex=globex$suffix
ada=ada$suffix bob=bob$suffix grace=grace$suffix vera=vera$suffix eve=eve$suffix
developers=developers$suffix

# ── How this script speaks to the manager ────────────────────────────────────────────────────────────────────────────

step() { printf '\n%s\n' "$*"; }

fail() {
  printf 'NOT AS EXPECTED: %s\n' "$*" >&2
  exit 1
}

# call WHO TENANT METHOD PATH [BODY or curl options …]: leaves the answer in $status and $body. TENANT `-` is none; a path
# that begins with `resources/` lies outside of the API.
call() {
  local who=$1 tenant=$2 method=$3 path=$4 url
  shift 4
  case $path in
    resources/*) url=$HOLDFAST_URL/$path ;;
    *) url=$HOLDFAST_URL/api/v3.1/$path ;;
  esac
  local options=(--silent --show-error --max-time 180 --cacert "$HOLDFAST_CA" --request "$method")
  options+=(--config "$work/$who.curl" --output "$work/body" --write-out '%{http_code}')
  [ "$tenant" = - ] || options+=(--header "Tenant: $tenant")
  if [ $# -eq 1 ]; then options+=(--header 'Content-Type: application/json' --data-binary "$1"); else options+=("$@"); fi
  status=$(curl "${options[@]}" "$url") || fail "$method $path: no answer"
  body=$(tr -d '\0' < "$work/body")
}

# expect STATUS WHO TENANT METHOD PATH …: the same, and the status must be this one.
expect() {
  local wanted=$1
  shift
  call "$@"
  [ "$status" = "$wanted" ] || fail "$1 in tenant $2: $3 $4 answered $status instead of $wanted: $body"
  printf '  %s  %-8s %-6s %s\n' "$status" "${1%"$suffix"}" "$3" "$4"
}

says() { case $body in *"$1"*) ;; *) fail "the answer does not say $1: $body" ;; esac; }
is_silent_about() { case $body in *"$1"*) fail "the answer tells of $1: $body" ;; esac; }

# A file's text as JSON.
json_text() {
  awk 'BEGIN { printf "\"" }
       { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); printf "%s\\n", $0 }
       END { printf "\"" }' "$1"
}

# sign_in WHO PASSWORD_FILE: gets an access token for two hours; from then on WHO is let in by it.
sign_in() {
  local name=$1
  printf 'user = "%s:%s"\n' "$name" "$(head -n 1 "$2" | sed 's/[\\"]/\\&/g')" > "$work/$name.curl"
  expect 200 "$name" - POST tokens '{"description": "first steps", "expiration_date": "+2h"}'
  printf 'header = "Authentication-Token: %s"\n' "$(printf '%s' "$body" | grep -o 'ctok-[A-Za-z0-9]*-[A-Za-z0-9]*')" \
    > "$work/$name.curl"
}

# add_user NAME: an account with a random password.
add_user() {
  head -c 24 /dev/urandom | base64 | tr '+/' '-_' > "$work/$1.password"
  printf '{"username": "%s", "password": "%s"}' "$1" "$(cat "$work/$1.password")" > "$work/user.json"
  expect 201 admin - PUT users "@$work/user.json"
}

# ── The main job ─────────────────────────────────────────────────────────────────────────────────────────────────────

step 'The administrator signs in.'
sign_in admin "$ADMIN_PASSWORD_FILE"

step 'Two tenants.'
expect 201 admin - POST "tenants/$acme"
expect 201 admin - POST "tenants/$globex"

step 'People, and what they are in a tenant: a user, a manager, a viewer, and somebody of the other tenant.'
for name in "$ada" "$bob" "$grace" "$vera" "$eve"; do add_user "$name"; done
expect 200 admin - PUT tenants/users "{\"tenant_name\": \"$acme\", \"username\": \"$ada\", \"role\": \"user\"}"
expect 200 admin - PUT tenants/users "{\"tenant_name\": \"$acme\", \"username\": \"$grace\", \"role\": \"manager\"}"
expect 200 admin - PUT tenants/users "{\"tenant_name\": \"$acme\", \"username\": \"$vera\", \"role\": \"viewer\"}"
expect 200 admin - PUT tenants/users "{\"tenant_name\": \"$globex\", \"username\": \"$eve\", \"role\": \"user\"}"

step 'A group; its members get its role in the tenant. Bob has no other.'
expect 201 admin - POST user-groups "{\"group_name\": \"$developers\"}"
expect 200 admin - PUT user-groups/users "{\"group_name\": \"$developers\", \"username\": \"$bob\"}"
expect 200 admin - PUT tenants/user-groups \
  "{\"tenant_name\": \"$acme\", \"group_name\": \"$developers\", \"role\": \"user\"}"
for name in "$ada" "$bob" "$grace" "$vera" "$eve"; do sign_in "$name" "$work/$name.password"; done

step 'Ada stores a secret that came from a file. Its value is hidden: only she and administrators of the tenant read it.'
printf '[database]\nuser = site\npassword = "%s"\n' "$(head -c 24 /dev/urandom | base64)" > "$work/credentials.ini"
printf '{"value": %s, "is_hidden_value": true}' "$(json_text "$work/credentials.ini")" > "$work/secret.json"
expect 200 "$ada" "$acme" PUT secrets/database_credentials "@$work/secret.json"
is_silent_about password
for name in "$ada" "$grace" admin; do
  expect 200 "$name" "$acme" GET secrets/database_credentials
  says "\"value\":$(json_text "$work/credentials.ini")"
done
for name in "$bob" "$vera"; do
  expect 200 "$name" "$acme" GET secrets/database_credentials
  says '"value":""'
done
expect 404 "$eve" "$globex" GET secrets/database_credentials
expect 403 "$eve" "$acme" GET secrets/database_credentials

step 'Ada uploads a blueprint of several files, for herself alone.'
tar -czf "$work/web-site.tar.gz" -C "$here" blueprint
expect 201 "$ada" "$acme" PUT blueprints/web-site \
  --form 'params={"visibility": "private", "application_file_name": "blueprint.yaml"}' \
  --form "blueprint_archive=@$work/web-site.tar.gz"
says '"state":"uploaded"'
says '"visibility":"private"'
execution=${body#*'"upload_execution":{'}
execution=${execution#*'"id":"'}
execution=${execution%%'"'*}

step 'She, the manager of the tenant and the administrator see it, with its files and its execution.'
for name in "$ada" "$grace" admin; do
  expect 200 "$name" "$acme" GET blueprints/web-site
  expect 200 "$name" "$acme" GET 'blueprints?_include=id'
  says '"items":[{"id":"web-site"}]'
  expect 200 "$name" "$acme" GET "executions/$execution"
  says '"status":"terminated"'
  expect 200 "$name" "$acme" GET blueprints/web-site/archive
  cmp -s "$work/body" "$work/web-site.tar.gz" || fail 'the archive is not the one that was uploaded'
  expect 200 "$name" "$acme" GET "resources/blueprints/$acme/web-site/scripts/start.sh"
  cmp -s "$work/body" "$here/blueprint/scripts/start.sh" || fail 'the file is not the one in the archive'
done

step 'To the others of the tenant it is not there: same status and text as for one that never was.'
for name in "$bob" "$vera"; do
  expect 404 "$name" "$acme" GET blueprints/web-site
  hidden=$body
  expect 404 "$name" "$acme" GET blueprints/never-made
  [ "${hidden//web-site/X}" = "${body//never-made/X}" ] || fail 'hidden and absent differ'
  expect 200 "$name" "$acme" GET blueprints
  says '"total":0'
  expect 200 "$name" "$acme" GET 'blueprints?_all_tenants=true'
  says '"total":0'
  expect 404 "$name" "$acme" GET blueprints/web-site/archive
  expect 404 "$name" "$acme" GET "resources/blueprints/$acme/web-site/scripts/start.sh"
  expect 404 "$name" "$acme" GET "executions/$execution"
  expect 200 "$name" "$acme" GET 'executions?_include_system_workflows=true'
  says '"total":0'
  expect 200 "$name" "$acme" GET events
  says '"total":0'
done
expect 404 "$bob" "$acme" PATCH blueprints/web-site/set-visibility '{"visibility": "tenant"}'
expect 404 "$bob" "$acme" PATCH blueprints/web-site '{"labels": [{"mine": "now"}]}'
expect 404 "$bob" "$acme" DELETE blueprints/web-site
expect 403 "$vera" "$acme" DELETE blueprints/web-site

step 'Nor to the other tenant.'
expect 404 "$eve" "$globex" GET blueprints/web-site
expect 404 "$eve" "$globex" GET "executions/$execution"
expect 200 "$eve" "$globex" GET 'blueprints?_all_tenants=true'
says '"total":0'
expect 403 "$eve" "$acme" GET blueprints/web-site
expect 403 "$eve" "$globex" GET "resources/blueprints/$acme/web-site/scripts/start.sh"

step 'A stranger gets nowhere.'
: > "$work/stranger.curl"
expect 401 stranger "$acme" GET blueprints/web-site
expect 401 stranger - GET "resources/blueprints/$acme/web-site/scripts/start.sh"
expect 200 stranger - GET version

step 'Every step is in the audit log, with who did it; the secret is not.'
expect 200 admin - GET 'audit?kind=all&size=0'
in_audit() { # ACTION WHO OUTCOME [WHAT ELSE]
  printf '%s' "$body" | sed 's/},{"id":/},\n{"id":/g' | grep -F "\"action\":\"$1\"" | grep -F "\"creator_name\":\"$2\"" |
    grep -F "\"outcome\":\"$3\"" | grep -F "${4:-}" > /dev/null || fail "the audit log lacks $1 by $2 ($3) ${4:-}"
  printf '  %-8s %-8s %-22s %s\n' "$3" "${2%"$suffix"}" "$1" "${4:-}"
}
in_audit login.basic admin success
in_audit tenant.create admin success "\"$acme\""
in_audit tenant.create admin success "\"$globex\""
for name in "$ada" "$bob" "$grace" "$vera" "$eve"; do
  in_audit user.create admin success "\"$name\""
  in_audit login.basic "$name" success
  in_audit token.create "$name" success
done
in_audit tenant.add_user admin success "\"$grace\""
in_audit group.create admin success "\"$developers\""
in_audit group.add_user admin success "\"$bob\""
in_audit tenant.add_group admin success "\"$developers\""
in_audit secret.create "$ada" success database_credentials
in_audit secret.read "$grace" success database_credentials
in_audit blueprint.upload "$ada" success web-site
in_audit request.denied "$eve" denied "\"GET\""
in_audit request.denied "$vera" denied "\"DELETE\""
is_silent_about "$(sed -n 's/^password = "\(.*\)"/\1/p' "$work/credentials.ini")"

step 'And the audit log proves that nobody changed it.'
if [ -d "$data/keys" ]; then
  node "$here/../bin/holdfast.mjs" audit verify --data "$data" || fail 'the audit log is not intact'
else
  printf '  (not asked: %s is not the data folder of the manager; give HOLDFAST_DATA)\n' "$data"
fi

step 'All as expected.'
