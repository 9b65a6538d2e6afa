"""Waymark as it is run: nginx, `waymark serve`, a database, for tests and the demo.

    with Stack(database="postgresql") as s:
        s.add_platform(platform)
        s.url ...

Everything lives in one temporary folder (or in `folder`, which is kept); every port is free
at start; whatever was started is stopped at the end, also on Ctrl-C and kill.
"""
import atexit
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def build_dir():
    return os.path.join(ROOT, "build", os.environ.get("MODE", "release"))


def free_port():
    """A TCP port that nobody has just now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def is_free(port):
    """Can somebody listen on this port of 127.0.0.1?"""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def alive(pid):
    """Is there such a process, other than one that only waits to be collected?"""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children(parent):
    """{pid: command line} of a process's children."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                with open("/proc/%s/cmdline" % pid, encoding="utf-8", errors="replace") as f:
                    found[int(pid)] = f.read().replace("\0", " ").strip()
        except (OSError, ValueError, IndexError):
            continue
    return found


def with_parent():
    """In a child: end when the parent does, however that happens."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_for(what, seconds=30, every=0.02, why=""):
    """Poll until what() is true; its value. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError("waited %d s for %s" % (seconds, why or what))
        time.sleep(every)


def turn_signals_into_exit():
    """SIGTERM and SIGHUP end the program as an exception does, so that clean-up runs."""
    def leave(signum, _frame):
        raise SystemExit(128 + signum)
    for s in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, leave)


