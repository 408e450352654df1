#!/bin/sh
# A machine is a folder.
set -e
id=$(ctx instance id)
echo "$verb $id" >> "$target/ledger"
case $verb in
  create)
    mkdir -p "$target/$id"
    ctx instance runtime-properties ip 127.0.0.1
    ;;
  delete) rm -rf "${target:?}/$id" ;;
esac
ctx logger info "machine $id: $verb"
