#!/usr/bin/env bash
# A stderr that is full, closed or read by nobody any more stops no program and changes no exit status.
. "$(dirname "$0")/lib.sh"

[ -e /dev/full ] || { echo "no /dev/full here"; exit 77; }
mkfifo left

# with KIND COMMAND...: runs it with such a stderr.
with() {
  local kind=$1
  shift
  case $kind in
    full) exec "$@" 2>/dev/full ;;
    closed) exec "$@" 2>&- ;;
    left)
      exec 4<>left 5>left 4>&-  # the only reader leaves
      exec "$@" 2>&5 5>&-
      ;;
  esac
}

for kind in full closed left; do
  wrap=(with "$kind")
  serve "$kind" --listen tcp://127.0.0.1:0 --log debug --max-connections 1
  server=$pid
  wrap=()
  [ "$(echo hello | timeout 20 nc -N 127.0.0.1 "$(port_of "$url")")" = hello ] || fail "stderr $kind: no echo"

  # The report of a run, and one line about a command that cannot be read.
  (with "$kind" "$EDDY_BIN/eddy-load" echo "$url" -c 1 -d 0.1 --json -) >report.json || fail "stderr $kind: the load failed"
  grep -q '"ok": true' report.json || fail "stderr $kind: no report: $(cat report.json)"
  status=0
  (with "$kind" "$EDDY_BIN/eddy-load" echo foo://x) || status=$?
  [ "$status" -eq 2 ] || fail "stderr $kind: bad usage ended with $status"

  kill -TERM "$server"
  ends "$kind" "$server" 0
done
