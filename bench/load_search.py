#!/usr/bin/env python3
"""Whether `eddy-load --search` finds what a server can do: against an echo that answers so many messages a second and
no more, several times. Exits with 1 when an answer is more than 5 % off.

The server answers one message after the other, each 1/rate seconds after the one before or after it came: its capacity
is known, and below it answers take hardly longer than 1/rate.
"""
import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading

from servers import binaries_of, free_port

SIZE = 64


class LimitedEcho:
    def __init__(self, rate):
        self.each = 1 / rate
        self.free_at = 0.0

    async def serve(self, reader, writer):
        loop = asyncio.get_running_loop()

        def answer(message):
            if not writer.is_closing():
                writer.write(message)

        try:
            while True:
                message = await reader.readexactly(SIZE)
                self.free_at = max(self.free_at, loop.time()) + self.each
                loop.call_at(self.free_at, answer, message)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def start(rate):
    port = free_port()
    ready = threading.Event()

    async def main():
        server = await asyncio.start_server(LimitedEcho(rate).serve, "127.0.0.1", port)
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
    ready.wait()
    return port


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--capacity", type=float, default=2000, help="of the server, messages a second")
    parser.add_argument("--goal", default="p99<50ms")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each trial")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    options = parser.parse_args()
    load = os.path.join(binaries_of(options.build, "eddy-load"), "eddy-load")
    port = start(options.capacity)
    off = 0
    for _ in range(options.times):
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "search.json")
            subprocess.run(
                [load, "echo", f"tcp://127.0.0.1:{port}", "-c", "20",
                 "--size", str(SIZE), "--search", options.goal, "--rate", "500", "-d", f"{options.seconds}s",
                 "--grace", "1s", "--json", report], stdout=subprocess.DEVNULL)
            with open(report) as file:
                found = json.load(file)
        rate = found["found"] or 0
        share = rate / options.capacity
        off += not 0.95 <= share <= 1.05
        print(f"capacity {options.capacity:,.0f}/s, {options.goal}: found {rate:,.1f}/s, {share:.3f} of it, "
              f"in {len(found['trials'])} trials", flush=True)
    sys.exit(1 if off else 0)


if __name__ == "__main__":
    main()
