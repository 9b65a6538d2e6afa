#!/usr/bin/python3
"""Runs every test: tests/run.py [GROUP ...]

Groups: unit store conformance guards fuzz integration browser. Each program's output is kept
and printed only if something in it fails. The last line is "N passed, N failed", with
", N skipped" behind it where something could not run here (its reason is printed above).
"""
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", os.environ.get("MODE", "release"))
sys.path[0] = ROOT  # not this folder: it has a package called "platform"

CHECK_LINE = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
RAN = re.compile(r"^Ran (\d+) tests? in", re.M)
OUTCOME = re.compile(r"(failures|errors|skipped|expected failures|unexpected successes)=(\d+)")
FAULT = re.compile(r"^((?:FAIL|ERROR): .*|not ok .*|.*:[FE]:.*)$", re.M)
SKIPPED = re.compile(r"\.\.\. skipped ['\"](.*)['\"]$", re.M)
STEP = re.compile(r"^(not )?ok - ", re.M)  # a browser script's steps
TALLY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


class Tally:
    """What was counted so far, and how it is told."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()
        self.reasons = []
        self.faults = []  # said again at the very end, where a cut log still has them

    def add(self, group, name, passed, failed, skipped, seconds, output, why=""):
        with self.lock:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped
            note = "%d ok" % passed
            if skipped:
                note += ", %d skipped" % skipped
            if failed:
                note = "%d FAILED, %s" % (failed, note)
            print("%-12s %-34s %s  %.1f s" % (group, name, note, seconds), flush=True)
            if failed:
                lines = output.rstrip().split("\n")
                print("\n".join("    | " + x for x in lines[-200:]), flush=True)
                named = FAULT.findall(output) or lines[-1:]
                self.faults += ["%s %s: %s" % (group, name, x) for x in named[:5]]
            for reason in ([why] if why else []) + SKIPPED.findall(output):
                if reason not in self.reasons:
                    self.reasons.append(reason)


LIVE = set()  # what runs now, so that a signal to this program ends it too


def execute(argv, seconds, env=None):
    """(exit status, output, seconds taken) of a program in a session of its own, all of which
    is ended when it takes too long."""
    began = time.monotonic()
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, start_new_session=True,
                          env={**os.environ, **(env or {})}) as p:
        LIVE.add(p)
        try:
            out = p.communicate(timeout=seconds)[0]
            code = p.returncode
        except subprocess.TimeoutExpired:
            p.terminate()  # first kindly, so that it stops what it started
            try:
                out = p.communicate(timeout=20)[0]
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, 9)
                out = p.communicate()[0]
            out += b"\n(ended after %d s)" % seconds
            code = -1
        LIVE.discard(p)
    return code, out.decode("utf-8", "replace"), time.monotonic() - began


def counts(code, output):
    """(passed, failed, skipped) by what the program printed; by its exit status otherwise."""
    m = CHECK_LINE.findall(output)
    if m:
        total = sum(int(x[0]) for x in m)
        bad = sum(int(x[1]) + int(x[2]) for x in m)
        return total - bad, max(bad, int(code != 0)), 0
    m = STEP.findall(output)
    if m:
        bad = sum(x != "" for x in m)
        return len(m) - bad, max(bad, int(code != 0)), 0
    m = RAN.findall(output)
    if m:
        seen = {k: int(v) for k, v in OUTCOME.findall(output.split("Ran ")[-1])}
        bad = seen.get("failures", 0) + seen.get("errors", 0)
        bad = max(bad, int(code != 0))
        skipped = seen.get("skipped", 0)
        return max(0, int(m[-1]) - bad - skipped), bad, skipped
    m = TALLY.findall(output)
    if m:
        passed, failed, skipped = (int(x or 0) for x in m[-1])
        return passed, max(failed, int(code != 0)), skipped
    return int(code == 0), int(code != 0), 0


class Runner:
    def __init__(self):
        self.tally = Tally()
        self.pg = None

    def one(self, group, name, argv, seconds=120, env=None):
        code, out, took = execute(argv, seconds, env)
        self.tally.add(group, name, *counts(code, out), took, out)

    def many(self, group, jobs):
        """Two at a time: (name, argv, seconds, env) each."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda j: self.one(group, *j), jobs))

    def programs(self, group):
        """Check programs of one folder."""
        found = sorted(glob.glob(os.path.join(ROOT, "tests", group, "test_*.c")))
        jobs = []
        for source in found:
            name = os.path.basename(source)[:-2]
            jobs.append((name, [os.path.join(BUILD, "tests", group, name)], 180,
                         self.pg_env() if group == "store" else None))
        self.many(group, jobs)

    def pg_env(self):
        if self.pg is None:
            from tests.support import pg
            self.pg = pg.Cluster()
        return {"WAYMARK_TEST_PG": self.pg.url}

    # -- groups ------------------------------------------------------------------------------

    def unit(self):
        self.programs("unit")

    def store(self):
        self.programs("store")

    def conformance(self):
        files = sorted(glob.glob(os.path.join(ROOT, "tests/conformance/*.json")))
        beside = os.path.join(ROOT, "../shared/lti/vectors.json")
        if os.path.exists(beside):
            files.append(beside)
        for f in files:
            code, out, took = execute([os.path.join(BUILD, "conformance"), f], 60)
            rows = [x for x in out.split("\n") if x.count("\t") >= 2]
            bad = sum("\tWRONG" in r or "\tMISMATCH" in r for r in rows)
            bad = max(bad, int(code != 0))
            self.tally.add("conformance", os.path.basename(f), max(len(rows) - bad, 0), bad, 0,
                           took, out)
        if not os.path.exists(beside):
            self.tally.add("conformance", "vectors.json", 0, 0, 1, 0, "",
                           "../shared/lti/vectors.json is not here")

    def guards(self):
        jobs = [(os.path.basename(p)[:-3], ["/usr/bin/python3", p], 60, None)
                for p in sorted(glob.glob(os.path.join(ROOT, "tests/guards/*.py")))
                if os.path.basename(p) != "guard.py"]
        self.many("guards", jobs)

    def fuzz(self):
        jobs = []
        for source in sorted(glob.glob(os.path.join(ROOT, "tests/fuzz/fuzz_*.c"))):
            name = os.path.basename(source)[:-2]
            corpus = os.path.join(ROOT, "tests/fuzz/corpus", name[5:])
            jobs.append((name, [os.path.join(BUILD, "tests/fuzz", name), corpus], 60, None))
        self.many("fuzz", jobs)

    def python(self, group, folder, seconds):
        env = self.pg_env()
        modules = sorted(glob.glob(os.path.join(ROOT, folder, "test_*.py")))
        # the stand-in's own test first: the others build on it
        modules.sort(key=lambda p: (not p.endswith("test_standin.py"), p))
        for p in modules:
            name = os.path.relpath(p, ROOT)[:-3].replace("/", ".")
            self.one(group, name.rsplit(".", 1)[-1],
                     ["/usr/bin/python3", "-m", "unittest", "-v", name], seconds, env)

    def integration(self):
        self.python("integration", "tests/integration", 400)

    def browser(self):
        self.python("browser", "tests/browser", 300)


GROUPS = ("unit", "store", "conformance", "guards", "fuzz", "integration", "browser")


def interrupted(signum, _frame):
    """Ctrl-C or SIGTERM: pass it on, then leave through the usual clean-up."""
    for p in list(LIVE):
        try:
            os.killpg(p.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    sys.exit(128 + signum)


def main(wanted):
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    unknown = [g for g in wanted if g not in GROUPS]
    if unknown:
        print("no such group: %s (there are %s)" % (" ".join(unknown), " ".join(GROUPS)))
        return 2
    began = time.monotonic()
    runner = Runner()
    try:
        for group in wanted or GROUPS:
            getattr(runner, group)()
    finally:
        if runner.pg:
            runner.pg.stop()
    t = runner.tally
    for reason in t.reasons:
        print("skipped: " + reason)
    for fault in t.faults:
        print("failed: " + fault)
    print("%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed%s" % (t.passed, t.failed,
                                      ", %d skipped" % t.skipped if t.skipped else ""))
    return 1 if t.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
