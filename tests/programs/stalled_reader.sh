#!/usr/bin/env bash
# A peer that sends 1 GB and reads nothing back holds no memory of ours and slows nobody down.
. "$(dirname "$0")/lib.sh"

p99() { sed -n '/"response_ns"/,/}/s/^ *"p99": \([0-9]*\),*$/\1/p' "$1"; }

serve echo --listen tcp://127.0.0.1:0
server=$pid
port=$(port_of "$url")
load=("$EDDY_BIN/eddy-load" echo "$url" -c 20 --rate 2000 -d 3s)
"${load[@]}" --json alone.json >/dev/null || fail "the load without the stalled reader failed"
before=$(resident "$server")

exec 3<>"/dev/tcp/127.0.0.1/$port"
head -c 1000000000 /dev/zero >&3 2>/dev/null &
started+=("$!")
sleep 1
"${load[@]}" --json beside.json >/dev/null || fail "the load beside the stalled reader failed"
after=$(resident "$server")

grown=$((after - before))
echo "resident: $before KiB before, $after KiB with 1 GB on its way to a reader that does not read"
echo "p99 of the others: $(p99 alone.json) ns alone, $(p99 beside.json) ns beside it"
# A lenient bound for a busy machine: held up by the reader they would wait for seconds, or for ever.
[ "$(p99 beside.json)" -lt 500000000 ] || fail "the others are held up"
# The output queue stops at its high mark of 256 KiB; the cap is 16 MiB.
if [ -z "${EDDY_SANITIZE:-}" ]; then [ "$grown" -lt 4096 ] || fail "it grew by $grown KiB"; fi

# One that was pushed at without reading, too: here the server makes the data.
exec 3>&-
kill -TERM "$server"
ends echo "$server" 0
serve chargen --service chargen --listen tcp://127.0.0.1:0
server=$pid
before=$(resident "$server")
exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$url")"
sleep 1
after=$(resident "$server")
echo "chargen to a reader that does not read: resident $before KiB before, $after KiB after"
if [ -z "${EDDY_SANITIZE:-}" ]; then [ $((after - before)) -lt 4096 ] || fail "it grew by $((after - before)) KiB"; fi
