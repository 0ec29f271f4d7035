#!/bin/sh
# The campus on one machine: a hub, and below it two clusters and a desktop, each
# with its own log. It ends when the campus has seen the scan, and leaves nothing.
set -eu
cd "$(dirname "$0")"

dir=$(mktemp -d)
processes=
stop() {
  [ -z "$processes" ] || kill $processes 2>/dev/null || :
  wait
  processes=
}
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# alone RULES NAME: tells what an engine finds in its own log, without the others.
alone() {
  found=$(logs run -r "$1.rdl" --year 2007 "$2.log" 2>"$dir/alone.err") || fail "$2 alone"
  echo "$2 alone: ${found:-nothing}"
}

# engine NAME ARG...: starts an engine, which stop ends.
engine() {
  name=$1
  shift
  logs run --state "$dir/$name" "$@" >"$dir/$name.out" 2>"$dir/$name.err" &
  processes="$processes $!"
}

# edge RULES NAME: starts an engine that sends to the campus.
edge() {
  engine "$2" -r "$1.rdl" --year 2007 --upstream "nats://$hub" --upstream-name "$2" --follow "$2.log"
}

# await FILE TEXT: waits until a file holds a text, for a minute at most.
await() {
  tries=600
  until grep -qs "$2" "$dir/$1"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "no \"$2\" in $1"
    sleep 0.1
  done
}

fail() {
  echo "$1; the engines say:" >&2
  cat "$dir"/*.err >&2
  exit 1
}

alone cluster cluster-a
alone cluster cluster-b
alone desktop desktop

# The hub takes a port that is free, and says which.
engine campus -r campus.rdl --hub 127.0.0.1:0
await campus.err "taking events"
hub=$(sed -n 's/.*taking events.* address=//p' "$dir/campus.err")

edge cluster cluster-a
edge cluster cluster-b
edge desktop desktop
await campus.out scans
stop
echo "together: $(cat "$dir/campus.out")"
