#!/bin/sh
# Healthy while its file says that it is live.
grep -qx live "$(ctx instance runtime-properties file)"
