#!/bin/sh
# Puts the page where the site will look for it, with its title filled in. The operation's inputs come as variables.
set -eu

: "${page:?}" "${title:?}"
source_file=$(ctx download-resource "$page")
site=$(mktemp -d)
sed "s|{{title}}|$title|" "$source_file" > "$site/index.html"
ctx instance runtime-properties folder "$site"
