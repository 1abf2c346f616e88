#!/usr/bin/env python3
"""A long run of a server under mixed load: well-behaved clients that come, work and go, beside hostile ones that do
their worst, all the time. For a build with sanitizers.

It passes when nobody good was harmed, the server wrote no sanitizer's report and ended with status 0 on SIGTERM, and
when all clients had gone it had as many descriptors open as before the first came.
"""
import argparse
import itertools
import os
import re
import signal
import subprocess
import sys
import time

from servers import Server, binaries_of, raise_descriptor_limit

PROTOCOLS = {"eddy-chat": "chat", "eddy-cache": "cache"}
REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:")


def start_bad(binaries, server, protocol, each):
    process = subprocess.Popen([os.path.join(binaries, "hostile-bad_clients"), server.url, "--protocol", protocol, "--each",
                                str(each)], stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        sys.exit("the hostile clients did not get in")
    return process


def good_runs(binaries, server, protocol):
    """Commands that come in turn, each with clients of its own."""
    round_trips = [os.path.join(binaries, "hostile-good_clients"), server.url, "--protocol", protocol]
    if protocol == "chat":
        channel = [os.path.join(binaries, "eddy-load"), "chat", server.url, "-c", "50", "-d", "5s", "--rate", "1.5",
                   "--timeout", "60s", "--grace", "60s"]
        return [round_trips + ["--rate", "150", "-d", "10s"], channel]
    return [round_trips + ["--rate", "1000", "-d", "10s"], round_trips + ["-c", "10", "--rate", "2000", "-d", "3s"]]


def wait_for_descriptors(server, wanted, seconds):
    deadline = time.monotonic() + seconds
    while server.descriptors() != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return server.descriptors()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=PROTOCOLS, default="eddy-chat")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--each", type=int, default=20, help="hostile clients of each of the five kinds")
    parser.add_argument("--driver", help="that the server runs on")
    parser.add_argument("--build", default="build/asan", help="the server's build, from the project's root")
    parser.add_argument("--client-build", default="build/release", help="the clients' build")
    options = parser.parse_args()
    binaries = binaries_of(options.client_build, "hostile-bad_clients", "hostile-good_clients", "eddy-load")
    protocol = PROTOCOLS[options.server]
    raise_descriptor_limit()

    problems = []
    server = Server(options.server, binaries_of(options.build, options.server), driver=options.driver)
    time.sleep(1)  # until the connection that found it ready is gone
    before = server.descriptors()
    ends = time.monotonic() + 60 * options.minutes
    bad = start_bad(binaries, server, protocol, options.each)
    runs = 0
    for command in itertools.cycle(good_runs(binaries, server, protocol)):
        if time.monotonic() >= ends or server.process.poll() is not None:
            break
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        runs += 1
        if run.returncode != 0:
            problems.append(f"good clients were harmed: {' '.join(command)}\n{run.stdout}")
    bad.send_signal(signal.SIGTERM)
    tally = bad.communicate()[0]
    after = most = None
    if server.process.poll() is None:
        after = wait_for_descriptors(server, before, 60)
        most = server.memory_kib("VmHWM")
        if after != before:
            problems.append(f"{before} descriptors before the first client came, {after} when all had gone")
    status = server.stop()
    if status != 0:
        problems.append(f"it ended with status {status}")
    if REPORT.search(server.said):
        problems.append("a sanitizer's report")
    if problems:
        problems.append(f"what it wrote to stderr:\n{server.said}")

    print(f"{options.server} for {options.minutes:g} minutes: {runs} runs of good clients; descriptors {before} before, {after} "
          f"after; resident at most {most} KiB")
    print("".join(f"  {line}\n" for line in tally.splitlines()), end="")
    if problems:
        sys.exit("FAILED: " + "\n".join(problems))
    print("ok")


if __name__ == "__main__":
    main()
