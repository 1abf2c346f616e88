#!/usr/bin/env bash
# eddy-cache keeps to -m: its resident memory grows by no more than that and a tenth, whatever is stored and replaced, by
# many connections and threads at once.
. "$(dirname "$0")/lib.sh"

[ -z "${EDDY_SANITIZE:-}" ] || { echo "a sanitizer needs memory of its own"; exit 77; }
[ -r /proc/self/status ] || { echo "no /proc here"; exit 77; }
command -v /usr/bin/python3 >/dev/null || { echo "no python3 here"; exit 77; }

megabytes=64
start cache "$EDDY_BIN/eddy-cache" -l 127.0.0.1 -p 0 -m $megabytes -t 4
cache=$pid
until_true 30 lines_in cache.out 1
before=$(resident "$cache")

for size in 100 40000 50 300000 120000 50; do
  /usr/bin/python3 - "$(port_of "$(sed -n '1s/^ready //p' cache.out)")" $size $megabytes <<'PYTHON' || fail "size $size"
import socket
import sys
import threading

port, size, megabytes = map(int, sys.argv[1:])
connections = 16
count = 2 * megabytes * 2**20 // (size + 60) // connections
batch = max(1, 500_000 // size)
failures = []


def ask(server, request, end):
    server.sendall(request)
    answer = b""
    while not answer.endswith(end):
        more = server.recv(2**20)
        assert more, "the connection has ended"
        answer += more
    return answer


def fill(which):
    try:
        server = socket.create_connection(("127.0.0.1", port))
        for start in range(0, count, batch):
            server.sendall(b"".join(b"set %d:%d:%d 0 0 %d noreply\r\n%s\r\n" % (size, which, number, size, b"x" * size)
                                    for number in range(start, min(start + batch, count))))
        assert ask(server, b"mn\r\n", b"MN\r\n") == b"MN\r\n"
    except Exception as failure:
        failures.append(failure)


threads = [threading.Thread(target=fill, args=(which,)) for which in range(connections)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures
server = socket.create_connection(("127.0.0.1", port))
last = ask(server, b"set last 0 0 %d\r\n%s\r\nget last\r\n" % (size, b"x" * size), b"END\r\n")
assert last.startswith(b"STORED\r\nVALUE"), "the newest item is gone"
answer = ask(server, b"stats slabs\r\n", b"END\r\n")
held = int(answer.split(b"STAT total_malloced ")[1].split()[0])
print(f"held: {held / 2**20:.1f} MiB")
assert held <= megabytes * 2**20, held
PYTHON
  grown=$((($(resident "$cache") - before) / 1024))
  echo "values of $size bytes: $grown MiB more than at the start"
  [ $grown -le $((megabytes + megabytes / 10)) ] || fail "values of $size bytes: grown by $grown MiB, with -m $megabytes"
done

kill -TERM "$cache"
ends cache "$cache" 0