class Stack:
    def __init__(self, database="sqlite", port=None, folder=None, conf=None, tls=None,
                 host="127.0.0.1", start=True):
        self.keep = folder is not None
        self.folder = folder or tempfile.mkdtemp(prefix="wm-")
        os.makedirs(self.folder, exist_ok=True)
        self.database, self.tls = database, tls
        self.port = port or free_port()
        self.url = "%s://%s:%d" % ("https" if tls else "http", host, self.port)
        self.waymark_bin = os.path.join(build_dir(), "waymark")
        self.conf_path = os.path.join(self.folder, "waymark.conf")
        self.log_path = os.path.join(self.folder, "waymark.log")
        self.processes = {}
        self.extra = dict(conf or {})
        self.registration = None
        self._write_conf()
        atexit.register(self.stop)
        if start:
            self.start()

    # -- configuration ----------------------------------------------------------------------

    def _database_url(self):
        if self.database == "sqlite":
            return "sqlite:" + os.path.join(self.folder, "waymark.db")
        if self.database == "postgresql":
            from tests.support import pg
            self.database = pg.shared().database()
        return self.database

    def _write_conf(self):
        values = {
            "public_url": self.url,
            "listen": os.path.join(self.folder, "web.sock"),
            "database": self._database_url(),
            "data_dir": self.folder,
            "key_dir": os.path.join(self.folder, "keys"),
            "templates_dir": os.path.join(ROOT, "templates"),
            "config_dir": os.path.join(ROOT, "config"),
            "texts_dir": os.path.join(build_dir(), "i18n"),
            "login_rate": "100000",  # tests come from one address, and fast
            "receiver_rate": "100000",
            "static_dir": os.path.join(ROOT, "templates/assets"),
            "web_workers": "2", "job_workers": "1",
            "allow_http": "yes", "private_networks": "127.0.0.0/8",
            "log_level": "info",
            **{k: str(v) for k, v in self.extra.items()}}
        self.values = values
        os.makedirs(values["key_dir"], mode=0o700, exist_ok=True)
        with open(self.conf_path, "w", encoding="utf-8") as f:
            f.write("".join("%s = %s\n" % kv for kv in values.items()))

    def _server_block(self):
        """The server block that an administrator would get, on our port, with our
        certificate and without logs of its own."""
        block = self.run("config", "--nginx").stdout
        listen = "127.0.0.1:%d%s" % (self.port, " ssl" if self.tls else "")
        block = re.sub(r"^(\s*)listen\s+\d+[^;]*;", r"\1listen %s;" % listen, block, flags=re.M)
        block = re.sub(r"^\s*(listen\s+\[|access_log\s+/|error_log\s|ssl_certificate)[^;]*;\n",
                       "", block, flags=re.M)
        if self.tls:
            block = block.replace("listen %s;" % listen, "listen %s;\n    ssl_certificate %s;\n"
                                  "    ssl_certificate_key %s;" % (listen, *self.tls), 1)
        return block

    def _write_nginx(self):
        d = os.path.join(self.folder, "nginx")
        os.makedirs(d, exist_ok=True)
        user = "user root;" if os.geteuid() == 0 else ""
        temps = "".join("  %s_temp_path %s/%s;\n" % (t, d, t) for t in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(d + "/nginx.conf", "w", encoding="utf-8") as f:
            f.write("""%s
worker_processes 1;
daemon off;
pid %s/pid;
error_log %s/error.log warn;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  access_log off;
%s%s
}
""" % (user, d, d, temps, self._server_block()))
        return d + "/nginx.conf"

    # -- life -------------------------------------------------------------------------------

    def run(self, *args, check=True, stdin=None, timeout=120):
        """One `waymark` command with our configuration."""
        r = subprocess.run([self.waymark_bin, args[0], *self._with_conf(args)],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           input=stdin, timeout=timeout, check=False)
        if check and r.returncode != 0:
            raise RuntimeError("waymark %s: %d\n%s%s" % (" ".join(args), r.returncode, r.stdout,
                                                         r.stderr))
        return r

    def _with_conf(self, args):
        """The configuration goes behind the verb."""
        verb = [args[1]] if len(args) > 1 and not args[1].startswith("-") else []
        return [*verb, "-c", self.conf_path, *args[1 + len(verb):]]

    def json(self, *args):
        """The output of a listing command with --json."""
        return json.loads(self.run(*args, "--json").stdout)

    def _spawn(self, name, argv, log):
        with open(log, "ab") as out:
            p = subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                 start_new_session=True, preexec_fn=with_parent, cwd="/")
        self.processes[name] = p
        return p

    def start(self):
        self.run("migrate")
        self.start_waymark()
        self.start_nginx()
        self.wait_ready()
        return self

    def start_waymark(self):
        return self._spawn("waymark", [self.waymark_bin, "serve", "-c", self.conf_path],
                           self.log_path)

    def start_nginx(self):
        conf = self._write_nginx()
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        return self._spawn("nginx", [nginx, "-c", conf, "-p", self.folder],
                           os.path.join(self.folder, "nginx.log"))

    def wait_ready(self, seconds=30):
        """Until /readyz answers 200; fails at once when a process has ended."""
        def ready():
            for name, p in self.processes.items():
                if p.poll() is not None:
                    raise RuntimeError("%s ended with %s\n%s" % (name, p.returncode,
                                                                 self.logs()))
            return self.status_of("/readyz") == 200
        try:
            wait_for(ready, seconds, why="/readyz")
        except TimeoutError:
            raise TimeoutError("not ready\n" + self.logs()) from None

    def status_of(self, path):
        """HTTP status of a GET, or 0."""
        url = "%s://127.0.0.1:%d%s" % ("https" if self.tls else "http", self.port, path)
        context = ssl._create_unverified_context() if self.tls else None
        try:
            with urllib.request.urlopen(url, timeout=5, context=context) as r:
                return r.status
        except urllib.error.HTTPError as e:
            return e.code
        except OSError:
            return 0

    def logs(self, size=6000):
        """The ends of the logs."""
        text = ""
        for name in ("waymark.log", "nginx.log", "nginx/error.log"):
            path = os.path.join(self.folder, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as f:
                    text += "--- %s\n%s\n" % (name, f.read()[-size:])
        return text

    def log_lines(self):
        """The program's log: one dict a line."""
        rows = []
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            for line in f:
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    rows.append({"text": line})
        return rows

    def end(self, name, how=signal.SIGTERM, seconds=30):
        """Stop one process and wait for it; kill what is left of its session."""
        p = self.processes.pop(name, None)
        if p is None:
            return None
        if p.poll() is None:
            p.send_signal(how)
            try:
                p.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return p.wait()

    def stop(self):
        for name in list(self.processes):
            self.end(name, signal.SIGTERM)
        found = self._sanitizer()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)
        if found:
            raise RuntimeError("a sanitizer found something\n" + found)

    def _sanitizer(self):
        """What a sanitizer build wrote into the log, or nothing."""
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        at = re.search(r"Sanitizer|runtime error:", text)
        return text[max(0, at.start() - 200):at.start() + 4000] if at else ""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    # -- what administrators do ---------------------------------------------------------------

    def add_platform(self, platform, client_id="q8T2vFZxXnQ4bGd", deployments=("1",), *more,
                     tool=True):
        """Register a stand-in here and us there; the registration's id."""
        ends = platform.endpoints
        args = ["--issuer", platform.world.issuer, "--client-id", client_id,
                "--auth-url", ends["auth"], "--token-url", ends["token"],
                "--jwks-url", ends["jwks"], *more]
        for d in deployments:
            args += ["--deployment", d]
        made = self.json("platform", "add", *args)["id"]
        if tool:
            platform.add_tool(self.url, client_id, deployments[0] if deployments else "1")
        self.registration = made
        return made

    def give_moodle_token(self, platform, registration=None):
        """Let Waymark read the stand-in's web services."""
        return self.run("platform", "moodle", str(registration or self.registration), "--url",
                        platform.base, "--token-file", "-", stdin=platform.world.ws_token + "\n")

    def course(self, title="Algebra I"):
        """The listing's row of a course, or None."""
        return next((c for c in self.json("course", "list") if c["title"] == title), None)

    # -- processes ----------------------------------------------------------------------------

    def workers(self):
        """{pid: command line} of the master's children."""
        return children(self.processes["waymark"].pid)

    def peak_kb(self, pid):
        """Highest resident size so far of a process, from /proc."""
        with open("/proc/%d/status" % pid, encoding="utf-8") as f:
            return int(re.search(r"^VmHWM:\s+(\d+)", f.read(), re.M)[1])
