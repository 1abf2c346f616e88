#!/usr/bin/env bash
# The system has no memory for the wait itself: the server lives on, tries again after a time, and tells and counts it.
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || { echo "strace cannot trace here"; exit 77; }

failures=40
# try DRIVER CALL ERROR FIRST: from the FIRST call on, so many fail.
try() {
  local driver=$1 call=$2 error=$3 first=$4 server
  wrap=("${under_trace[@]}" strace -f -ttt -o trace -e "trace=$call"
    -e "inject=$call:error=$error:when=$first..$((first + failures - 1))")
  serve "$driver" --listen tcp://127.0.0.1:0 --driver "$driver"
  server=$(pgrep -P "$pid")
  started+=("$server")
  "$EDDY_BIN/eddy-load" echo "$url" -c 4 -d 2s --timeout 20s --json report.json >out 2>&1 || fail "$driver $error: $(cat out)"
  [ "$(field report.json answered)" -eq "$(field report.json sent)" ] || fail "$driver $error: lost some: $(cat out)"
  [ "$(grep -c "$error.*INJECTED" trace)" -eq "$failures" ] || fail "$driver $error: strace did not inject: $(tail trace)"
  # 1, 2, 4 ... 50 ms; on poll, some of the calls were the log's.
  took=$(awk '/INJECTED/ { if (!first) first = $2; last = $2 } END { print int((last - first) * 1000) }' trace)
  [ "$took" -ge 200 ] || fail "$driver $error: $failures attempts in $took ms"
  grep -q "no memory for the loop's wait" "$driver.err" || fail "$driver $error: not told: $(cat "$driver.err")"
  kill -TERM "$server"
  ends "$driver" "$pid" 0
  grep -q " [1-9][0-9]* failed waits" "$driver.err" || fail "$driver $error: not counted: $(cat "$driver.err")"
}

for driver in $("$EDDY_BIN/eddy-echo" --drivers | awk '$2 == "available" { print $1 }'); do
  case $driver in
    io_uring) for error in ENOMEM EAGAIN EBUSY; do try io_uring io_uring_enter $error 20; done ;;
    poll) for error in ENOMEM EAGAIN; do try poll poll $error 20; done ;;
  esac
done
