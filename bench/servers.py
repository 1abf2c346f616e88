"""Starting the servers that the trials and soaks are about, each with a configuration that lets many clients of one
host in."""
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

NGIRCD = """\
[Global]
Name = ngircd.bench.local
Info = beside eddy-chat
AdminEMail = admin@bench.local
Listen = 127.0.0.1
Ports = {port}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
"""
# One process, which can be stopped and continued as a whole.
NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 "hello, world\\n"; }}
  }}
}}
"""
# As it comes, but for the numbers of clients.
EDDY_CHAT = """\
max_clients 100000
clients_per_host 100000
unregistered_per_host 100000
"""
# And without what holds a client back that says much.
EDDY_CHAT_UNHURRIED = EDDY_CHAT + """\
flood_rate 0
ping_interval 3600s
"""


def binaries_of(build, *programs):
    """The folder of a build's programs. Ends the script when one of `programs` is not there."""
    folder = os.path.join(ROOT, build, "bin")
    for program in programs:
        if not os.path.exists(os.path.join(folder, program)):
            preset = os.path.basename(os.path.normpath(build))
            sys.exit(f"{os.path.join(build, 'bin', program)} is missing: "
                     f"expected all of `cmake --preset {preset} && cmake --build --preset {preset}`")
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server: `url`, `pid`, and at its end `stop()`. `program` is eddy-chat, eddy-cache, eddy-echo, ngircd,
    memcached or nginx. `arguments` come after its own, with {port} for the port that it serves. `descriptors` is its
    soft limit. `before` is a command that runs it, such as nice."""

    def __init__(self, program, binaries, core=None, driver=None, configuration=None, arguments=(), descriptors=None,
                 before=(), port=None):
        self.program = program
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)  # ngircd reads its configuration as nobody
        path = os.path.join(self.folder.name, "server.conf")
        port = port or free_port()
        self.url = f"tcp://127.0.0.1:{port}"
        ours = os.path.join(binaries, program)
        commands = {
            "eddy-chat": [ours, "--listen", self.url, "--config", path],
            "eddy-cache": [ours, "--listen", self.url, "-t", "1"],
            "eddy-echo": [ours, "--listen", self.url],
            "ngircd": ["ngircd", "--nodaemon", "--config", path],
            "nginx": ["nginx", "-p", self.folder.name, "-c", path, "-e", "stderr"],
            "memcached": ["memcached", "-l", "127.0.0.1", "-p", str(port), "-t", "1", "-u", "nobody"],
        }
        command = commands[program] + (["--driver", driver] if driver else [])
        command += [each.format(port=port) for each in arguments]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        command = [*before, *command]
        if descriptors is not None:
            command = ["prlimit", f"--nofile={descriptors}:", *command]
        text = configuration or {"ngircd": NGIRCD, "nginx": NGINX, "eddy-chat": EDDY_CHAT}.get(program, "")
        with open(path, "w") as file:
            file.write(text.format(port=port, folder=self.folder.name))
        self.errors = open(os.path.join(self.folder.name, "stderr"), "w+")
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self.errors)
        self.pid = self.process.pid
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.stop()
                    sys.exit(f"{program}: did not get ready: {' '.join(command)}\n{self.said}")
                time.sleep(0.05)

    def cpu_nanoseconds(self):
        with open(f"/proc/{self.pid}/schedstat") as file:
            return int(file.read().split()[0])

    def memory_kib(self, field):
        """VmRSS: resident now; VmHWM: the most it ever was."""
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self):
        """Ends it. Its exit status is answered; what it wrote to stderr is in `said` then."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.errors.seek(0)
        self.said = self.errors.read()
        self.errors.close()
        self.folder.cleanup()
        return status


class MemoryWatch:
    """The most resident memory that the server had while this ran, in KiB."""

    def __init__(self, server):
        self.server = server
        self.most = 0
        self.running = True
        self.thread = threading.Thread(target=self.sample)
        self.thread.start()

    def sample(self):
        while self.running:
            self.most = max(self.most, self.server.memory_kib("VmRSS"))
            time.sleep(0.05)

    def stop(self):
        self.running = False
        self.thread.join()
        return self.most


def run_good_clients(binaries, url, protocol, clients, rate, seconds, *more, before=()):
    """Runs well-behaved clients to their end. What they print is one JSON object; they fail when one was harmed."""
    return subprocess.run(
        [*before, os.path.join(binaries, "hostile-good_clients"), url, "--protocol", protocol, "-c", str(clients), "--rate",
         str(rate), "-d", f"{seconds}s", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def raise_descriptor_limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
