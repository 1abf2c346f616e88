#!/usr/bin/env python3
"""What load generators tell of a server that stands still for 2 s of 10 s: eddy-load at a fixed rate, and wrk.

nginx is stopped (SIGSTOP) four seconds after the start of each run and continued two seconds later. Prints percentiles,
and draws them with --svg FILE. Debian's: apt-get install nginx-light wrk
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from servers import Server, binaries_of

POINTS = [0, 25, 50, 60, 70, 75, 80, 82, 84, 86, 88, 90, 92, 94, 95, 96, 97, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99]
WRK_SCRIPT = "done = function(summary, latency, requests) for _, p in ipairs({%s}) do print('at', latency:percentile(p)) end end"
SHOWN = [50, 90, 99, 99.9, 99.99]


def paused(server, command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(4)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        time.sleep(2)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    text = process.communicate()[0]
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {process.returncode}\n{text}")
    return text


def percentiles(histogram):
    """In milliseconds, at POINTS, from the buckets of a JSON report."""
    values, seen, buckets = [], 0, iter(histogram["buckets"])
    upper = 0
    for point in POINTS:
        while seen < max(1, histogram["count"] * point / 100):
            upper, count = next(buckets)
            seen += count
        values.append(min(upper, histogram["max"]) / 1e6)
    return values


def curve(values, color, left, top, width, height, most):
    from math import log10
    x = lambda p: left + width * log10(1 / (1 - p / 100)) / 4
    y = lambda v: top + height * (1 - v / most)
    points = " ".join(f"{x(p):.1f},{y(v):.1f}" for p, v in zip(POINTS, values))
    return f'<polyline class="{color}" points="{points}"/>'


def svg(curves):
    width, height, left, top, most = 700, 300, 70, 50, 2200
    parts = []
    for value in range(0, 2001, 500):
        y = top + height * (1 - value / most)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}"/>'
                     f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value / 1000:g} s</text>')
    for index, name in enumerate(["0 %", "90 %", "99 %", "99.9 %", "99.99 %"]):
        x = left + width * index / 4
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{top + height}"/>'
                     f'<text x="{x}" y="{top + height + 20}" text-anchor="middle">{name}</text>')
    for index, (name, kind, values) in enumerate(curves):
        parts.append(curve(values, kind, left, top, width, height, most))
        x = left + 200
        y = top + 200 + index * 24
        parts.append(f'<line class="{kind}" x1="{x}" x2="{x + 26}" y1="{y - 4}" y2="{y - 4}"/><text x="{x + 34}" y="{y}">{name}</text>')
    style = ("text{font:13px sans-serif;fill:#24292f}.title{font-weight:bold}.grid{stroke:#d0d7de}.back{fill:#fff}"
             "polyline,line{fill:none;stroke-width:1}.response,.service,.wrk{stroke-width:2.5}.response{stroke:#cf222e}"
             ".service{stroke:#1a7f37;stroke-dasharray:7 4}.wrk{stroke:#0969da;stroke-dasharray:2 3}"
             "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}.grid{stroke:#30363d}"
             ".response{stroke:#ff7b72}.service{stroke:#3fb950}.wrk{stroke:#58a6ff}}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 400" width="800" height="400" role="img" aria-label="'
            f'latency by percentile of a run in which the server stood still for 2 seconds"><style>{style}</style>'
            f'<rect class="back" width="800" height="400"/><text class="title" x="{left}" y="28">The server stood still for 2 s '
            f'of 10 s: what is reported, by percentile</text>{"".join(parts)}</svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--svg", help="draw it to this file")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    options = parser.parse_args()
    binaries = binaries_of(options.build, "eddy-load")
    server = Server("nginx", binaries, 0)
    url = "http" + server.url[3:] + "/"
    try:
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "run.json")
            paused(server, ["taskset", "-c", "1", os.path.join(binaries, "eddy-load"), "http", url, "-c", "50", "--pipeline",
                            "1", "--rate", str(options.rate), "-d", "10s", "--json", report])
            with open(report) as file:
                run = json.load(file)
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(WRK_SCRIPT % ",".join(map(str, POINTS)))
            script.flush()
            text = paused(server, ["taskset", "-c", "1", "wrk", "-t", "1", "-c", "50", "-d", "10s", "-s", script.name, url])
    finally:
        server.stop()
    wrk = [float(line.split()[1]) / 1000 for line in text.splitlines() if line.startswith("at")]
    curves = [("eddy-load: response time, what users wait", "response", percentiles(run["response_ns"])),
              ("eddy-load: service time, what the server takes", "service", percentiles(run["service_ns"])),
              ("wrk, which waits with the server", "wrk", wrk)]
    print(f"{'milliseconds':<50}" + "".join(f"{'p' + format(p, 'g'):>10}" for p in SHOWN))
    for name, _, values in curves:
        print(f"{name:<50}" + "".join(f"{values[POINTS.index(p)]:>10.2f}" for p in SHOWN))
    if options.svg:
        with open(options.svg, "w") as file:
            file.write(svg(curves))


if __name__ == "__main__":
    main()
