#!/usr/bin/env python3
"""eddy-chat beside Debian's ngircd: server CPU time per delivery in one large channel, the same client, interleaved.

One member speaks; a message is said when all others have the last one, or with --rate on schedule. The server is pinned to one core and the client
to another. CPU time is the kernel's count of the server process (/proc/PID/schedstat, nanoseconds), read every few
milliseconds while the client runs; what counts is what was used from the first message to the last delivery, without
the joining and leaving, divided by the deliveries. Every delivery is checked by the client, and a run that loses one
ends the measurement. What counts is the ratio of the medians; the spread is that of all rounds.
"""
import argparse
import bisect
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from servers import EDDY_CHAT_UNHURRIED, NGIRCD, Server, binaries_of, raise_descriptor_limit

SERVERS = ["ngircd", "eddy-chat epoll", "eddy-chat io_uring"]


def start(name, binaries, core):
    """With all lifted that could hold a client back, in both."""
    program, _, driver = name.partition(" ")
    return Server(program, binaries, core, driver or None, NGIRCD if program == "ngircd" else EDDY_CHAT_UNHURRIED)


class CpuClock:
    """The server's CPU time over the system's monotonic clock, from samples."""

    def __init__(self, server):
        self.server = server
        self.times = []
        self.used = []
        self.running = True
        self.thread = threading.Thread(target=self.sample)
        self.thread.start()

    def sample(self):
        while self.running:
            self.times.append(time.monotonic())
            self.used.append(self.server.cpu_nanoseconds())
            time.sleep(0.005)

    def stop(self):
        self.running = False
        self.thread.join()

    def at(self, instant):
        after = bisect.bisect_left(self.times, instant)
        if after in (0, len(self.times)):
            sys.exit("the run was not sampled from its beginning to its end")
        share = (instant - self.times[after - 1]) / (self.times[after] - self.times[after - 1])
        return self.used[after - 1] + share * (self.used[after] - self.used[after - 1])


def measure(binaries, server, options):
    """CPU nanoseconds of the server per delivery, and deliveries per second."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        clock = CpuClock(server)
        run = subprocess.run(
            ["taskset", "-c", str(options.client_core), os.path.join(binaries, "eddy-load"), "chat", server.url, "-c",
             str(options.members - 1), "-d", f"{options.seconds}s", "--size", str(options.size), "--json",
             report.name, *(["--rate", str(options.rate)] if options.rate else [])],
            stdout=subprocess.PIPE, text=True, check=False)
        clock.stop()
        if run.returncode != 0:
            sys.exit(f"the run failed:\n{run.stdout}")
        with open(report.name) as file:  # by its name: it was put in the place of the first one
            found = json.load(file)
    used = clock.at(found["began_s"] + found["elapsed_s"]) - clock.at(found["began_s"])
    return used / found["deliveries"]["done"], found["throughput"]["deliveries_per_s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=5, help="of speaking, in each run")
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--size", type=int, default=100, help="bytes of a message's text")
    parser.add_argument("--rate", type=float, help="messages per second, instead of one after the other")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    options = parser.parse_args()
    binaries = binaries_of(options.build, "eddy-chat", "eddy-load")
    raise_descriptor_limit()
    os.sched_setaffinity(0, {options.client_core})  # the sampling, too

    version = subprocess.run(["ngircd", "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
    print(f"{version.splitlines()[0]}, configured with\n")
    print("".join(f"  {line}\n" for line in NGIRCD.format(port="PORT").splitlines()))
    print("eddy-chat, configured with\n")
    print("".join(f"  {line}\n" for line in EDDY_CHAT_UNHURRIED.splitlines()))
    costs = {name: [] for name in SERVERS}
    rates = {name: [] for name in SERVERS}
    for number in range(options.rounds):
        for name in SERVERS if number % 2 == 0 else reversed(SERVERS):
            server = start(name, binaries, options.server_core)
            try:
                cost, rate = measure(binaries, server, options)
            finally:
                server.stop()
            costs[name].append(cost / 1000)
            rates[name].append(rate)
            print(f"  round {number + 1}: {name:<20} {cost / 1000:7.3f} us", file=sys.stderr, flush=True)

    print(f"1 channel of {options.members} members, {options.size} bytes of text: server CPU microseconds per delivery, "
          f"medians of {options.rounds} rounds (least-most)\n")
    for name, values in costs.items():
        print(f"  {name:<30} {statistics.median(values):8.3f}  ({min(values):.3f}-{max(values):.3f})"
              f"  {statistics.median(rates[name]):10,.0f} deliveries/s")
    peer = costs[SERVERS[0]]
    for name in SERVERS[1:]:
        rounds = [a / b for a, b in zip(costs[name], peer)]
        ratio = statistics.median(costs[name]) / statistics.median(peer)
        print(f"  {name + ' / ngircd':<30} {ratio:8.3f}  ({min(rounds):.3f}-{max(rounds):.3f})")


if __name__ == "__main__":
    main()
