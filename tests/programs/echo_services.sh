#!/usr/bin/env bash
# eddy-echo speaks the classic services, drains on a signal, and ends at once on the second.
. "$(dirname "$0")/lib.sh"

serve echo --listen tcp://127.0.0.1:0 --listen udp://127.0.0.1:0 --listen unix:e.sock --listen unixgram:@eddy-echo-$$ \
  --listen tcp://[::1]:0
echo=$pid
tcp=$(port_of "$url")
udp=$(port_of "$(sed -n 2p echo.out)")
six=$(port_of "$(sed -n 5p echo.out)")
[ "$(echo a | timeout 20 nc -N 127.0.0.1 "$tcp")" = a ] || fail "TCP"
[ "$(echo b | timeout 20 socat -t5 - UNIX-CONNECT:e.sock)" = b ] || fail "Unix stream"
[ "$(echo c | timeout 20 socat -t1 - "UDP:127.0.0.1:$udp")" = c ] || fail "UDP"
# From the same port of another address: it would be answered by a service there, and so on.
[ -z "$(echo c | timeout 20 socat -t1 - "UDP:127.0.0.1:$udp,bind=127.0.0.2:$udp")" ] || fail "UDP: its own port is answered"
[ "$(echo d | timeout 20 socat -t1 - "ABSTRACT-SENDTO:eddy-echo-$$,bind=eddy-client-$$" 2>&1 || true)" = d ] ||
  [ "$(echo d | timeout 20 socat -t1 - "ABSTRACT-SENDTO:eddy-echo-$$,bind-tempname" 2>&1)" = d ] || fail "Unix datagram"
[ "$(echo e | timeout 20 nc -N ::1 "$six")" = e ] || fail "IPv6"

# 100 MB come back bit for bit.
head -c 100000000 /dev/urandom >big
timeout 100 socat -t60 - "TCP:127.0.0.1:$tcp" <big | cmp - big || fail "socat got something else back"
timeout 100 nc -N 127.0.0.1 "$tcp" <big | cmp - big || fail "nc got something else back"

kill -TERM "$echo"
ends echo "$echo" 0
grep -q ' 5 accepted' echo.err || fail "the summary does not count 5 connections: $(cat echo.err)"

serve discard --service discard --listen tcp://127.0.0.1:0
[ -z "$(echo hello | timeout 20 nc -N 127.0.0.1 "$(port_of "$url")")" ] || fail "discard answered"

serve daytime --service daytime --listen tcp://127.0.0.1:0 --listen udp://127.0.0.1:0
today=$(date -u +%Y)
timeout 20 nc -d 127.0.0.1 "$(port_of "$url")" | grep -q "$today" || fail "daytime over TCP"
echo | timeout 20 socat -t2 - "UDP:127.0.0.1:$(port_of "$(sed -n 2p daytime.out)")" | grep -q "$today" || fail "daytime over UDP"

serve chargen --service chargen --listen tcp://127.0.0.1:0
timeout 20 nc -d 127.0.0.1 "$(port_of "$url")" 2>/dev/null | head -n 3 >lines || true
[ "$(sed -n 2p lines | tr -d '\r' | wc -c)" -eq 73 ] || fail "chargen's lines have 72 characters"
[ "$(sed -n 1p lines | cut -c2-72)" = "$(sed -n 2p lines | cut -c1-71)" ] || fail "each line starts one character further"

# A connection that does not finish holds the drain up, until a second signal.
serve stubborn --listen tcp://127.0.0.1:0 --drain 1h
stubborn=$pid
exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$url")"
head -c 30000000 /dev/zero >&3 &
filler=$!
started+=("$filler")
sleep 0.5
kill -TERM "$stubborn"
sleep 0.5
gone "$stubborn" && fail "it did not wait for the connection"
kill -TERM "$stubborn"
ends stubborn "$stubborn" 1
exec 3>&-

# The drain's deadline ends it, too.
serve patient --listen tcp://127.0.0.1:0 --drain 200ms
patient=$pid
exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$url")"
head -c 30000000 /dev/zero >&3 &
started+=("$!")
sleep 0.5
kill -INT "$patient"
ends patient "$patient" 0
grep -q 'drain' patient.err || fail "the summary does not tell of the deadline: $(cat patient.err)"
