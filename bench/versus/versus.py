#!/usr/bin/env python3
"""eddy beside libevent, libuv, libev and Asio: the same servers on each, the same client for all, interleaved.

Each round measures every engine once, in turns from the first and from the last. The server is pinned to one core and
the client to another. CPU time is the kernel's count of the server process (/proc/PID/schedstat, nanoseconds) from
before to after the run, divided by what was answered. What counts are medians and their ratios; the spread is from the
least to the most of all rounds. `bare` loops are the same echo of nothing but system calls: floors, not peers.

  ping-pong         1 connection, 64 bytes, one message in flight
  echo-100, -1000, -10000   as many connections
  pipeline-16       100 connections with 16 messages in flight each
  bulk-64k          16 connections, 64 KiB
  churn             connect, one message, close
  idle-memory       bytes of resident memory for each of 10,000 idle connections
  fan-out-1000      one of 1,000 says 100 bytes to all, when all have the last ones
  udp-echo          100 sockets, 64 bytes, 8 in flight each
  timers            a million: CPU nanoseconds to start, restart, cancel one, and to start one and have it expire
  posts             four threads post a million tasks to the loop: CPU nanoseconds each
  tail-at-60%       100 connections at 60 % of the slowest engine's rate: p99 and p99.9 of the response time
"""
import argparse
import datetime
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from servers import ROOT, binaries_of, raise_descriptor_limit  # noqa: E402

import chart  # noqa: E402

EDDY = ["eddy io_uring", "eddy epoll"]
PEERS = ["libevent", "libuv", "libev", "asio"]
FLOORS = {"bare epoll": "floor-epoll_echo", "bare io_uring": "floor-uring_echo"}

# Options of `eddy-load echo`.
ECHO = {
    "ping-pong": ["-c", "1"],
    "echo-100": ["-c", "100"],
    "echo-1000": ["-c", "1000"],
    "echo-10000": ["-c", "10000"],
    "pipeline-16": ["-c", "100", "--pipeline", "16"],
    "bulk-64k": ["-c", "16", "--size", "64k"],
    "churn": ["-c", "50", "--churn"],
}
WORKLOADS = [*ECHO, "idle-memory", "fan-out-1000", "udp-echo", "timers", "posts", "tail-at-60%"]
WITH_FLOORS = {*ECHO, "idle-memory", "tail-at-60%"}


