#!/usr/bin/env python3
"""What attacks do to good clients: p99 of their round trips and the server's memory, alone and beside each attack.

The attacks are those of `attack-run --list`, bounded in rate and time. Each measurement has a fresh server at its
default settings and with a soft limit of 1,024 descriptors, as a shell gives it. The good clients come from 127.0.0.1,
for which no limit for each host holds, and the attackers from other addresses of 127.0.0.0/8, for which all hold. The
server has one core, all clients the other, where the attacker runs at nice 19. `--control` aims each attack at another
server of its kind beside the attacker: what the good clients suffer from that, the measurement does to them.
Prints a table in Markdown.
"""
import argparse
import ctypes
import json
import os
import re
import signal
import statistics
import struct
import subprocess
import sys
import time

from servers import MemoryWatch, Server, binaries_of, free_port, raise_descriptor_limit, run_good_clients

OURS = {"chat": "eddy-chat", "cache": "eddy-cache", "echo": "eddy-echo"}
PEERS = {"chat": "ngircd", "cache": "memcached"}
GOOD = {"chat": (100, 150), "cache": (100, 2000), "echo": (100, 2000)}  # clients, and round trips a second of all
SOFT_DESCRIPTORS = 1024
TURN_NANOSECONDS = 100_000
PASSWORD = "a password for all"
CHAT_CONFIGURATION = "unlimited 127.0.0.1\n"


class Attack:
    def __init__(self, line):
        self.name, self.protocol, peers, self.what = re.split(r"\s+", line.strip(), maxsplit=3)
        self.for_peers = peers == "peers"
        self.good, self.rate = GOOD[self.protocol]
        self.good_options = ["--patience", "5s"]
        if self.name.startswith("cache-unfinished"):
            # Of 50 KB, so that they, too, have unfinished requests for a moment.
            self.rate, self.good_options = 200, [*self.good_options, "--size", "50000"]
        if self.name == "chat-pass":
            # Each of them has a password verified, one after the other, which takes its time without an attack, too.
            self.good, self.rate, self.good_options = 10, 15, ["--patience", "10s", "--password", ":" + PASSWORD]


class Measurement:
    """Of good clients beside an attack, or without one."""

    def __init__(self, p99, memory, core, harm="", spent=None):
        self.p99, self.memory, self.core, self.harm, self.spent = p99, memory, core, harm, spent


