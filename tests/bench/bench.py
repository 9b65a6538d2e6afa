#!/usr/bin/python3
"""make bench: what a full launch costs, in CPU, beside a FastCGI program that does nothing.

Both are measured in this one run, on this one machine, behind nginx, with 8 clients at once and
2 workers: only the ratio is worth anything elsewhere. The load generator and the bare program are
those of ../shared/bench; where that folder is absent, there is nothing to measure with.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(ROOT, "..", "shared", "bench")
TOOLS = os.path.join(ROOT, "build", "bench")
sys.path.insert(0, ROOT)

from tests.bench import rivals  # pylint: disable=wrong-import-position
from tests.support.stack import Stack, free_port  # pylint: disable=wrong-import-position

CLIENTS, WORKERS = 8, 2
LIMIT, GOAL = 10, 7   # launches may cost this many times the bare program's request
PSS_LIMIT_MB = 25
TICK_US = 1000000 / os.sysconf("SC_CLK_TCK")


def build_tools():
    """The load generator, the platform's keys and the bare program, from ../shared/bench."""
    os.makedirs(TOOLS, exist_ok=True)
    libs = {"ltibench": ["-lcurl", "-lcrypto", "-lpthread"],
            "ltiplatform": ["-lcrypto", "-lpthread"],
            "fcgihello": ["-lfcgi", "-lcrypto"]}
    for name, flags in libs.items():
        out, source = os.path.join(TOOLS, name), os.path.join(SHARED, name + ".c")
        if not os.path.exists(out) or os.path.getmtime(out) < os.path.getmtime(source):
            subprocess.run(["gcc", "-O2", "-w", "-o", out, source] + flags, check=True)
    pem = os.path.join(TOOLS, "platform.pem")
    if not os.path.exists(pem):
        subprocess.run(["openssl", "genrsa", "-out", pem, "2048"], check=True,
                       stderr=subprocess.DEVNULL)
    return pem


def family(pid):
    """A process and all below it."""
    found, queue = [], [pid]
    while queue:
        p = queue.pop()
        found.append(p)
        try:
            with open("/proc/%d/task/%d/children" % (p, p)) as f:
                queue += [int(x) for x in f.read().split()]
        except OSError:
            pass
    return found


def cpu_us(pids):
    total = 0
    for pid in pids:
        for p in family(pid):
            try:
                with open("/proc/%d/stat" % p) as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                pass
    return total * TICK_US


def pss_mb(pids):
    total = 0
    for pid in pids:
        for p in family(pid):
            try:
                with open("/proc/%d/smaps_rollup" % p) as f:
                    total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M).group(1))
            except OSError:
                pass
    return total / 1024


