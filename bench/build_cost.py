#!/usr/bin/env python3
"""What a library costs those who build with it: the size of a stripped echo program, and the seconds and memory it takes
to compile its source, on eddy and on its peers.

The programs are those of versus/, which hold more than an echo, the same on each. Linked with -static, the C and C++
libraries too, and with functions that nobody calls left out (as far as the library was compiled for that). Compiling
is g++ -O2 alone, without linking; the library itself is not compiled with it, but for Asio, which is all headers.
apt-get install libevent-dev libuv1-dev libev-dev libasio-dev
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

from servers import ROOT

HERE = os.path.join(ROOT, "bench", "versus")
LIBRARY = os.path.join(ROOT, "build", "release", "reactor", "libeddy_reactor.a")
PEERS = {
    "eddy": ["eddy_server.cpp", LIBRARY, "-l:liburing.a"],
    "libevent": ["libevent_server.cpp", "-l:libevent_core.a", "-l:libevent_extra.a", "-l:libevent_pthreads.a"],
    "libuv": ["libuv_server.cpp", "-l:libuv_a.a", "-ldl"],
    "libev": ["libev_server.cpp", "-l:libev.a"],
    "asio": ["asio_server.cpp"],
}
FLAGS = ["g++", "-std=c++20", "-O2", "-DNDEBUG", "-ffunction-sections", "-fdata-sections", "-I", ROOT]


def compile_one(source, target):
    """Seconds of CPU and MiB of memory."""
    process = subprocess.Popen([*FLAGS, "-c", source, "-o", target])
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{source}: did not compile")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not os.path.exists(LIBRARY):
        sys.exit(f"{LIBRARY}: expected a library; tools/versus builds it")
    print(f"{'':<10} {'stripped':>10} {'compiling':>22} {'memory':>10}")
    with tempfile.TemporaryDirectory() as folder:
        results = {name: [] for name in PEERS}
        for _ in range(options.rounds):
            for name, (source, *_) in PEERS.items():
                results[name].append(compile_one(os.path.join(HERE, source), os.path.join(folder, name + ".o")))
        for name, (_, *libraries) in PEERS.items():
            program = os.path.join(folder, name)
            subprocess.run(["g++", "-static", "-Wl,--gc-sections", "-s", program + ".o", *libraries, "-lpthread", "-o", program],
                           check=True)
            seconds = [each[0] for each in results[name]]
            print(f"{name:<10} {os.path.getsize(program) / 1024:>6,.0f} KiB {statistics.median(seconds):>8.2f} s "
                  f"({min(seconds):.2f}-{max(seconds):.2f}) {max(each[1] for each in results[name]):>6,.0f} MiB")


if __name__ == "__main__":
    main()