class Attacker:
    def __init__(self, binaries, attack, url, second, seconds):
        command = ["nice", "-n", "19", os.path.join(binaries, "attack-run"), attack.name, url, "--seconds",
                   f"{seconds}s"]
        self.process = subprocess.Popen(command + (["--second", second] if second else []), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"{attack.name} did not begin: {self.process.communicate()[1]}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate()
        return json.loads(out) if out else sys.exit(f"the attacker ended early: {err}")


def hash_of(password, binaries):
    run = subprocess.run([os.path.join(binaries, "eddy-chat"), "--hash-password"], input=password + "\n", text=True,
                         stdout=subprocess.PIPE, check=True)
    return run.stdout.strip()


def takes(program, option, binaries):
    text = subprocess.run([os.path.join(binaries, program), "--help"], text=True, stdout=subprocess.PIPE, check=True)
    return re.search(rf"(^|[\s,]){re.escape(option)}\b", text.stdout) is not None


class Bench:
    def __init__(self, options):
        self.options = options
        self.binaries = binaries_of(options.build, *OURS.values(), "attack-run", "hostile-good_clients")
        self.first = ["chrt", "--fifo", "1"] if options.real_time else []
        self.hash = hash_of(PASSWORD, self.binaries)
        self.unlimited = {program: ["--unlimited", "127.0.0.1"]
                          for program in OURS.values() if takes(program, "--unlimited", self.binaries)}

    def server(self, program, attack, **more):
        """Also answers the address of a second server, where the attack wants one."""
        arguments, second, configuration = list(self.unlimited.get(program, [])), None, None
        port = free_port()
        if program == "eddy-chat":
            configuration = CHAT_CONFIGURATION + f"operator root {self.hash} *@*\n"
            if attack.name == "chat-pass":
                configuration += f"password {self.hash}\n"
        if "-udp-" in attack.name:
            other = free_port()
            while other == port:
                other = free_port()
            arguments += ["--listen", "udp://127.0.0.1:{port}", "--listen", f"udp://127.0.0.1:{other}"]
            second = f"tcp://127.0.0.1:{other}"
        return Server(program, self.binaries, configuration=configuration, arguments=arguments,
                      descriptors=SOFT_DESCRIPTORS, port=port, **more), second

    def good_clients(self, attack, server):
        """Their p99, none when they did not get in, and what harm was done to them."""
        run = run_good_clients(self.binaries, server.url, attack.protocol, attack.good, attack.rate,
                               self.options.seconds, *attack.good_options, before=self.first)
        if not run.stdout:
            return None, run.stderr.strip().split(": ", 1)[-1]
        found = json.loads(run.stdout)
        harm = [f"{found[each]} {each}" for each in ("ended", "wrong") if found[each] > 0]
        lost = found["sent"] - found["answered"] - found["wrong"]
        if lost:
            harm.append(f"{lost} of {found['sent']} not answered")
        return found["p99_us"] if found["answered"] else None, ", ".join(harm)

    def measure(self, program, attack, attacked, control=False):
        """Good clients of a fresh server; `attacked`: beside the attack, which for a control has its own server."""
        # A thread that verifies passwords would hold the loop up: neither gives the core away.
        before = [] if attack.name in ("chat-oper", "chat-pass") else self.first
        server, second = self.server(program, attack, core=self.options.server_core, before=before)
        target = None
        try:
            watch = MemoryWatch(server)
            try:
                attacker = None
                if attack.name == "chat-pass":
                    # What has been right before is verified first: somebody was here before the attack.
                    run_good_clients(self.binaries, server.url, "chat", 2, 15, 0.2, *attack.good_options)
                if attacked:
                    url = server.url
                    if control:
                        target, second = self.server(program, attack, core=self.options.client_core,
                                                     before=["nice", "-n", "19"])
                        url = target.url
                    attacker = Attacker(self.binaries, attack, url, second, self.options.seconds * 5 + 30)
                    time.sleep(self.options.settle)
                began, cpu = time.monotonic(), server.cpu_nanoseconds()
                p99, harm = self.good_clients(attack, server)
                core = (server.cpu_nanoseconds() - cpu) / 1e9 / (time.monotonic() - began)
                spent = attacker.stop() if attacker else None
            finally:
                memory = watch.stop()
            if server.process.poll() is not None:
                harm = f"the server ended with {server.process.returncode}"
            return Measurement(p99, memory, core, harm, spent)
        finally:
            if target:
                target.stop()
            server.stop()


def median(values):
    known = [each for each in values if each is not None]
    return statistics.median(known) if known else None


def number(value, form=",.0f"):
    return "-" if value is None else format(value, form)


def least(values):
    return min((each for each in values if each is not None), default=None)


def row(program, attack, alone, beside, control, middle):
    p99_alone, p99_beside = middle([each.p99 for each in alone]), middle([each.p99 for each in beside])
    ratio = p99_beside / p99_alone if p99_alone and p99_beside else None
    spent = [each.spent for each in beside]
    harmed = [each.harm for each in beside if each.harm]
    cells = [attack.name if program in OURS.values() else f"{attack.name}, {program}", number(p99_alone),
             number(p99_beside), number(ratio, ".2f")]
    if control:
        p99_control = middle([each.p99 for each in control])
        cells.append(number(p99_control / p99_alone if p99_control and p99_alone else None, ".2f"))
    cells += [f"{max(each.memory for each in alone) / 1024:.1f} / {max(each.memory for each in beside) / 1024:.1f}",
              f"{median([each.core for each in alone]) * 100:.0f} / {median([each.core for each in beside]) * 100:.0f}",
              number(median([each["bytes_per_second"] for each in spent])),
              number(median([each["connections_per_second"] for each in spent])),
              f"{len(harmed)} of {len(beside)}: {harmed[0]}" if harmed else "nobody"]
    return "| " + " | ".join(cells) + " |"


def table(results, control, middle):
    names = ["attack", "p99 alone, us", "beside, us", "ratio"] + (["control"] if control else [])
    names += ["memory alone / beside, MiB", "core alone / beside, %", "attacker's bytes/s", "connections/s", "harmed"]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += [row(program, attack, *each, middle) for (program, attack), each in results.items()]
    return "\n".join(lines)


def go_before_others():
    """This session goes before others by the nice value of its autogroup (sched(7)), and who wakes up in it does so at
    once, since its turns are short (sched_setattr(2), Linux 6.12)."""
    if os.getsid(0) != os.getpid():
        os.execvp("setsid", ["setsid", "--wait", sys.executable, *sys.argv])
    with open("/proc/self/autogroup", "w") as file:
        file.write("-20")
    call = {"x86_64": 314, "aarch64": 274}.get(os.uname().machine)
    if call:
        # struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period, utilisation's limits.
        attributes = struct.pack("IIQiIQQQII", 56, 0, 0, 0, 0, TURN_NANOSECONDS, 0, 0, 0, 0)
        ctypes.CDLL(None).syscall(call, 0, attributes, 0)


def chosen(bench, options):
    run = subprocess.run([os.path.join(bench.binaries, "attack-run"), "--list"], stdout=subprocess.PIPE, text=True,
                         check=True)
    attacks = [Attack(line) for line in run.stdout.splitlines()]
    for name in options.names:
        if not any(each.name.startswith(name) for each in attacks):
            sys.exit(f"{name}: expected an attack that attack-run --list has, or the beginning of its name")
    return [each for each in attacks if not options.names or each.name.startswith(tuple(options.names))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks, or how their names begin [all]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--settle", type=float, default=1,
                        help="seconds from when the attack is under way to measuring")
    parser.add_argument("--alone-every", type=int, default=1,
                        help="measure alone before every so many attacks, which share that [1]")
    parser.add_argument("--urgent", action="store_true",
                        help="go before other work on the machine (as root)")
    parser.add_argument("--real-time", action="store_true",
                        help="server and good clients with real-time priority (as root): for a machine with much other "
                             "work, and attacks that leave the server idle at times; else the system stops it for 50 "
                             "ms a second")
    parser.add_argument("--least", action="store_true",
                        help="tell the least p99 of the rounds, not the median: other work only adds to it")
    parser.add_argument("--control", action="store_true", help="measure beside an attack on another server, too")
    parser.add_argument("--versus", action="store_true", help="also attack ngircd and memcached")
    parser.add_argument("--build", default="build/release", help="folder of the build, from the project's root")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    options = parser.parse_args()
    if options.urgent:
        go_before_others()
    bench = Bench(options)
    raise_descriptor_limit()
    os.sched_setaffinity(0, {options.client_core})

    attacks = chosen(bench, options)
    runs = [(OURS[each.protocol], each) for each in attacks]
    if options.versus:
        runs += [(PEERS[each.protocol], each) for each in attacks if each.for_peers]
    results = {run: ([], [], []) for run in runs}
    for round_number in range(options.rounds):
        kind, count, last = None, 0, None
        for program, attack in runs:
            if kind != (program, attack.good, attack.rate) or count % options.alone_every == 0:
                kind, count = (program, attack.good, attack.rate), 0
                last = bench.measure(program, attack, attacked=False)
            count += 1
            alone, beside, control = results[program, attack]
            alone.append(last)
            beside.append(bench.measure(program, attack, attacked=True))
            if options.control:
                control.append(bench.measure(program, attack, attacked=True, control=True))
            print(f"  round {round_number + 1}: {program} {attack.name}: p99 {number(last.p99)} us alone, "
                  f"{number(beside[-1].p99)} us beside {beside[-1].harm}", file=sys.stderr, flush=True)
    print(table(results, options.control, least if options.least else median))


if __name__ == "__main__":
    main()
