#!/usr/bin/env python3
"""What 200 clients that do their worst do to 100 good ones: p99 of the good ones' round trips, alone and beside them.

The hostile population (bench/hostile/bad_clients.cpp), 40 of each kind: one byte a second; a line without end; half a
message and then silence; resets in the middle of a message, over and over; requests for much that is never read. The
good clients (good_clients.cpp) work on a schedule, and each round trip is timed from the instant it was due. In each
round both are measured against a fresh server, in turns first, and the server's resident memory is sampled. The server
is pinned to one core, all clients to the other.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

from servers import MemoryWatch, Server, binaries_of, raise_descriptor_limit, run_good_clients

PROTOCOLS = {"eddy-chat": "chat", "ngircd": "chat", "eddy-cache": "cache", "memcached": "cache"}


class BadClients:
    def __init__(self, binaries, server, options):
        self.process = subprocess.Popen(
            [os.path.join(binaries, "hostile-bad_clients"), server.url, "--protocol", PROTOCOLS[options.server],
             "--each", str(options.each), "--endless-rate", options.endless_rate],
            stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit("the hostile clients did not get in")
        time.sleep(options.settle)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate()[0]


def good_clients(binaries, server, options):
    run = run_good_clients(binaries, server.url, PROTOCOLS[options.server], options.good, options.rate, options.seconds)
    if run.returncode != 0:
        sys.exit(f"the good clients were harmed: {run.stdout}{run.stderr}")
    return json.loads(run.stdout)


def alone(binaries, options):
    server = Server(options.server, binaries, options.server_core)
    try:
        watch = MemoryWatch(server)
        try:
            found = good_clients(binaries, server, options)
        finally:
            found_memory = watch.stop()
        return found["p99_us"], found_memory
    finally:
        server.stop()


def beside(binaries, options):
    server = Server(options.server, binaries, options.server_core)
    try:
        watch = MemoryWatch(server)
        try:
            bad = BadClients(binaries, server, options)
            try:
                found = good_clients(binaries, server, options)
            finally:
                tally = bad.stop()
        finally:
            found_memory = watch.stop()
        return found["p99_us"], found_memory, tally
    finally:
        server.stop()


def spread(values):
    return f"{statistics.median(values):10,.0f}  ({min(values):,.0f}-{max(values):,.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=PROTOCOLS, default="eddy-chat")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--settle", type=float, default=3, help="seconds from the hostile clients' coming to the measuring")
    parser.add_argument("--good", type=int, default=100, help="good clients")
    parser.add_argument("--rate", type=int, help="round trips per second, all together [chat 150, cache 2000]")
    parser.add_argument("--each", type=int, default=40, help="hostile clients of each of the five kinds")
    parser.add_argument("--endless-rate", default="64k", help="bytes per second of each line without end")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    options = parser.parse_args()
    # A chat server lets a client say two lines a second in the long run.
    options.rate = options.rate or {"chat": 150, "cache": 2000}[PROTOCOLS[options.server]]
    binaries = binaries_of(options.build, options.server, "hostile-bad_clients", "hostile-good_clients")
    raise_descriptor_limit()
    os.sched_setaffinity(0, {options.client_core})

    p99_alone, p99_beside, memory_alone, memory_beside = [], [], [], []
    tally = ""
    for number in range(options.rounds):
        for with_hostile in (False, True) if number % 2 == 0 else (True, False):
            if with_hostile:
                p99, memory, tally = beside(binaries, options)
                p99_beside.append(p99)
                memory_beside.append(memory)
            else:
                p99, memory = alone(binaries, options)
                p99_alone.append(p99)
                memory_alone.append(memory)
        print(f"  round {number + 1}: p99 {p99_alone[-1]:,.0f} us alone, {p99_beside[-1]:,.0f} us beside", file=sys.stderr,
              flush=True)

    print(f"{options.server}: {options.good} good clients, {options.rate} round trips/s; medians of {options.rounds} rounds "
          "(least-most)\n")
    print(f"  p99 alone, us                 {spread(p99_alone)}")
    print(f"  p99 beside {5 * options.each:<4} hostile, us  {spread(p99_beside)}")
    rounds = [b / a for a, b in zip(p99_alone, p99_beside)]
    print(f"  ratio                         {statistics.median(p99_beside) / statistics.median(p99_alone):10.2f}"
          f"  ({min(rounds):.2f}-{max(rounds):.2f})")
    print(f"  resident at most alone, KiB   {max(memory_alone):10,}")
    print(f"  resident at most beside, KiB  {max(memory_beside):10,}")
    print("\nthe hostile ones, in the last round:")
    print("".join(f"  {line}\n" for line in tally.splitlines()), end="")


if __name__ == "__main__":
    main()
