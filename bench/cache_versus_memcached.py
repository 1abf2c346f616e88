#!/usr/bin/env python3
"""eddy-cache beside memcached: server CPU time per get with the same client, interleaved, and memory of a million items.

One thread each; the server is pinned to one core and the client (cache_load, which compares every byte) to another. CPU
time is the kernel's count of all the server's threads (/proc/PID/task/*/schedstat, nanoseconds), taken before and after
each run and divided by the gets that were answered. Memory is the growth of the resident set while items of 100 bytes
under keys of 10 are stored. What counts is the ratio of the medians; the spread is that of all rounds.
memcached is Debian's: apt-get install memcached
"""
import argparse
import glob
import os
import signal
import socket
import statistics
import subprocess
import sys
import time

from servers import binaries_of, free_port

LIMIT = ["-m", "1024", "-t", "1", "-c", "4096"]
SERVERS = {
    "memcached": ["memcached", "-u", "nobody", "-U", "0", *LIMIT],
    "eddy epoll": ["eddy-cache", "--driver", "epoll", *LIMIT],
    "eddy io_uring": ["eddy-cache", "--driver", "io_uring", *LIMIT],
}
RATIOS = [("eddy epoll", "memcached"), ("eddy io_uring", "memcached")]


class Server:
    def __init__(self, binaries, name, core):
        port = free_port()
        self.url = f"tcp://127.0.0.1:{port}"
        environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *SERVERS[name], "-l", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        give_up = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > give_up:
                    sys.exit(f"{name}: did not get ready")
                time.sleep(0.02)

    def cpu_nanoseconds(self):
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path) as file:
                total += int(file.read().split()[0])
        return total

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def load(binaries, server, core, *arguments):
    """How many requests were answered."""
    result = subprocess.run(
        ["taskset", "-c", str(core), os.path.join(binaries, "cache_load"), server.url, *map(str, arguments)],
        stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(result.returncode)
    return int(result.stdout)


def cpu_per_get(options, binaries, name, connections, in_flight):
    """Microseconds."""
    server = Server(binaries, name, options.server_core)
    load(binaries, server, options.client_core, "--items", options.items)
    gets = ["--items", options.items, "--connections", connections, "--pipeline", in_flight]
    load(binaries, server, options.client_core, *gets, "--seconds", options.seconds / 10)
    before = server.cpu_nanoseconds()
    answered = load(binaries, server, options.client_core, *gets, "--seconds", options.seconds)
    used = server.cpu_nanoseconds() - before
    server.stop()
    return used / answered / 1000


def memory_growth(options, binaries, name, items):
    """Mebibytes."""
    server = Server(binaries, name, options.server_core)
    before = server.resident_bytes()
    load(binaries, server, options.client_core, "--items", items)
    grown = server.resident_bytes() - before
    server.stop()
    return grown / 2**20


def compare(names, rounds, measure):
    values = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            values[name].append(measure(name))
    for name, all_of_it in values.items():
        print(f"  {name:<30} {statistics.median(all_of_it):8.3f}  ({min(all_of_it):.3f}-{max(all_of_it):.3f})")
    for ours, theirs in RATIOS:
        if ours not in values or theirs not in values:
            continue
        each = [a / b for a, b in zip(values[ours], values[theirs])]
        ratio = statistics.median(values[ours]) / statistics.median(values[theirs])
        print(f"  {ours + ' / ' + theirs:<30} {ratio:8.3f}  ({min(each):.3f}-{max(each):.3f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2, help="of each run")
    parser.add_argument("--items", type=int, default=100_000, help="that are asked for")
    parser.add_argument("--memory-items", type=int, default=1_000_000, help="whose memory is measured; 0 for none")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("workloads", nargs="*", default=["1x100", "16x100"], help="gets in flight x connections")
    options = parser.parse_args()
    binaries = binaries_of(options.build, "eddy-cache", "cache_load")

    print(f"server CPU microseconds per get, 100-byte values, TCP; medians of {options.rounds} rounds (least-most)")
    for workload in options.workloads:
        in_flight, connections = map(int, workload.split("x"))
        print(f"\n{in_flight} in flight x {connections} connections")
        compare(options.servers, options.rounds,
                lambda name: cpu_per_get(options, binaries, name, connections, in_flight))
    if options.memory_items > 0:
        print(f"\nMiB of resident memory for {options.memory_items} items of 100 bytes; medians of 3")
        compare(options.servers, 3, lambda name: memory_growth(options, binaries, name, options.memory_items))


if __name__ == "__main__":
    main()
