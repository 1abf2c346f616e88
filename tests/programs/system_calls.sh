#!/usr/bin/env bash
# One recv and one send per message, one epoll_ctl per connection, and no call that usually fails.
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
