#!/usr/bin/env bash
# What is wrong on eddy-cache's command line gets one line that names the input and what was expected.
. "$(dirname "$0")/lib.sh"

# refuses STATUS WORDS ARGUMENTS...: every word must be in the line.
refuses() {
  local expected=$1 words=$2 status=0 word
  shift 2
  timeout 60 "$EDDY_BIN/eddy-cache" "$@" >out 2>err </dev/null || status=$?
  [ "$status" -eq "$expected" ] || fail "$*: status $status instead of $expected: $(cat err)"
  [ "$(wc -l <err)" -eq 1 ] || fail "$*: expected one line, got: $(cat err)"
  [ ! -s out ] || fail "$*: says on stdout: $(cat out)"
  IFS='|' read -ra words <<<"$words"
  for word in "${words[@]}"; do
    grep -qF -- "$word" err || fail "$*: \"$word\" is not in: $(cat err)"
  done
}

for number in 0 -1 x 1.5 64m '' 99999999999999999999; do
  refuses 2 "--memory-limit|$number|expected" -m "$number"
done
for number in -1 70000 65536 x ''; do
  refuses 2 "--port|$number|expected a port from 0 to 65535" -p "$number"
  refuses 2 "--udp-port|$number|expected a port from 0 to 65535" -U "$number"
done
for number in 0 -1 x 100000; do
  refuses 2 "--threads|$number|expected" -p 0 -t "$number"
done
for size in 1 0 -1 x 1023 2g 1025m; do
  refuses 2 "--max-item-size|$size|expected a size" -p 0 -I "$size"
done
for number in 0 -1 many; do
  refuses 2 "--conn-limit|$number|expected" -p 0 -c "$number"
  refuses 2 "--max-reqs-per-event|$number|expected" -p 0 -R "$number"
  refuses 2 "--listen-backlog|$number|expected" -p 0 -b "$number"
done
refuses 2 '536870912|half of the memory limit' -p 0 -m 1 -I 512m
refuses 2 '--bogus|--help' --bogus
refuses 2 '-q|--help' -q
refuses 2 'extra|not expected' extra
refuses 2 '-p|' -p
refuses 2 '-s|-p' -s cache.sock -p 11211
refuses 2 'foo://x|expected tcp://' --listen foo://x
refuses 2 'tcp://127.0.0.1|:port' --listen tcp://127.0.0.1
refuses 2 'nothing|epoll' -p 0 --driver nothing
refuses 2 '--daemon|not supported' -d
refuses 2 '--user|not supported' -u nobody
refuses 2 '--enable-sasl|not supported' -S
refuses 1 'nobody.invalid|resolve' -l nobody.invalid -p 0
refuses 1 '203.0.113.1' -l 203.0.113.1 -p 0
refuses 1 'no/such/folder' -s no/such/folder/cache.sock
refuses 1 'no/such/folder' -p 0 -l 127.0.0.1 -P no/such/folder/cache.pid

# A port that is taken, by each of the ways to ask for it
start busy "$EDDY_BIN/eddy-cache" -l 127.0.0.1 -p 0
busy=$pid
until_true 30 lines_in busy.out 1
url=$(sed -n '1s/^ready //p' busy.out)
refuses 1 "$url|in use" --listen "$url"
refuses 1 "$url|in use" -l 127.0.0.1 -p "$(port_of "$url")"
kill -TERM "$busy"
ends busy "$busy" 0
