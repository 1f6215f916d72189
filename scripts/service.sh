# Sourced by scripts that start look-alikes and a service of their own: on free ports, in a temporary
# folder, ended by process id. Sets $work; after start_service also $api and $token.
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  [ -n "${KEEP-}" ] || rm -rf "$work"
}
open_work() { # open_work NAME: the temporary folder, removed at the end
  work=$(mktemp -d "/tmp/issuebridge-$1.XXXXXX")
  chmod 711 "$work" # PostgreSQL does not run as root and must reach its folder below
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
await() { # await SECONDS WHAT COMMAND…: until the command succeeds
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "$what did not come in $seconds s" >&2; cat "$work"/*.log >&2; exit 1; }
    sleep 0.1
  done
}
field() { python3 -c 'import json,sys
value = json.load(sys.stdin)
for part in sys.argv[1].split("."): value = value[int(part) if part.isdigit() else part]
print(value)' "$1"; }
free_port() { python3 -c 'import socket
with socket.socket() as s: s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start_sandbox() { # start_sandbox BINARY [ARGUMENT…]: sets $jira and $sentry
  "$1" sandbox "${@:2}" >"$work/sandbox.log" 2>&1 &
  pids+=($!)
  await 60 "The sandbox" grep -q '^Act as' "$work/sandbox.log"
  jira=$(awk '$1 == "Jira" { print $2 }' "$work/sandbox.log")
  sentry=$(awk '$1 == "Sentry" { print $2 }' "$work/sandbox.log")
}
start_service() { # start_service BINARY: over $DATABASE or a private PostgreSQL; reaches the sandbox
  token=$(head -c 24 /dev/urandom | base64 | tr -d '/+=')
  api=http://127.0.0.1:$(free_port)
  export ISSUEBRIDGE_DATA_DIR=$work/data ISSUEBRIDGE_ADMIN_TOKEN=$token ISSUEBRIDGE_PORT=${api##*:}
  export ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS=${jira+${jira#http://},${sentry#http://}}
  unset DATABASE_URL
  [ -z "${DATABASE-}" ] || export DATABASE_URL=$DATABASE
  # A token does not belong into the arguments of a process: curl reads it from here.
  (umask 077; printf 'Authorization: Bearer %s\n' "$token" >"$work/authorization")
  "$1" serve >"$work/serve.log" 2>&1 &
  pids+=($!)
  service=$!
  await 60 "The service" curl -sf "$api/readyz"
}
ask() { # ask METHOD PATH [BODY]: the answer's body; fails on an error
  local body=()
  # Neither does a body, which may hold a vendor's token: curl reads it from its input.
  [ $# -lt 3 ] || body=(-H 'Content-Type: application/json' --data-binary @-)
  curl -sSf -X "$1" "$api/api/v1$2" -H "@$work/authorization" "${body[@]}" <<<"${3-}"
}
run_sync() { # run_sync ORGANIZATION BODY: starts a sync and waits for its end; sets $run
  run=$(ask POST "$1/sync-runs" "$2")
  await_sync
}
await_sync() { # until $run, what a sync's start has answered, has ended; sets $run
  # What may be measured has the machine to itself: reading JSON by python takes a core as long as a short sync.
  local id end=$((SECONDS + 600))
  [[ $run =~ \"id\":([0-9]+) ]]
  id=${BASH_REMATCH[1]}
  while [[ $run =~ \"finished_at\":null ]]; do
    [ $SECONDS -lt $end ] || { echo "The sync did not end" >&2; return 1; }
    sleep 0.5
    run=$(ask GET "/sync-runs/$id")
  done
  [[ $run =~ \"status\":\"succeeded\" ]] || { echo "$run" >&2; return 1; }
}
connect_sandbox() { # adds both organizations and reads them; sets $jira_id and $sentry_id
  jira_id=$(ask POST /jira-organizations "{\"name\":\"acme\",\"base_url\":\"$jira\",\"username\":\"service@example.com\",\"api_token\":\"sandbox-jira-token\"}" | field id)
  sentry_id=$(ask POST /sentry-organizations "{\"name\":\"acme\",\"slug\":\"acme\",\"base_url\":\"$sentry\",\"auth_token\":\"sandbox-sentry-token\"}" | field id)
  run_sync "/jira-organizations/$jira_id" '{"mode":"full"}'
  run_sync "/sentry-organizations/$sentry_id" '{"mode":"full"}'
}
