#!/bin/sh
# Run once by the PostgreSQL image, when its volume is new: the owner of Holdfast's database, which is no superuser. The
# role that serves requests is made by Holdfast itself.
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" << 'SQL'
\set password `cat /run/secrets/database_owner_password`
CREATE ROLE holdfast_owner LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE holdfast OWNER holdfast_owner;
REVOKE ALL ON DATABASE holdfast FROM PUBLIC;
SQL
