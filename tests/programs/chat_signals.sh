#!/usr/bin/env bash
# eddy-chat reads its configuration anew on SIGHUP, keeps the old one when the new one is bad, and ends in order on SIGTERM.
. "$(dirname "$0")/lib.sh"

server_program=eddy-chat
printf 'motd the first\n' >chat.conf
serve chat --listen tcp://127.0.0.1:0 --config chat.conf --log info --drain 30s
chat=$pid

# talk NAME: a client of $url that is told by descriptor 3 and writes to NAME.out; its pid is in $pid.
mkfifo tell
talk() {
  nc 127.0.0.1 "$(port_of "$url")" <tell >"$1.out" 3>&- &
  pid=$!
  started+=("$pid")
}
says() { printf '%s\r\n' "$1" >&3; }
heard() { grep -qsF -- "$1" client.out; }

exec 3<>tell
talk client
client=$pid
says 'NICK alice'
says 'USER alice 0 * :Alice'
until_true 30 heard ' 372 alice :- the first'

printf 'motd the second\n' >chat.conf
kill -HUP "$chat"
until_true 30 grep -q 'read anew' chat.err
says 'MOTD'
until_true 30 heard ' 372 alice :- the second'

printf 'motd the third\nmotdd a slip\n' >chat.conf
kill -HUP "$chat"
until_true 30 grep -q 'chat.conf.*line 2.*motdd' chat.err
rm chat.conf
kill -HUP "$chat"
until_true 30 grep -q 'chat.conf.*No such file' chat.err
says 'PING still-here'
until_true 30 heard 'still-here'
says 'MOTD'
says 'PING all-said'
until_true 30 heard 'all-said'
[ "$(grep -c 'the second' client.out)" -eq 2 ] || fail "the configuration before is not kept: $(cat client.out)"
! heard 'the third' || fail "a bad configuration was taken in part"

kill -TERM "$chat"
until_true 30 heard 'ERROR :'
ends chat "$chat" 0
exec 3>&-
until_true 30 gone "$client"
grep -q '^eddy-chat: up ' chat.err || fail "no statistics: $(cat chat.err)"

# A peer that does not end its side is waited for, but not after a second signal.
serve patient --listen tcp://127.0.0.1:0 --drain 60s
patient=$pid
exec 3<>tell
talk peer
says 'PING one'
until_true 30 test -s peer.out
kill -STOP "$pid"
kill -TERM "$patient"
kill -INT "$patient"
ends patient "$patient" 1
