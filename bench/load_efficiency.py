#!/usr/bin/env python3
"""What a load generator itself costs: answers for each second of its own CPU time, eddy-load beside wrk and memcaslap.

Closed model, the same server for both, one thread each; the server is pinned to one core and the generator to another.
CPU time is the generator's whole, from its start to its end (getrusage of the process that has ended). Interleaved, the
order changing with each round; what counts is the ratio of the medians, the spread is that of the rounds.
Debian's: apt-get install nginx-light wrk memcached libmemcached-tools
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

from servers import Server, binaries_of

MEMCASLAP = """\
key
16 16 1
value
100 100 1
cmd
0 0
1 1
"""


def spent(command):
    """The output of a command, and the CPU seconds that it took."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        text = output.read()
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}\n{text}")
    return text, usage.ru_utime + usage.ru_stime


def eddy_load(options, arguments):
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "run.json")
        _, cpu = spent(["taskset", "-c", str(options.client_core), os.path.join(options.binaries, "eddy-load"),
                        *arguments, "-d", f"{options.seconds}s", "--json", report])
        with open(report) as file:
            return json.load(file)["messages"]["answered"] / cpu


def http(options, generator, server):
    if generator == "wrk":
        text, cpu = spent(["taskset", "-c", str(options.client_core), "wrk", "-t", "1", "-c", "100", "-d",
                           f"{options.seconds}s", "http" + server.url[3:] + "/"])
        return int(re.search(r"(\d+) requests in", text)[1]) / cpu
    return eddy_load(options, ["http", "http" + server.url[3:] + "/", "-c", "100", "--driver", generator])


def cache(options, generator, server):
    if generator == "memcaslap":
        with tempfile.NamedTemporaryFile("w") as configuration:
            configuration.write(MEMCASLAP)
            configuration.flush()
            text, cpu = spent(["taskset", "-c", str(options.client_core), "memcaslap", "-s", server.url[6:], "-T", "1",
                               "-c", "100", "-w", "1k", "-t", f"{options.seconds}s", "-F", configuration.name])
        # What it stores before (1,024 items for each connection, the least it accepts) counts for it as well.
        return sum(int(re.search(rf"cmd_{kind}: (\d+)", text)[1]) for kind in ("get", "set")) / cpu
    return eddy_load(options, ["cache", server.url, "-c", "100", "--keys", "10000", "--preload", "--get-ratio", "1",
                               "--driver", generator])


TRIALS = {"nginx": (http, "wrk"), "memcached": (cache, "memcaslap")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    parser.add_argument("servers", nargs="*", choices=[*TRIALS, []], help="nginx, memcached [both]")
    options = parser.parse_args()
    options.binaries = binaries_of(options.build, "eddy-load")
    for name in options.servers or TRIALS:
        measure, peer = TRIALS[name]
        generators = [peer, "epoll", "io_uring"]
        answers = {generator: [] for generator in generators}
        server = Server(name, options.binaries, options.server_core)
        try:
            for number in range(options.rounds):
                for generator in generators if number % 2 == 0 else reversed(generators):
                    answers[generator].append(measure(options, generator, server))
        finally:
            server.stop()
        print(f"{name}, 100 connections: answers for each CPU second of the generator; "
              f"medians of {options.rounds} rounds of {options.seconds} s (least-most)")
        for generator, each in answers.items():
            who = generator if generator == peer else f"eddy-load on {generator}"
            text = f"  {who:<22} {statistics.median(each):>10,.0f}  ({min(each):,.0f}-{max(each):,.0f})"
            if generator != peer:
                ratios = [ours / theirs for ours, theirs in zip(each, answers[peer])]
                ratio = statistics.median(each) / statistics.median(answers[peer])
                text += f"   {ratio:.3f} of {peer}'s ({min(ratios):.3f}-{max(ratios):.3f})"
            print(text, flush=True)


if __name__ == "__main__":
    main()
