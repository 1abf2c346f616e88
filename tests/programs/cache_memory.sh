#!/usr/bin/env bash
# eddy-cache keeps to -m: its resident memory grows by no more than that and a tenth, whatever is stored and replaced.
. "$(dirname "$0")/lib.sh"

[ -z "${EDDY_SANITIZE:-}" ] || { echo "a sanitizer needs memory of its own"; exit 77; }
[ -r /proc/self/status ] || { echo "no /proc here"; exit 77; }
command -v /usr/bin/python3 >/dev/null || { echo "no python3 here"; exit 77; }

megabytes=64
# By itself glibc keeps what large values leave behind, once it has raised its threshold (mallopt(3)): at times 12 MiB.
start cache env MALLOC_MMAP_THRESHOLD_=131072 "$EDDY_BIN/eddy-cache" -l 127.0.0.1 -p 0 -m $megabytes -t 2
cache=$pid
until_true 30 lines_in cache.out 1
before=$(resident "$cache")

for size in 100 1000 20000 300000 50; do
  /usr/bin/python3 - "$(port_of "$(sed -n '1s/^ready //p' cache.out)")" $size $((2 * megabytes)) <<'PYTHON' || fail "size $size"
import socket
import sys
port, size, megabytes = map(int, sys.argv[1:])
server = socket.create_connection(("127.0.0.1", port))
count = megabytes * 2**20 // (size + 60)
batch = max(1, 500_000 // size)
for start in range(0, count, batch):
    server.sendall(b"".join(b"set %d:%d 0 0 %d noreply\r\n%s\r\n" % (size, number, size, b"x" * size)
                            for number in range(start, min(start + batch, count))))
server.sendall(b"get %d:%d\r\n" % (size, count - 1))
answer = b""
while not answer.endswith(b"END\r\n"):
    more = server.recv(2**20)
    assert more, "the connection has ended"
    answer += more
assert answer.startswith(b"VALUE"), "the newest item is gone"
PYTHON
  grown=$((($(resident "$cache") - before) / 1024))
  echo "values of $size bytes: $grown MiB more than at the start"
  [ $grown -le $((megabytes + megabytes / 10 + 3)) ] || fail "values of $size bytes: grown by $grown MiB, with -m $megabytes"
done

kill -TERM "$cache"
ends cache "$cache" 0
