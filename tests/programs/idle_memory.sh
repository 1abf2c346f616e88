#!/usr/bin/env bash
# An idle connection costs the server at most 700 bytes of resident memory; on io_uring no more than on epoll, but for the
# shared receive buffers.
. "$(dirname "$0")/lib.sh"

ulimit -Sn "$(ulimit -Hn)"
connections=9000  # one process may have 10,000 descriptors and more to give, but not every machine's
[ "$(ulimit -n)" -ge 10100 ] && connections=10000
[ "$(ulimit -n)" -ge $((connections + 100)) ] || { echo "the descriptor limit is $(ulimit -n): too low to tell"; exit 77; }

opened() { [ "$(find "/proc/$1/fd" -mindepth 1 | wc -l)" -ge "$connections" ]; }

# grown DRIVER: sets $each to what an idle connection costs on it.
grown() {
  local before after server load
  serve "idle-$1" --listen tcp://127.0.0.1:0 --driver "$1"
  server=$pid
  # One connection's life first, so that what is made once is made.
  "$EDDY_BIN/eddy-load" echo "$url" -c 1 -d 100ms >/dev/null
  before=$(resident "$server")
  start load "$EDDY_BIN/eddy-load" echo "$url" -c $connections --rate 1 -d 8s
  load=$pid
  until_true 30 opened "$server"
  sleep 1
  after=$(resident "$server")
  each=$(((after - before) * 1024 / connections))
  echo "$1: $connections idle connections: resident $before KiB before, $after KiB after, $each bytes each"
  ends load "$load" 0
  kill -TERM "$server"
  ends "idle-$1" "$server" 0
}

grown epoll
# The sanitizers' own memory says nothing about ours.
if [ -z "${EDDY_SANITIZE:-}" ]; then [ "$each" -le 700 ] || fail "$each bytes a connection"; fi
on_epoll=$each
"$EDDY_BIN/eddy-echo" --drivers >known
grep -q '^io_uring *available' known || exit 0
grown io_uring
# Its receive buffers, 1 MiB for all connections, are touched meanwhile.
most=$((on_epoll + 1024 * 1024 / connections + 64))
if [ -z "${EDDY_SANITIZE:-}" ]; then [ "$each" -le $most ] || fail "$each bytes a connection, expected at most $most"; fi
