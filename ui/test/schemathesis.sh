#!/bin/sh
# Holds the API to its description: no 5xx, no answer that is not described.
#
#   ui/test/schemathesis.sh BIN CASE [more arguments of schemathesis]
#
# Needs schemathesis (pip install schemathesis), curl and a case that may be changed: the
# requests decide, and begin work. Rate limits are kept to by --rate-limit.
set -eu
bin=$1 case=$2
shift 2
folder=$(mktemp -d)
"$bin/demarche" serve --case "$case" --by schemathesis --listen 127.0.0.1:0 >"$folder/link" 2>/dev/null &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
while [ ! -s "$folder/link" ]; do sleep 0.1; done
link=$(cat "$folder/link")
address=${link%/open*}
session=$(curl -s -o /dev/null -D - "$link" | sed -n 's/^set-cookie: \(demarche_session=[0-9a-f]*\).*/\1/p')
token=$(curl -s -H "Cookie: $session" "$address/api/session" | sed 's/.*"token":"\([0-9a-f]*\)".*/\1/')
curl -s -H "Cookie: $session" "$address/api/openapi.json" >"$folder/openapi.json"
schemathesis run "$folder/openapi.json" --url "$address/api" \
	-H "Cookie: $session" -H "x-demarche-token: $token" \
	--checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
	--rate-limit 80/s --seed 1 "$@"
