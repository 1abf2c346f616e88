#!/usr/bin/env bash
# The system has no buffers for a datagram (ENOBUFS): the datagram stays queued and is not lost. It is tried again when a
# time has passed, not on every turn of a loop that has other things to do.
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }

refusals=50
least_ms=2 # between two attempts

for driver in $("$EDDY_BIN/eddy-echo" --drivers | awk '$2 == "available" { print $1 }'); do
  wrap=("${under_trace[@]}" strace -f -ttt -o trace -e trace=sendmmsg
    -e "inject=sendmmsg:error=ENOBUFS:when=3..$((2 + refusals))")
  serve "$driver" --listen udp://127.0.0.1:0 --listen tcp://127.0.0.1:0 --driver "$driver"
  server=$(pgrep -P "$pid")
  started+=("$server")
  "$EDDY_BIN/eddy-load" echo "$(sed -n '2s/^ready //p' "$driver.out")" -c 4 -d 3s >busy.out 2>&1 &
  busy=$!
  started+=("$busy")
  "$EDDY_BIN/eddy-load" echo "$url" -c 1 -d 2s --timeout 20s --json report.json >out 2>&1 || fail "$driver: $(cat out)"
  wait "$busy" || fail "$driver: $(cat busy.out)"
  [ "$(field report.json answered)" -eq "$(field report.json sent)" ] || fail "$driver: lost some: $(cat out)"
  grep -q sendmmsg trace || { echo "this C library makes sendmmsg of other calls (musl)"; exit 77; }
  [ "$(grep -c 'ENOBUFS.*INJECTED' trace)" -eq "$refusals" ] || fail "$driver: strace did not inject: $(cat trace)"
  # The first of them may be noted late: half of the time is enough to tell it from busy work.
  took=$(awk '/INJECTED/ { if (!first) first = $2; last = $2 } END { print int((last - first) * 1000) }' trace)
  [ "$took" -ge $(((refusals - 1) * least_ms / 2)) ] || fail "$driver: $refusals attempts in $took ms"
  kill -TERM "$server"
  ends "$driver" "$pid" 0
done
