#!/usr/bin/env bash
# A kernel, or a network interface, that cannot cut up a message into datagrams: they go one by one then, and none is lost.
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }

# combined: how many messages of the trace were to be cut.
combined() { grep -c 'UDP_SEGMENT\|cmsg_type=0x67' "$1" || true; }

serve echo --listen udp://127.0.0.1:0 --driver epoll
for refusal in EIO EOPNOTSUPP EINVAL EMSGSIZE; do
  "${under_trace[@]}" strace -f -o trace -e trace=sendmmsg -e "inject=sendmmsg:error=$refusal:when=1" \
    "$EDDY_BIN/eddy-load" echo "$url" -c 1 --pipeline 64 --size 64 -d 500ms --timeout 20s --driver epoll --json report.json >out 2>&1 ||
    fail "$refusal: $(cat out)"
  [ "$(field report.json answered)" -gt 64 ] || fail "$refusal: $(field report.json answered) answered"
  [ "$(combined trace)" -gt 0 ] || { echo "the kernel combines no datagrams"; exit 77; }
  sed '0,/INJECTED/d' trace >after
  case $refusal in
    EIO | EOPNOTSUPP) [ "$(combined after)" -eq 0 ] || fail "$refusal: went on combining" ;;
    *) [ "$(combined after)" -gt 0 ] || fail "$refusal, of one message: never combined again" ;;
  esac
done