class Server:
    """A running server: `url`, `pid`, and at its end `stop()`."""

    def __init__(self, options, engine, workload):
        command, environment = program(options, engine)
        arguments = [] if engine in FLOORS else [workload]
        self.process = subprocess.Popen(["taskset", "-c", str(options.server_core), command, *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True)
        said = self.process.stdout.readline().split()
        if len(said) != 2 or said[0] != "ready":
            sys.exit(f"{engine}: did not get ready")
        self.url = said[1]
        self.pid = self.process.pid

    def cpu_nanoseconds(self):
        with open(f"/proc/{self.pid}/schedstat") as file:
            return int(file.read().split()[0])

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()


def program(options, engine):
    environment = dict(os.environ)
    if engine in FLOORS:
        return os.path.join(options.binaries, FLOORS[engine]), environment
    name, _, driver = engine.partition(" ")
    if driver:
        environment["EDDY_DRIVER"] = driver
    return os.path.join(options.binaries, f"versus-{name}"), environment


def load(options, url, *arguments):
    """What eddy-load found."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        run = subprocess.run(["taskset", "-c", str(options.client_core), os.path.join(options.binaries, "eddy-load"),
                              "echo", url, "-d", f"{options.seconds}s", "--json", report.name, *arguments],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"eddy-load {' '.join(arguments)}: {run.stdout}")
        with open(report.name) as file:
            return json.load(file)


def measure_echo(options, engine, arguments, url_of="echo"):
    server = Server(options, engine, url_of)
    try:
        before = server.cpu_nanoseconds()
        found = load(options, server.url, "--size", "64", *arguments) if "--size" not in arguments else load(
            options, server.url, *arguments)
        used = server.cpu_nanoseconds() - before
        answered = found["messages"]["answered"]
        return {"cpu_us": used / answered / 1000, "per_s": answered / found["elapsed_s"],
                "p50_us": found["response_ns"]["p50"] / 1000, "p99_us": found["response_ns"]["p99"] / 1000}
    finally:
        server.stop()


def measure_idle(options, engine):
    server = Server(options, engine, "echo")
    host, port = server.url.rpartition("//")[2].split(":")
    connections = []
    try:
        before = server.resident_bytes()
        for _ in range(10_000):
            connections.append(socket.create_connection((host, int(port))))
        # Once around: what a first message leaves behind is part of it.
        for each in connections:
            each.sendall(b"x")
        for each in connections:
            each.recv(1)
        time.sleep(0.2)
        return {"bytes": (server.resident_bytes() - before) / len(connections)}
    finally:
        for each in connections:
            each.close()
        server.stop()


def measure_fan_out(options, engine):
    server = Server(options, engine, "fan-out")
    try:
        before = server.cpu_nanoseconds()
        run = subprocess.run(["taskset", "-c", str(options.client_core),
                              os.path.join(options.binaries, "versus-fan_out_client"), server.url, "1000",
                              str(options.seconds)], stdout=subprocess.PIPE, text=True, check=True)
        used = server.cpu_nanoseconds() - before
        found = json.loads(run.stdout)
        return {"cpu_us": used / found["deliveries"] / 1000, "per_s": found["deliveries"] / found["seconds"]}
    finally:
        server.stop()


def measure_alone(options, engine, workload):
    command, environment = program(options, engine)
    core = ["taskset", "-c", str(options.server_core)] if workload == "timers" else []  # producers need another core
    said = subprocess.run([*core, command, workload], stdout=subprocess.PIPE, env=environment, text=True, check=True).stdout
    return {name: float(value) for name, value in (line.split() for line in said.splitlines())}


def measure_tail(options, engine, rate):
    server = Server(options, engine, "echo")
    try:
        found = load(options, server.url, "-c", "100", "--rate", str(int(rate)))
        return {"p50_us": found["response_ns"]["p50"] / 1000, "p99_us": found["response_ns"]["p99"] / 1000,
                "p99.9_us": found["response_ns"]["p99.9"] / 1000}
    finally:
        server.stop()


def engines_for(options, workload):
    known = [*EDDY, *PEERS, *(FLOORS if workload in WITH_FLOORS else [])]
    return [engine for engine in known if os.path.exists(program(options, engine)[0])
            and (not options.engines or engine in options.engines)]


def measure(options, workload):
    """Each engine's values of each figure, by round."""
    engines = engines_for(options, workload)
    if workload == "tail-at-60%":
        ceilings = [measure_echo(options, engine, ["-c", "100"])["per_s"] for engine in engines]
        rate = 0.6 * min(ceilings)
        print(f"  {workload}: {rate:,.0f} messages/s", file=sys.stderr)
    values = {engine: {} for engine in engines}
    for number in range(options.rounds):
        for engine in engines if number % 2 == 0 else reversed(engines):
            if workload in ECHO:
                found = measure_echo(options, engine, ECHO[workload])
            elif workload == "udp-echo":
                found = measure_echo(options, engine, ["-c", "100", "--pipeline", "8", "--allow-loss"], "udp")
            elif workload == "idle-memory":
                found = measure_idle(options, engine)
            elif workload == "fan-out-1000":
                found = measure_fan_out(options, engine)
            elif workload in ("timers", "posts"):
                found = measure_alone(options, engine, workload)
            else:
                found = measure_tail(options, engine, rate)
            for figure, value in found.items():
                values[engine].setdefault(figure, []).append(value)
        print(f"  {workload}: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return values


def first_figure(workload):
    return {"timers": "restart", "posts": "post", "idle-memory": "bytes", "tail-at-60%": "p99_us"}.get(workload, "cpu_us")


def median(values, engine, figure):
    return statistics.median(values[engine][figure])


def table(workload, values):
    figures = list(next(iter(values.values())))
    lines = [f"### {workload}", "", "| | " + " | ".join(f"{figure} (least-most)" for figure in figures) + " |",
             "|---|" + "---|" * len(figures)]
    for engine, found in sorted(values.items(), key=lambda each: statistics.median(each[1][first_figure(workload)])):
        cells = [f"{statistics.median(found[f]):,.3g} ({min(found[f]):,.3g}-{max(found[f]):,.3g})"
                 if max(found[f]) < 1000 else
                 f"{statistics.median(found[f]):,.0f} ({min(found[f]):,.0f}-{max(found[f]):,.0f})" for f in figures]
        name = f"**{engine}**" if engine in EDDY else f"*{engine}*" if engine in FLOORS else engine
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


# (what is said, workloads, the driver it is for, figure, whether more is better, beside what, and the bound)
ECHOES = ["ping-pong", "echo-100", "echo-1000"]
ALL_ECHOES = [*ECHOES, "echo-10000", "pipeline-16"]
GOALS = [
    *[(w, "eddy io_uring", "cpu_us", False, "best peer", 0.97) for w in ECHOES],
    *[(w, "eddy epoll", "cpu_us", False, "bare epoll", 1.04) for w in [*ECHOES, "pipeline-16"]],
    ("pipeline-16", "eddy io_uring", "cpu_us", False, "best peer", 0.92),
    *[(w, d, "cpu_us", False, p, b) for w in ALL_ECHOES for d, p, b in (
        ("eddy io_uring", "libevent", 0.75), ("eddy io_uring", "libuv", 0.60),
        ("eddy epoll", "libevent", 0.80), ("eddy epoll", "libuv", 0.65))],
    ("bulk-64k", "eddy io_uring", "cpu_us", True, "best peer", 1.1),
    ("bulk-64k", "eddy epoll", "cpu_us", True, "best peer", 1.0),
    ("churn", "eddy io_uring", "cpu_us", True, "best peer", 1.1),
    ("churn", "eddy epoll", "cpu_us", True, "best peer", 1.0),
    *[("tail-at-60%", d, f, False, "best peer", 1.0) for d in EDDY for f in ("p99_us", "p99.9_us")],
    *[("idle-memory", d, "bytes", False, "best peer with buffers", 0.5) for d in EDDY],
    *[("udp-echo", d, "cpu_us", False, "best peer", 0.5) for d in EDDY],
    ("timers", "eddy epoll", "restart", False, "best peer", 0.25),
    ("posts", "eddy epoll", "post", False, "best peer", 0.5),
    ("fan-out-1000", "eddy io_uring", "cpu_us", False, "best peer", 0.9),
    ("fan-out-1000", "eddy epoll", "cpu_us", False, "best peer", 1.0),
]


def goals(results):
    lines = ["### Goals", "", "| workload | | figure | beside | goal | ratio of medians | |", "|---|---|---|---|---|---|---|"]
    for workload, ours, figure, per_cpu, beside, bound in GOALS:
        values = results.get(workload)
        if not values or ours not in values:
            continue
        # What is to be sent waits with libevent in a buffer of its own, with the others in the program's.
        peers = [p for p in PEERS if p in values and not (beside == "best peer with buffers" and p != "libevent")]
        if beside.startswith("best peer") and not peers:
            continue
        other = min(peers, key=lambda p: median(values, p, figure)) if beside.startswith("best peer") else beside
        if other not in values:
            continue
        ratio = median(values, ours, figure) / median(values, other, figure)
        ratio = 1 / ratio if per_cpu else ratio
        met = ratio >= bound if per_cpu else ratio <= bound
        lines.append(f"| {workload} | {ours} | {'work per ' if per_cpu else ''}{figure} | {other} | "
                     f"{'at least' if per_cpu else 'at most'} {bound} | {ratio:.3f} | {'met' if met else '**missed**'} |")
    return "\n".join(lines) + "\n"


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "when": datetime.date.today().isoformat()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="workload", help="all when none is named")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2, help="of each run")
    parser.add_argument("--engine", action="append", dest="engines", help="only this one; repeatable")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    parser.add_argument("--out", default="build/versus", help="folder of the results, from the project's root")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    options = parser.parse_args()
    for name in options.workloads:
        if name not in WORKLOADS:
            parser.error(f"{name}: expected {', '.join(WORKLOADS)}")
    engines = [*EDDY, *PEERS, *FLOORS]
    for name in options.engines or []:
        if name not in engines:
            parser.error(f"--engine {name}: expected {', '.join(engines)}")
    options.binaries = binaries_of(options.build, "versus-eddy", "versus-fan_out_client", "eddy-load")
    raise_descriptor_limit()

    results = {}
    out = os.path.join(ROOT, options.out)
    os.makedirs(out, exist_ok=True)
    about = {"machine": machine(), "rounds": options.rounds, "seconds": options.seconds}
    for workload in options.workloads or WORKLOADS:
        results[workload] = measure(options, workload)
        print(table(workload, results[workload]), flush=True)
        # Each time, so that what was measured is there however this ends.
        with open(os.path.join(out, "versus.json"), "w") as file:
            json.dump({**about, "results": results}, file, indent=1)
    print(goals(results))
    with open(os.path.join(out, "versus.md"), "w") as file:
        file.write("\n".join(table(name, values) for name, values in results.items()) + "\n" + goals(results))
    with open(os.path.join(out, "versus.svg"), "w") as file:
        file.write(chart.svg({name: {engine: statistics.median(found[first_figure(name)]) for engine, found in values.items()}
                              for name, values in results.items()},
                             {name: first_figure(name).replace("_", " ") for name in results}, EDDY, list(FLOORS)))
    print(f"written: {options.out}/versus.json, versus.md and versus.svg", file=sys.stderr)


if __name__ == "__main__":
    main()
