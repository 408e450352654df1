#!/bin/sh
# Serves the page and remembers the process, so that stop.sh finds it.
set -eu

folder=$(ctx instance runtime-properties folder)
port=$(ctx node properties port)
nohup python3 -m http.server --bind 127.0.0.1 --directory "$folder" "$port" > "$folder/access.log" 2>&1 &
ctx instance runtime-properties pid "$!"
