#!/usr/bin/env python3
"""eddy-echo beside bare loops on epoll and io_uring: server CPU time per message, the same client, interleaved.

The server is pinned to one core and the client to another. CPU time is the kernel's count of the server process
(/proc/PID/schedstat, nanoseconds), taken before and after each run and divided by the messages that were answered. What
counts is the ratio of the medians; the spread is that of all rounds.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

from servers import binaries_of

ECHO = ["eddy-echo", "--listen", "tcp://127.0.0.1:0", "--driver"]
SERVERS = {
    "bare epoll": ["floor-epoll_echo"],
    "bare io_uring": ["floor-uring_echo"],
    "eddy epoll": [*ECHO, "epoll"],
    "eddy io_uring": [*ECHO, "io_uring"],
}
RATIOS = [("eddy epoll", "bare epoll"), ("eddy io_uring", "bare epoll"), ("eddy io_uring", "bare io_uring")]


def cpu_nanoseconds(pid):
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0])


class Server:
    def __init__(self, binaries, name, core):
        command = SERVERS[name]
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), os.path.join(binaries, command[0]), *command[1:]],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = self.process.stdout.readline().split()
        if len(ready) != 2:
            sys.exit(f"{name}: did not get ready")
        self.url = ready[1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def measure(binaries, server, in_flight, connections, seconds, core):
    """CPU nanoseconds of the server per message."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        before = cpu_nanoseconds(server.process.pid)
        subprocess.run(
            ["taskset", "-c", str(core), os.path.join(binaries, "eddy-load"), "echo", server.url, "-c", str(connections),
             "--pipeline", str(in_flight), "--size", "64", "-d", f"{seconds}s", "--json", report.name],
            check=True, stdout=subprocess.DEVNULL)
        used = cpu_nanoseconds(server.process.pid) - before
        with open(report.name) as file:
            return used / json.load(file)["messages"]["answered"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2, help="of each run")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    parser.add_argument("workloads", nargs="*", default=["1x100", "1x1000", "16x100"],
                        help="messages in flight x connections")
    options = parser.parse_args()
    binaries = binaries_of(options.build, "floor-epoll_echo", "eddy-echo", "eddy-load")

    print(f"server CPU microseconds per message, 64 bytes, TCP; medians of {options.rounds} rounds (least-most)")
    for workload in options.workloads:
        in_flight, connections = map(int, workload.split("x"))
        times = {name: [] for name in SERVERS}
        for number in range(options.rounds):
            order = list(SERVERS) if number % 2 == 0 else list(reversed(SERVERS))
            for name in order:
                server = Server(binaries, name, options.server_core)
                times[name].append(
                    measure(binaries, server, in_flight, connections, options.seconds, options.client_core) / 1000)
                server.stop()
        print(f"\n{in_flight} in flight x {connections} connections")
        for name, values in times.items():
            print(f"  {name:<30} {statistics.median(values):8.3f}  ({min(values):.3f}-{max(values):.3f})")
        for ours, floor in RATIOS:
            rounds = [a / b for a, b in zip(times[ours], times[floor])]
            ratio = statistics.median(times[ours]) / statistics.median(times[floor])
            print(f"  {ours + ' / ' + floor:<30} {ratio:8.3f}  ({min(rounds):.3f}-{max(rounds):.3f})", flush=True)


if __name__ == "__main__":
    main()
