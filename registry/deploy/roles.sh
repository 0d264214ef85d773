#!/bin/sh
# Run once by the database image: the application's role, which has no rights of its own until the owner's migration
# grants them.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set password="$(cat /run/secrets/app_password)" <<'SQL'
create role nqr_app login password :'password';
SQL
