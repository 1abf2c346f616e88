#!/usr/bin/env bash
# A stderr that is full, closed, read by nobody any more or not read for now stops no program and changes no exit status.
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

# A pipe that is open and that nobody empties: with -vv each command is a line.
mkfifo unread
exec 6<>unread
"$EDDY_BIN/eddy-cache" -l 127.0.0.1 -p 0 -t 2 -vv >cache.out 2>&6 &
cache=$!
started+=("$cache")
: >cache.err
until_true 30 lines_in cache.out 1
{
  printf 'verbosity 2\r\n'
  for _ in {1..5000}; do printf 'get a:key:of:some:length\r\n'; done
  printf 'verbosity 0\r\nquit\r\n'
} >requests
timeout 60 nc 127.0.0.1 "$(port_of "$(sed -n '1s/^ready //p' cache.out)")" <requests >answers || fail "stderr unread: no answers"
[ "$(grep -c '^END' answers)" -eq 5000 ] || fail "stderr unread: $(grep -c '^END' answers) answers instead of 5000"
# Read again, it gets what there was room for, and how much there was none for.
exec 7<unread 6>&-
cat <&7 >unread.err &
exec 7<&-
printf 'verbosity 2\r\nversion\r\nquit\r\n' | timeout 60 nc 127.0.0.1 "$(port_of "$(sed -n '1s/^ready //p' cache.out)")" >answers
grep -q '^VERSION' answers || fail "stderr unread: no version"
until_true 30 grep -q 'lines were dropped' unread.err
kill -TERM "$cache"
ends cache "$cache" 0
