#!/bin/sh
set -e
source=$(ctx source instance id)
database=$(ctx target instance id)
echo "$verb $source $database" >> "$target/ledger"
case $verb in
  establish) ctx source instance runtime-properties database "$database" ;;
  unlink) ctx logger info "$source leaves $database" ;;
esac
