#!/usr/bin/env bash
# The file of -P is one process's: a second one neither overwrites nor removes it.
. "$(dirname "$0")/lib.sh"

server_program=eddy-cache
serve first --listen tcp://127.0.0.1:0 -P cache.pid
first=$pid
[ "$(cat cache.pid)" = "$first" ] || fail "expected $first in the file: $(cat cache.pid)"

refuses 1 "cache.pid|process $first runs" "$EDDY_BIN/eddy-cache" --listen tcp://127.0.0.1:0 -P cache.pid
[ "$(cat cache.pid)" = "$first" ] || fail "the second process changed the file of the first: $(cat cache.pid)"

kill -TERM "$first"
ends first "$first" 0
[ ! -e cache.pid ] || fail "the file is still there when its process is gone"

# Left behind by a process that was killed: taken over. Somebody else's by the end: it stays.
echo 4194304 >cache.pid
serve second --listen tcp://127.0.0.1:0 -P cache.pid
second=$pid
[ "$(cat cache.pid)" = "$second" ] || fail "expected $second in the file: $(cat cache.pid)"
rm cache.pid
echo others >cache.pid
kill -TERM "$second"
ends second "$second" 0
[ "$(cat cache.pid)" = others ] || fail "a file that was not its own is gone"

# Something else is not overwritten.
refuses 1 "cache.pid|a process's number" "$EDDY_BIN/eddy-cache" --listen tcp://127.0.0.1:0 -P cache.pid
[ "$(cat cache.pid)" = others ] || fail "a file that holds no number was overwritten"
echo 1 >target
ln -s target link
refuses 1 "link|no symbolic link" "$EDDY_BIN/eddy-cache" --listen tcp://127.0.0.1:0 -P link
[ "$(cat target)" = 1 ] || fail "the file behind a symbolic link was overwritten"
mkfifo pipe
refuses 1 "pipe|expected a regular file" "$EDDY_BIN/eddy-cache" --listen tcp://127.0.0.1:0 -P pipe
refuses 1 "nowhere/cache.pid|No such file" "$EDDY_BIN/eddy-cache" --listen tcp://127.0.0.1:0 -P nowhere/cache.pid
