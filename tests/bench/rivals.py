"""Two other LTI tools, measured in the same run as Waymark: lti-tool (Node, in memory) and ltijs
(Node, PostgreSQL). Their programs are in ../shared/bench/rivals; `bench.py --install-rivals`
fetches what they need from npm into build/bench/rivals. Without that they are left out, and it
is said."""
import os
import shutil
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE = os.path.join(ROOT, "..", "shared", "bench", "rivals")
FOLDER = os.path.join(ROOT, "build", "bench", "rivals")
PLATFORM_PORT, PG_PORT = 9800, 5499  # written into their programs
PG_BIN = "/usr/lib/postgresql/15/bin/"


def install():
    """npm install for both; lti-tool is bundled as its authors deploy it."""
    for name in ("lti-tool", "ltijs"):
        target = os.path.join(FOLDER, name)
        os.makedirs(target, exist_ok=True)
        for f in ("app.js", "package.json"):
            shutil.copy(os.path.join(SOURCE, name, f), target)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=target,
                       check=True)
    subprocess.run(["npx", "esbuild", "app.js", "--bundle", "--platform=node", "--format=esm",
                    "--outfile=bundle.mjs", "--log-level=error",
                    "--banner:js=import { createRequire } from 'module';"
                    "const require = createRequire(import.meta.url);"],
                   cwd=os.path.join(FOLDER, "lti-tool"), check=True)


class Rival:
    """One tool, running; `pids` are the processes whose CPU counts."""
    name = login = target = ""

    def __init__(self):
        self.processes = []

    def spawn(self, argv, cwd, user=None):
        p = subprocess.Popen(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             user=user)
        self.processes.append(p)
        return p

    @property
    def groups(self):
        return {"app": self.processes[-1].pid}

    def wait(self, process, seconds=60):
        """Until it says "ready" on its standard output."""
        end = time.monotonic() + seconds
        for line in process.stdout:
            if line.startswith(b"ready"):
                return
            if time.monotonic() > end:
                break
        raise RuntimeError("%s does not get ready" % self.name)

    def stop(self):
        for p in reversed(self.processes):
            p.terminate()
            p.wait()


class LtiTool(Rival):
    name = "lti-tool"
    login, target = "http://127.0.0.1:3100/login", "http://127.0.0.1:3100/launch"
    program = os.path.join(FOLDER, "lti-tool", "bundle.mjs")

    def start(self):
        self.wait(self.spawn(["node", self.program], os.path.dirname(self.program)))
        return self


class Ltijs(Rival):
    name = "ltijs"
    login, target = "http://127.0.0.1:3000/login", "http://127.0.0.1:3000/"
    program = os.path.join(FOLDER, "ltijs", "node_modules", "ltijs", "package.json")

    def start(self):
        self.data = tempfile.mkdtemp(prefix="wm-ltijs-")
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.data, user)
        subprocess.run([PG_BIN + "initdb", "-D", self.data, "-U", "postgres", "-A", "trust"],
                       check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")
        pg = self.spawn([PG_BIN + "postgres", "-D", self.data, "-p", str(PG_PORT), "-k", self.data,
                         "-c", "fsync=on"], "/", user=user)
        admin = [PG_BIN + "psql", "-h", "127.0.0.1", "-p", str(PG_PORT), "-U", "postgres", "-qc"]
        end = time.monotonic() + 30
        while subprocess.run(admin + ["create database ltijs"], check=False, cwd="/",
                             stderr=subprocess.DEVNULL).returncode:
            if pg.poll() is not None or time.monotonic() > end:
                raise RuntimeError("PostgreSQL for ltijs does not start")
            time.sleep(0.1)  # between two tries
        self.wait(self.spawn(["node", "app.js"], os.path.join(FOLDER, "ltijs")))
        return self

    @property
    def groups(self):
        return {"app": self.processes[1].pid, "postgresql": self.processes[0].pid}

    def stop(self):
        super().stop()
        shutil.rmtree(self.data, ignore_errors=True)


def installed():
    """The rivals that are there; and the names of those that are not."""
    there = [r for r in (LtiTool, Ltijs) if os.path.exists(r.program) and shutil.which("node")]
    return there, [r.name for r in (LtiTool, Ltijs) if r not in there]
