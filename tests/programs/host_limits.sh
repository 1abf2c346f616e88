#!/usr/bin/env bash
# One host has only so many connections of a server; servers take all descriptors that the system lets them have, and
# say so when their limits do not fit, or when they answer forged datagrams; a stranger cannot make a server write more to its log.
. "$(dirname "$0")/lib.sh"

# closed FD: the server has closed it, within a few seconds.
closed() {
  local byte status=0
  IFS= read -r -t 20 -n 1 -u "$1" byte || status=$?
  [ "$status" -eq 1 ]
}

# limited NAME ARGUMENTS...: its third connection from this host is closed at once, and others are not.
limited() {
  local name=$1 port first second third
  shift
  serve "$name" "$@" --unlimited none --clients-per-host 2
  port=$(port_of "$url")
  exec {first}<>"/dev/tcp/127.0.0.1/$port" {second}<>"/dev/tcp/127.0.0.1/$port"
  exec {third}<>"/dev/tcp/127.0.0.1/$port"
  closed "$third" || fail "$name: a third connection of one host stays"
  exec {third}>&-
  [ "$(printf '%s' "$asks" | socat -t 20 - "TCP:127.0.0.1:$port,bind=127.0.0.2" | head -c 2)" = "$answers" ] ||
    fail "$name: another host is not served"
  exec {first}>&-
  until_true 20 served_again "$port"
  exec {second}>&-
  kill -TERM "$pid"
  ends "$name" "$pid" 0
  grep -q ' refused' "$name.err" || fail "$name counts nobody as refused: $(cat "$name.err")"
}
served_again() { [ "$(printf '%s' "$asks" | socat -t 20 - "TCP:127.0.0.1:$1" 2>/dev/null | head -c 2)" = "$answers" ]; }

asks=$'hi\n' answers=hi
limited echo --listen tcp://127.0.0.1:0
limited threads --listen tcp://127.0.0.1:0 --threads 2
server_program=eddy-cache
asks=$'mn\r\nquit\r\n' answers=MN
limited cache --listen tcp://127.0.0.1:0 -t 2

# A host gets so many datagrams answered in a second, and no more.
server_program=eddy-echo
serve answers --listen udp://127.0.0.1:0 --unlimited none --answers-per-host 100
"$EDDY_BIN/eddy-load" echo "$url" -c 1 --rate 1000 -d 1s --timeout 1s --json answers.json >report 2>&1 || true
answered=$(field answers.json answered) sent=$(field answers.json sent)
# A slow machine may need some seconds for it: 100 are answered in each.
[ "$answered" -ge 100 ] && [ "$answered" -le 450 ] && [ "$sent" -ge 900 ] || fail "$answered of $sent datagrams were answered"
kill -TERM "$pid"
ends answers "$pid" 0

# A sender whose name has become the server's own is not answered: else the server would answer itself without end.
serve unixgram --listen unixgram:e.sock
server=$pid
mkfifo bytes
socat -u OPEN:bytes UNIX-SENDTO:e.sock,bind=x &
started+=("$!")
exec {to}>bytes
until_true 20 test -S x
mv x y
ln -s e.sock x
printf a >&"$to"
before=$(cpu_ticks "$server")
sleep 2
used=$(($(cpu_ticks "$server") - before))
exec {to}>&-
[ "$used" -lt 40 ] || fail "the server answers itself: $used of 200 clock ticks"
kill -TERM "$server"
ends unixgram "$server" 0

# This machine is not limited when nothing is said.
server_program=eddy-echo
serve usual --listen tcp://127.0.0.1:0 --clients-per-host 1
"$EDDY_BIN/eddy-load" echo "$url" -c 10 -d 200ms >report || fail "this machine is limited: $(cat report)"
kill -TERM "$pid"
ends usual "$pid" 0

# Descriptors. The soft limit is what a system begins with; the hard one is what it allows.
wrap=(prlimit --nofile=64:400)
serve soft --listen tcp://127.0.0.1:0
"$EDDY_BIN/eddy-load" echo "$url" -c 200 -d 500ms >report || fail "the soft limit was not raised: $(cat report)"
kill -TERM "$pid"
ends soft "$pid" 0

# warns NAME TEXT ARGUMENTS...
warns() {
  local name=$1 text=$2
  shift 2
  serve "$name" "$@"
  grep -qF -- "$text" "$name.err" || fail "$name: \"$text\" is not in: $(cat "$name.err")"
  kill -TERM "$pid"
  ends "$name" "$pid" 0
}
warns few-echo '--max-connections: 300 connections at each of 2 addresses are more than fit: this process may open 400' \
  --listen tcp://127.0.0.1:0 --listen tcp://127.0.0.1:0 --max-connections 300
server_program=eddy-cache warns few-cache '-c: 4096 connections are more than fit: this process may open 400' \
  --listen tcp://127.0.0.1:0
server_program=eddy-chat warns few-chat 'max_clients: 10000 connections are more than fit: this process may open 400' \
  --listen tcp://127.0.0.1:0

# What answers more than it is asked says so where strangers reach it by UDP, and not at this machine's own addresses.
server_program=eddy-echo wrap=()
warns chargen 'datagrams with a forged sender are answered' --service chargen --listen 'udp://0.0.0.0:0'
serve local --service chargen --listen udp://127.0.0.1:0
kill -TERM "$pid"
ends local "$pid" 0
! grep -q forged local.err || fail "a local service warns: $(cat local.err)"
server_program=eddy-cache warns cache-udp 'datagrams with a forged sender are answered' --listen 'udp://0.0.0.0:0'

# A client's `verbosity` is no more than what eddy-cache was started with.
wrap=()
server_program=eddy-cache
serve quiet --listen tcp://127.0.0.1:0
printf 'verbosity 2\r\nget key\r\nquit\r\n' | socat -t 20 - "TCP:127.0.0.1:$(port_of "$url")" >said
grep -q '^OK' said || fail "verbosity is not answered: $(cat said)"
kill -TERM "$pid"
ends quiet "$pid" 0
! grep -q 'get key' quiet.err || fail "a client made it log commands: $(cat quiet.err)"
