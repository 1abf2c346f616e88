#!/usr/bin/env bash
# Out of descriptors: those who are connected go on, the process does not spin, and who waits gets in when others leave.
. "$(dirname "$0")/lib.sh"

# says FD TEXT: the server echoes TEXT on the descriptor within a few seconds.
says() {
  local answer=
  printf '%s\n' "$2" >&"$1" 2>/dev/null || return 1
  IFS= read -r -t 10 -u "$1" answer || return 1
  [ "$answer" = "$2" ]
}

wrap=(prlimit --nofile=64)
serve few --listen tcp://127.0.0.1:0 --log info
server=$pid
port=$(port_of "$url")
clients=()
for _ in {1..200}; do
  exec {fd}<>"/dev/tcp/127.0.0.1/$port"
  clients+=("$fd")
done
for i in {0..40}; do says "${clients[$i]}" "hello $i" || fail "client $i of the first ones is not served"; done

before=$(cpu_ticks "$server")
sleep 3
used=$(($(cpu_ticks "$server") - before))
[ "$used" -lt 30 ] || fail "it used $used of 300 clock ticks while it could accept nobody"
echo "CPU while exhausted: $used of 300 ticks; failed accepts: $(grep -c 'accept' few.err || true)"
for i in {0..40}; do says "${clients[$i]}" "again $i" || fail "client $i is not served any more"; done

# The first 170 leave: the rest gets in, but for the few that were shed.
for i in {0..169}; do
  fd=${clients[$i]}
  exec {fd}>&-
done
served=0
for i in {170..199}; do
  if says "${clients[$i]}" "finally $i"; then served=$((served + 1)); fi
done
echo "of the 30 that waited longest $served were served"
[ "$served" -ge 29 ] || fail "only $served of the 30 that waited got in"
for i in {170..199}; do
  fd=${clients[$i]}
  exec {fd}>&-
done
kill -TERM "$server"
ends few "$server" 0

# The same with nobody connected, so that no end of a connection can be the signal to go on.
strace -o /dev/null true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }
# ECONNABORTED and EPROTO are about one connection that is gone; the others are about the whole system.
for error in EMFILE ENFILE ENOBUFS ENOMEM ECONNABORTED EPROTO EINTR; do
  wrap=("${under_trace[@]}" strace -f -o trace -e trace=accept4 -e "inject=accept4:error=$error:when=1..3")
  serve "$error" --listen tcp://127.0.0.1:0 --driver epoll
  server=$(pgrep -P "$pid")
  started+=("$server")
  exec {fd}<>"/dev/tcp/127.0.0.1/$(port_of "$url")"
  says "$fd" "hello" || fail "the client did not get in after three failed accepts: $(cat trace)"
  exec {fd}>&-
  [ "$(grep -c "$error.*INJECTED" trace)" -eq 3 ] || fail "strace did not inject three errors: $(cat trace)"
  [ "$(wc -l <trace)" -lt 20 ] || fail "it spun: $(cat trace)"
  kill -TERM "$server"
  ends "$error" "$pid" 0
done
