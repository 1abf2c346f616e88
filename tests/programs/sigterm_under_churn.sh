#!/usr/bin/env bash
# A server that is told to end while clients come and go ends in time, on every driver. EDDY_SIGTERMS says how often (5).
. "$(dirname "$0")/lib.sh"

rounds=${EDDY_SIGTERMS:-5}
for driver in $("$EDDY_BIN/eddy-echo" --drivers | awk '/available/ {print $1}'); do
  longest=0
  for round in $(seq "$rounds"); do
    rm -f echo.out load.out
    serve echo --listen tcp://127.0.0.1:0 --driver "$driver" --threads $((1 + round % 2)) --drain 200ms
    server=$pid
    start load "$EDDY_BIN/eddy-load" echo "$url" -c 50 --churn -d 30s
    load=$pid
    sleep 0.$((RANDOM % 20 + 10))
    began=$(date +%s%N)
    kill -TERM "$server"
    # Every second time in the middle of its draining, too.
    if [ $((round % 2)) -eq 0 ]; then kill -TERM "$server" 2>/dev/null || true; fi
    until_true 20 gone "$server"
    took=$((($(date +%s%N) - began) / 1000000))
    if [ $took -gt $longest ]; then longest=$took; fi
    kill -KILL "$load" 2>/dev/null || true
    wait "$load" 2>/dev/null || true
    started=()
  done
  echo "$driver: $rounds SIGTERMs, the longest end took $longest ms"
done
