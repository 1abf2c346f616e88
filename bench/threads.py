#!/usr/bin/env python3
"""What more loops cost: eddy-echo with one and with two threads under the same load, and how connections spread.

The load is an open one, well below what one thread can do, so that all do the same work; eddy-load runs on the same
cores. CPU time is the kernel's count of all the server's threads (/proc/PID/task/*/schedstat) from before to after,
divided by the messages. Interleaved; what counts is the ratio of the medians, the spread is that of the rounds.
"""
import argparse
import glob
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile

from servers import binaries_of

WAYS = {
    "1 thread": [],
    "2 threads, handoff": ["--threads", "2", "--spread", "handoff"],
    "2 threads, reuseport": ["--threads", "2", "--spread", "reuseport"],
    "2 threads, exclusive": ["--threads", "2", "--spread", "exclusive"],
}


def cpu_nanoseconds(pid):
    return sum(int(open(path).read().split()[0]) for path in glob.glob(f"/proc/{pid}/task/*/schedstat"))


def measure(options, way, driver):
    """Microseconds of CPU a message, and how many connections each loop accepted."""
    echo = subprocess.Popen(
        [os.path.join(options.binaries, "eddy-echo"), "--listen", "tcp://127.0.0.1:0", "--driver", driver, *WAYS[way]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = echo.stdout.readline().split()[1]
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "run.json")
        before = cpu_nanoseconds(echo.pid)
        done = subprocess.run(
            [os.path.join(options.binaries, "eddy-load"), "echo", url, "-c", str(options.connections), "--rate",
             str(options.rate), "-d", f"{options.seconds}s", "--json", report], stdout=subprocess.PIPE, text=True)
        used = cpu_nanoseconds(echo.pid) - before
        echo.send_signal(signal.SIGTERM)
        said = echo.communicate()[1]
        if done.returncode != 0 or echo.returncode != 0:
            sys.exit(f"{way}: {done.stdout}{said}")
        with open(report) as file:
            answered = json.load(file)["messages"]["answered"]
    shares = re.search(r"of each loop (.*) accepted", said)
    return used / answered / 1000, shares[1].split() if shares else [str(options.connections)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2, help="of each run")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--drivers", nargs="+", default=["epoll", "io_uring"])
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    options = parser.parse_args()
    options.binaries = binaries_of(options.build, "eddy-echo", "eddy-load")
    for driver in options.drivers:
        costs, shares = {way: [] for way in WAYS}, {way: [] for way in WAYS}
        for number in range(options.rounds):
            for way in WAYS if number % 2 == 0 else reversed(WAYS):
                cost, share = measure(options, way, driver)
                costs[way].append(cost)
                shares[way].append("+".join(share))
        print(f"{driver}, {options.connections} connections at {options.rate:,}/s: server CPU microseconds a message; "
              f"medians of {options.rounds} rounds (least-most)")
        for way in WAYS:
            each = costs[way]
            ratios = [ours / one for ours, one in zip(each, costs["1 thread"])]
            ratio = statistics.median(each) / statistics.median(costs["1 thread"])
            print(f"  {way:<22} {statistics.median(each):6.2f} ({min(each):.2f}-{max(each):.2f})   {ratio:.3f} of one thread's "
                  f"({min(ratios):.3f}-{max(ratios):.3f})   connections {', '.join(shares[way])}", flush=True)


if __name__ == "__main__":
    main()