class Hello:
    """nginx in front of two copies of the bare FastCGI program."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        os.makedirs(folder, exist_ok=True)
        sock = os.path.join(folder, "hello.sock")
        conf = os.path.join(folder, "nginx.conf")
        temps = "".join("%s_temp_path %s/%s;\n" % (k, folder, k) for k in
                        ("client_body", "fastcgi", "proxy", "uwsgi", "scgi"))
        with open(conf, "w") as f:
            f.write("worker_processes 1; daemon off; pid %s/nginx.pid; error_log %s/error.log;\n"
                    "events { worker_connections 1024; }\nhttp { access_log off;\n%s"
                    "server { listen 127.0.0.1:%d; include /etc/nginx/fastcgi_params;\n"
                    "location / { fastcgi_pass unix:%s; } } }\n"
                    % (folder, folder, temps, port, sock))
        if os.path.exists(sock):
            os.unlink(sock)
        pid_file = os.path.join(folder, "hello.pid")
        subprocess.run(["spawn-fcgi", "-s", sock, "-M", "0666", "-F", str(WORKERS), "-P", pid_file,
                        os.path.join(TOOLS, "fcgihello")], check=True, stdout=subprocess.DEVNULL)
        with open(pid_file, encoding="ascii") as f:
            self.apps = [int(x) for x in f.read().split()]
        self.nginx = subprocess.Popen(["nginx", "-c", conf, "-p", folder],
                                      stderr=subprocess.DEVNULL)
        self.pids = self.apps + [self.nginx.pid]
        wait_for("http://127.0.0.1:%d/" % port)

    def stop(self):
        for pid in self.apps:
            os.kill(pid, 15)
        self.nginx.terminate()
        self.nginx.wait()


def wait_for(url, seconds=20):
    end = time.monotonic() + seconds
    while subprocess.run(["curl", "-sf", "-o", "/dev/null", url], check=False).returncode != 0:
        if time.monotonic() > end:
            sys.exit("bench: nothing answers at %s" % url)
        time.sleep(0.05)  # between two looks


def measure_hello(hello, seconds):
    before = cpu_us(hello.pids)
    out = subprocess.run(["wrk", "-t1", "-c%d" % CLIENTS, "-d%ds" % seconds,
                          "http://127.0.0.1:%d/" % hello.port],
                         stdout=subprocess.PIPE, check=True, text=True).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return (cpu_us(hello.pids) - before) / requests


class Waymark:
    """nginx, `waymark serve` and the key server of ../shared/bench."""

    def __init__(self, pem, database):
        self.platform_port = free_port()
        self.platform = subprocess.Popen(
            [os.path.join(TOOLS, "ltiplatform"), "--key", pem, "--port", str(self.platform_port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.stack = Stack(database=database, conf={"web_workers": WORKERS})
        at = "http://127.0.0.1:%d" % self.platform_port
        self.stack.run("platform", "add", "--issuer", "https://lms.example.test", "--client-id",
                       "bench-client", "--auth-url", at + "/auth", "--token-url", at + "/token",
                       "--jwks-url", at + "/jwks", "--deployment", "1")
        self.pids = [self.stack.processes[n].pid for n in ("waymark", "nginx")]

    def stop(self):
        self.stack.stop()
        self.platform.terminate()
        self.platform.wait()


def measure_launch(pem, login, target, expect, groups, seconds):
    """One line of ltibench: full launches (login, launch POST, the page) and what they cost."""
    log = os.path.join(TOOLS, "ltibench.json")
    if os.path.exists(log):
        os.unlink(log)
    argv = [os.path.join(TOOLS, "ltibench"), "--key", pem, "--login", login, "--target", target,
            "--expect", expect, "--users", "50", "--contexts", "3", "-c", str(CLIENTS),
            "-d", str(seconds), "-w", "2", "--json", log]
    for name, pid in groups.items():
        argv += ["--group", "%s=%d" % (name, pid)]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    with open(log, encoding="utf-8") as f:
        line = json.loads(f.readlines()[-1])
    if line["err"] * 100 > line["ok"]:
        sys.exit("bench: %d of %d launches failed" % (line["err"], line["err"] + line["ok"]))
    return line


def measure_rivals(pem, seconds):
    """[(name, line)] of the rivals that are installed; the others are named."""
    there, missing = rivals.installed()
    for name in missing:
        print("%s is not installed (bench.py --install-rivals): left out" % name)
    found = []
    if not there:
        return found
    platform = subprocess.Popen(
        [os.path.join(TOOLS, "ltiplatform"), "--key", pem, "--port", str(rivals.PLATFORM_PORT)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for kind in there:
            rival = kind()
            try:
                rival.start()
                found.append((kind.name, measure_launch(pem, rival.login, rival.target, "BENCH-OK",
                                                        rival.groups, seconds)))
            finally:
                rival.stop()
    finally:
        platform.terminate()
        platform.wait()
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--seconds", type=int, default=8, help="of each measurement (8)")
    p.add_argument("--rounds", type=int, default=3,
                   help="measurements in turn; the median counts (3)")
    p.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    p.add_argument("--install-rivals", action="store_true",
                   help="fetch lti-tool and ltijs from npm")
    args = p.parse_args()
    if not os.path.isdir(SHARED):
        print("bench: ../shared/bench is not here: nothing to measure with (skipped)")
        return 0
    pem = build_tools()
    if args.install_rivals:
        rivals.install()
    hello = Hello(os.path.join(TOOLS, "hello"), free_port())
    waymark = Waymark(pem, args.database)
    try:
        rounds = []
        for i in range(args.rounds):
            bare = measure_hello(hello, args.seconds)
            launch = measure_launch(pem, waymark.stack.url + "/lti/login",
                                    waymark.stack.url + "/lti/launch", "</html>",
                                    {"waymark": waymark.pids[0], "nginx": waymark.pids[1]},
                                    args.seconds)
            rounds.append((launch["cpu_ms"] * 1000 / bare, bare, launch))
            print("round %d: bare request %.0f us, launch %.0f us, ratio %.1f"
                  % (i + 1, bare, launch["cpu_ms"] * 1000, rounds[-1][0]), flush=True)
        pss = pss_mb(waymark.pids)
        others = measure_rivals(pem, args.seconds)
        return report(sorted(rounds, key=lambda r: r[0])[len(rounds) // 2], pss, others)
    finally:
        waymark.stop()
        hello.stop()


def report(median, pss, others):
    ratio, bare, launch = median
    print("\nbare FastCGI + nginx         %6.0f us CPU a request" % bare)
    print("Waymark + nginx              %6.0f us CPU a full launch (login, launch, page)"
          % (launch["cpu_ms"] * 1000))
    for name, group in launch["groups"].items():
        print("  %-26s %6.0f us" % (name, group["cpu_ms"] * 1000))
    print("launches                     %6.0f a second, p50 %.1f ms, p99 %.1f ms"
          % (launch["rate"], launch["p50"], launch["p99"]))
    for name, line in others:
        print("%-28s %6.0f us CPU a full launch: %.1f times Waymark's"
              % (name, line["cpu_ms"] * 1000, line["cpu_ms"] / launch["cpu_ms"]))
    print("ratio                        %6.1f    (required <= %d, goal %d)" % (ratio, LIMIT, GOAL))
    print("memory (PSS), %d web workers  %6.1f MB (required <= %d)" % (WORKERS, pss, PSS_LIMIT_MB))
    ok = ratio <= LIMIT and pss <= PSS_LIMIT_MB
    print("within what is required" if ok else "NOT within what is required")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
