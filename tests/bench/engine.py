#!/usr/bin/python3
"""What the engine costs: a person at 1, 10 and 100 terms; a term replayed; a course of 10,000
worked out with another map, on SQLite and PostgreSQL. See README.md of this folder."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[0] = ROOT

from tests.support import pg  # noqa: E402

BUILD = os.path.join(ROOT, "build", os.environ.get("MODE", "release"), "tests/bench")
REPLAY_RATIO = 12  # times the bare reading of the same rows
RECOMPUTE_S = 60   # for 10,000 people and two workers


def run(program, *args, env=None):
    """Its output, printed as it comes; whether it ended well."""
    lines = []
    with subprocess.Popen([os.path.join(BUILD, program), *args], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, env={**os.environ, **(env or {})}) as p:
        for line in p.stdout:
            if "suite(s)" not in line and "Checks:" not in line:
                print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines), p.returncode == 0


def judge(what, worst, limit):
    kept = worst <= limit
    print("  %s: %s, at most %g" % ("kept" if kept else "NOT KEPT", what % worst, limit))
    return kept


def courses(people, env):
    """A term replayed, and a big course worked out again, on both databases."""
    out, good = run("engine_course", "replay", "500", "80", env=env)
    # the best of each database's runs: others use the machine too
    best = [min(float(x) for x in re.findall(r"ratio ([0-9.]+)", part))
            for part in out.split("PostgreSQL:")]
    good = "differences" in out and not re.search(r"[1-9]\d* differences", out) and good
    good = judge("a replay costs %.1f times the reading of its rows", max(best),
                 REPLAY_RATIO) and good
    out, ended = run("engine_course", "recompute", people, "12", env=env)
    times = [float(x) for x in re.findall(r"worked out again in ([0-9.]+) s", out)]
    return judge("%.1f s until everybody is worked out anew", max(times),
                 RECOMPUTE_S) and ended and good


def main():
    people = sys.argv[1] if len(sys.argv) > 1 else "10000"
    out, good = run("engine_run")
    cluster = pg.Cluster()
    try:
        good = courses(people, {"WAYMARK_TEST_PG": cluster.url}) and good
    finally:
        cluster.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
