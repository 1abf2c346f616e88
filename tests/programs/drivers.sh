#!/usr/bin/env bash
# Which driver is taken and why; one that is asked for and cannot be had is an error with its reason.
. "$(dirname "$0")/lib.sh"

unset EDDY_DRIVER  # the choice is the test
"$EDDY_BIN/eddy-echo" --drivers >known
cat known
grep -q '^epoll *available$' known || fail "epoll should be available"
grep -q '^poll *available$' known || fail "poll should be available"

# bad STATUS TEXT COMMAND...: it fails so, and says TEXT in one line.
bad() {
  local status=0 expected=$1 text=$2
  shift 2
  "$@" >out 2>err || status=$?
  [ "$status" -eq "$expected" ] || fail "$*: status $status, expected $expected: $(cat err)"
  grep -qF -- "$text" err || fail "$*: does not say '$text': $(cat err)"
  [ "$(grep -c . err)" -eq 1 ] || fail "$*: more than a line: $(cat err)"
}
bad 2 "--driver nothing: expected" "$EDDY_BIN/eddy-echo" --listen tcp://127.0.0.1:0 --driver nothing
bad 2 "--driver nothing: expected" "$EDDY_BIN/eddy-load" echo tcp://127.0.0.1:1 --driver nothing
bad 2 'EDDY_DRIVER "nothing": expected one of' env EDDY_DRIVER=nothing "$EDDY_BIN/eddy-echo" --listen tcp://127.0.0.1:0

grep -q '^io_uring' known || { echo "built without io_uring: nothing more to see"; exit 0; }
strace -o /dev/null true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }
for error in EPERM ENOSYS; do
  forbidden=("${under_trace[@]}" strace -f -o trace -e trace=io_uring_setup -e "inject=io_uring_setup:error=$error")
  case $error in
    EPERM) reason="io_uring: io_uring_setup: Operation not permitted (seccomp or sysctl kernel.io_uring_disabled)" ;;
    ENOSYS) reason="io_uring: io_uring_setup: Function not implemented" ;;
  esac
  bad 1 "$reason" "${forbidden[@]}" "$EDDY_BIN/eddy-echo" --listen tcp://127.0.0.1:0 --driver io_uring
  "${forbidden[@]}" "$EDDY_BIN/eddy-echo" --drivers >known_then
  grep -qF "not available: $reason" known_then || fail "--drivers does not say why: $(cat known_then)"

  wrap=("${forbidden[@]}")
  serve "$error" --listen tcp://127.0.0.1:0 --log info
  server=$(pgrep -P "$pid")
  started+=("$server")
  grep -q 'driver epoll: ' "$error.err" || fail "it does not serve on epoll: $(cat "$error.err")"
  if grep -q '^io_uring' <(head -n 1 known); then
    grep -qF "$reason" "$error.err" || fail "it does not say why not on io_uring: $(cat "$error.err")"
  fi
  "$EDDY_BIN/eddy-load" echo "$url" -c 5 -d 300ms || fail "it does not serve"
  kill -TERM "$server"
  ends "$error" "$pid" 0
done
