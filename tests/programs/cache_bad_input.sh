#!/usr/bin/env bash
# What is wrong on eddy-cache's command line gets one line that names the input and what was expected.
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
cache_refuses 2 '536870912|half of the memory limit' -p 0 -m 1 -I 512m
cache_refuses 2 '--bogus|--help' --bogus
cache_refuses 2 '-q|--help' -q
cache_refuses 2 'extra|not expected' extra
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
