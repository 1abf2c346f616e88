#!/usr/bin/env bash
# What is wrong on eddy-cache's command line gets one line that names the input and what was expected; what is right does
# what it says.
. "$(dirname "$0")/lib.sh"

# cache_refuses STATUS WORDS ARGUMENTS...: and nothing on stdout.
cache_refuses() {
  refuses "$1" "$2" "$EDDY_BIN/eddy-cache" "${@:3}"
  [ ! -s out ] || fail "${*:3}: says on stdout: $(cat out)"
}

for number in 0 -1 x 1.5 64m '' 99999999999999999999; do
  cache_refuses 2 "--memory-limit|$number|expected" -m "$number"
done
for number in -1 70000 65536 x ''; do
  cache_refuses 2 "--port|$number|expected a port from 0 to 65535" -p "$number"
  cache_refuses 2 "--udp-port|$number|expected a port from 0 to 65535" -U "$number"
done
for number in 0 -1 x 100000; do
  cache_refuses 2 "--threads|$number|expected" -p 0 -t "$number"
done
for size in 1 0 -1 x 1023 2g 1025m; do
  cache_refuses 2 "--max-item-size|$size|expected a size" -p 0 -I "$size"
done
for number in 0 -1 many; do
  cache_refuses 2 "--conn-limit|$number|expected" -p 0 -c "$number"
  cache_refuses 2 "--max-reqs-per-event|$number|expected" -p 0 -R "$number"
  cache_refuses 2 "--listen-backlog|$number|expected" -p 0 -b "$number"
done
for time in 0 -1 soon; do cache_refuses 2 "--request-timeout|$time|expected" -p 0 --request-timeout "$time"; done
for size in 0 -1 much; do cache_refuses 2 "--connection-memory|$size|expected" -p 0 --connection-memory "$size"; done
cache_refuses 2 '--clients-per-host|0|from 1' -p 0 --clients-per-host 0
cache_refuses 2 '--unlimited|10.1.0.0/8|expected networks' -p 0 --unlimited 10.1.0.0/8
cache_refuses 2 '1048576|twice the largest item, 536870912' -p 0 -m 1 -I 512m
cache_refuses 2 '--bogus|--help' --bogus
cache_refuses 2 '-q|--help' -q
cache_refuses 2 'extra: expected no more' extra
cache_refuses 2 '-p|' -p
cache_refuses 2 '-s|-p' -s cache.sock -p 11211
cache_refuses 2 'foo://x|expected tcp://' --listen foo://x
cache_refuses 2 'tcp://127.0.0.1|:port' --listen tcp://127.0.0.1
cache_refuses 2 'nothing|epoll' -p 0 --driver nothing
cache_refuses 2 '--daemon|not supported' -d
cache_refuses 2 '--user|not supported' -u nobody
cache_refuses 2 '--enable-sasl|not supported' -S
cache_refuses 1 'nobody.invalid|resolve' -l nobody.invalid -p 0
cache_refuses 1 '203.0.113.1' -l 203.0.113.1 -p 0
cache_refuses 1 'no/such/folder' -s no/such/folder/cache.sock
cache_refuses 1 'no/such/folder' -p 0 -l 127.0.0.1 -P no/such/folder/cache.pid

# A port that is taken, by each of the ways to ask for it
start busy "$EDDY_BIN/eddy-cache" -l 127.0.0.1 -p 0
busy=$pid
until_true 30 lines_in busy.out 1
url=$(sed -n '1s/^ready //p' busy.out)
cache_refuses 1 "$url|in use" --listen "$url"
cache_refuses 1 "$url|in use" -l 127.0.0.1 -p "$(port_of "$url")"
kill -TERM "$busy"
ends busy "$busy" 0

# serves NAME PATTERN... -- ARGUMENTS...: these addresses, in this order and no others.
serves() {
  local name=$1 patterns=() line=0 pattern
  shift
  while [ "$1" != -- ]; do patterns+=("$1"); shift; done
  shift
  start "$name" "$EDDY_BIN/eddy-cache" "$@"
  until_true 30 lines_in "$name.out" ${#patterns[@]}
  for pattern in "${patterns[@]}"; do
    line=$((line + 1))
    sed -n ${line}p "$name.out" | grep -qx "ready $pattern" || fail "$*: not $pattern: $(cat "$name.out")"
  done
  [ "$(wc -l <"$name.out")" -eq ${#patterns[@]} ] || fail "$*: serves more: $(cat "$name.out")"
  kill -TERM "$pid"
  ends "$name" "$pid" 0
}

# As memcached has it: -U alone is for both, and 0 goes with -s, for nothing else is asked for.
free=$(port_of "$url")
serves both "tcp://127.0.0.1:$free" "udp://127.0.0.1:$free" -- -l 127.0.0.1 -U "$free"
serves none "unix:cache.sock" -- -s cache.sock -p 0 -U 0

# The process's number is in the file as long as the process is there.
start numbered "$EDDY_BIN/eddy-cache" -l 127.0.0.1 -p 0 --listen udp://127.0.0.1:0 -P cache.pid -vv
until_true 30 lines_in numbered.out 2
[ "$(cat cache.pid)" = "$pid" ] || fail "cache.pid: $(cat cache.pid) instead of $pid"
# A terminal that closes does not end it, as the file shows.
kill -HUP "$pid"
# -vv logs commands, by UDP too.
printf '\0\1\0\0\0\1\0\0get logged\r\n' >"/dev/udp/127.0.0.1/$(port_of "$(grep udp numbered.out)")"
until_true 30 grep -q 'get logged$' numbered.err
kill -TERM "$pid"
ends numbered "$pid" 0
[ ! -e cache.pid ] || fail "cache.pid is still there"
