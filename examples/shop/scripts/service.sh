#!/bin/sh
# A service is a file in its machine's folder: there when it is created, filled when it is configured, live when it is started.
set -e
id=$(ctx instance id)
echo "$verb $id" >> "$target/ledger"
file="$target/$id.service"
case $verb in
  create) : > "$file" && ctx instance runtime-properties file "$file" ;;
  configure) printf '%s\n' "$settings" > "$file" ;;
  start) echo live >> "$file" ;;
  stop) sed -i '/^live$/d' "$file" ;;
  delete) rm -f "$file" ;;
esac
echo "service $id: $verb"
