#!/bin/sh
# Makes the secrets that compose.yaml hands to the containers, once; what is there already stays. Keep a copy of root_key
# apart from the database: without it nothing that is sealed can be opened again.
set -eu

folder=$(cd "$(dirname "$0")" && pwd)/secrets
mkdir -p "$folder"
chmod 700 "$folder" # others on this host get no further; in a container the files are readable by its user

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='; }
make() {
  if [ ! -e "$folder/$1" ]; then
    cat > "$folder/$1"
    chmod 444 "$folder/$1"
    echo "made $folder/$1"
  fi
}

head -c 32 /dev/urandom | base64 | make root_key
random | make database_admin_password
random | make database_owner_password
printf 'postgres://holdfast_owner:%s@database:5432/holdfast\n' "$(cat "$folder/database_owner_password")" | make database_url
