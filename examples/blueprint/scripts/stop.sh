#!/bin/sh
# Ends the process that start.sh left.
set -eu

pid=$(ctx instance runtime-properties pid)
kill "$pid"
