#!/usr/bin/env bash
# eddy-echo on several threads: whichever way connections spread nothing is lost, each thread that should has its part,
# and a drain ends them all.
. "$(dirname "$0")/lib.sh"

# shares NAME: how many connections each loop accepted, as the summary tells.
shares() { sed -n 's/^  of each loop \(.*\) accepted$/\1/p' "$1.err"; }

for spread in handoff reuseport exclusive; do
  serve "$spread" --threads 3 --spread "$spread" --listen tcp://127.0.0.1:0 --listen udp://127.0.0.1:0
  server=$pid
  udp=$(sed -n '2s/^ready //p' "$spread.out")
  timeout 100 "$EDDY_BIN/eddy-load" echo "$url" -c 60 -d 1s >load.out 2>&1 || fail "$spread: TCP: $(cat load.out)"
  timeout 100 "$EDDY_BIN/eddy-load" echo "$udp" -c 10 -d 1s >load.out 2>&1 || fail "$spread: UDP: $(cat load.out)"
  # One that is open is drained as well.
  exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$url")"
  kill -TERM "$server"
  exec 3>&-
  ends "$spread" "$server" 0
  [ "$(shares "$spread" | awk '{ print $1 + $2 + $3 }')" -eq 61 ] || fail "$spread: not 61 connections: $(cat "$spread.err")"
done
case "$(shares handoff)" in
  "21 20 20" | "20 21 20" | "20 20 21") ;;
  *) fail "handoff gave the loops $(shares handoff) connections" ;;
esac
[ "$(shares reuseport | tr ' ' '\n' | grep -vcx 0)" -gt 1 ] || fail "reuseport: one loop got all: $(shares reuseport)"

# Its socket cannot be balanced by the system.
! "$EDDY_BIN/eddy-echo" --threads 2 --spread reuseport --listen unix:e.sock 2>err || fail "reuseport of a Unix socket was taken"
grep -q 'unix:e.sock.*reuseport.*expected handoff or exclusive' err || fail "not named: $(cat err)"

for bad in "--threads 0" "--threads x" "--spread even"; do
  status=0
  # shellcheck disable=SC2086
  "$EDDY_BIN/eddy-echo" --listen tcp://127.0.0.1:0 $bad 2>err || status=$?
  [ "$status" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -e "$bad" err || fail "$bad: $status: $(cat err)"
done
