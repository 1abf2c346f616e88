#!/usr/bin/env bash
# A stale Unix socket file is replaced only when nobody answers on it; on exit only our own inode is unlinked.
. "$(dirname "$0")/lib.sh"

hello() { echo hello | timeout 20 socat -t5 - "UNIX-CONNECT:$1"; }

serve killed --listen unix:a.sock
killed=$pid
kill -KILL "$killed"
until_true 20 gone "$killed"
[ -S a.sock ] || fail "a killed server should have left its file"
serve second --listen unix:a.sock
second=$pid
[ "$(hello a.sock)" = hello ] || fail "the server that replaced the stale file does not answer"

# Not while somebody answers.
status=0
"$EDDY_BIN/eddy-echo" --listen unix:a.sock 2>err || status=$?
[ "$status" -eq 1 ] || fail "listening on a live server's file: status $status"
[ "$(hello a.sock)" = hello ] || fail "the live server lost its file"

# Somebody put another file in its place: that one stays.
mv a.sock moved.sock
echo precious >a.sock
kill -TERM "$second"
ends second "$second" 0
[ "$(cat a.sock)" = precious ] || fail "a file that is not ours was unlinked"

# A plain file is never replaced.
status=0
"$EDDY_BIN/eddy-echo" --listen unix:a.sock 2>err || status=$?
[ "$status" -eq 1 ] && [ "$(cat a.sock)" = precious ] || fail "a plain file was taken for a socket"

# Its own file goes.
serve third --listen unix:b.sock --listen unixgram:c.sock
third=$pid
kill -TERM "$third"
ends third "$third" 0
[ ! -e b.sock ] && [ ! -e c.sock ] || fail "its own files are still there"
