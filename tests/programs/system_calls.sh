#!/usr/bin/env bash
# On epoll one recv and one send per message, one epoll_ctl per connection, and no call that usually fails. On io_uring
# one io_uring_enter per turn, and none of the others.
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }

connections=100
wrap=("${under_trace[@]}" strace -f -c -o counts)
serve counted --listen tcp://127.0.0.1:0 --driver epoll
server=$(pgrep -P "$pid")
started+=("$server")
"$EDDY_BIN/eddy-load" echo "$url" -c $connections --pipeline 1 --size 64 -d 2s --json report.json
kill -TERM "$server"
ends counted "$pid" 0
cat counts

# calls NAME: how often it was called.
calls() { awk -v name="$1" '$NF == name {print $4; found = 1} END {if (!found) print 0}' counts; }

messages=$(sed -n 's/^ *"answered": \([0-9]*\),*$/\1/p' report.json)

# allowed WHAT NUMBER MOST
allowed() { [ "$2" -le "$3" ] || fail "$1: $2, expected at most $3 for $messages messages on $connections connections"; }
few=50
allowed recvfrom "$(calls recvfrom)" $((messages + 2 * connections + few))
allowed "sendto and sendmsg" $(($(calls sendto) + $(calls sendmsg))) $((messages + few))
allowed epoll_ctl "$(calls epoll_ctl)" $((connections + few))
allowed "failed calls in all" "$(awk '$NF != "total" && NF == 6 && $5 ~ /^[0-9]+$/ {sum += $5} END {print sum + 0}' counts)" $((2 * connections + few))
allowed "setsockopt" "$(calls setsockopt)" $((connections + few))
[ "$messages" -gt 1000 ] || fail "only $messages messages: too few to tell"

"$EDDY_BIN/eddy-echo" --drivers | grep -q '^io_uring *available' || { echo "no io_uring here: its calls are not counted"; exit 0; }
serve ring --listen tcp://127.0.0.1:0 --driver io_uring
server=$(pgrep -P "$pid")
started+=("$server")
"$EDDY_BIN/eddy-load" echo "$url" -c $connections --pipeline 1 --size 64 -d 2s --json report.json
kill -TERM "$server"
ends ring "$pid" 0
cat counts
messages=$(sed -n 's/^ *"answered": \([0-9]*\),*$/\1/p' report.json)
turns=$(sed -n 's/^ *loop *\([0-9]*\) turns.*/\1/p' ring.err)
echo "$messages messages in $turns turns"
# One more at each enter that a closing stream or a listener needs, and at the start.
allowed io_uring_enter "$(calls io_uring_enter)" $((turns + 20))
# What a few come from is starting: libraries, and the sanitizers' own.
for call in recvfrom recvmsg sendto sendmsg epoll_wait epoll_pwait2 epoll_ctl poll read write; do
  allowed "$call" "$(calls $call)" 100
done
[ "$messages" -gt 1000 ] || fail "only $messages messages: too few to tell"
