#!/usr/bin/env bash
# A server that stands still for seconds loses nothing, and the open model shows the time in its percentiles.
. "$(dirname "$0")/lib.sh"

percentile() { sed -n '/"response_ns"/,/}/s/^ *"'"$1"'": \([0-9]*\),*$/\1/p' "$2"; }

# stop_for_2s COMMAND...: runs it, with the server stopped for 2 seconds in its middle.
stop_for_2s() {
  start load "$@"
  local load=$pid
  sleep 2
  kill -STOP "$server"
  sleep 2
  kill -CONT "$server"
  ends load "$load" 0
  cat load.out
}

serve echo --listen tcp://127.0.0.1:0
server=$pid
stop_for_2s "$EDDY_BIN/eddy-load" echo "$url" -c 20 -d 6s --json closed.json
stop_for_2s "$EDDY_BIN/eddy-load" echo "$url" -c 20 -d 6s --rate 1000 --json open.json

# A third of the time nobody was answered: messages due then waited one second on average, two at the most.
p90=$(percentile p90 open.json)
max=$(percentile max open.json)
[ "$p90" -gt 1000000000 ] || fail "open model: p90 is $p90 ns, the wait is not in it"
[ "$max" -gt 1800000000 ] || fail "open model: max is $max ns, the wait is not in it"
