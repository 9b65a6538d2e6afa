#!/usr/bin/python3
"""Knowledge tracing: rows a second of a fit, beside pyBKT (github.com/CAHLR/pyBKT) in the same run.

    tests/bench/bkt.py [--pybkt CHECKOUT] [--install-rivals] [--simulated]

pyBKT is not on PyPI's mirrors everywhere and is no part of Waymark: --pybkt (or WAYMARK_PYBKT)
names a checkout of it, --install-rivals clones it from GitHub; it is built below build/bench/pybkt
with Debian's python3-numpy, -pandas, -requests and -sklearn. Where it is absent, Waymark's own
figures are printed, and that nothing was compared. Both fit forgetting from five starts on
one core (CPU seconds of the fit alone); the data are ../shared/data/kt (students of TRAIN) where
that folder is there, and simulated students.
"""
import argparse
import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIT = os.path.join(ROOT, "build", "release", "tests", "bench", "bkt_fit")
FOLDER = os.path.join(ROOT, "build", "bench", "pybkt")
DATA = os.path.join(ROOT, "..", "shared", "data", "kt")
SETS = ("assist2009", "statics2011", "assist2015", "assist2017", "algebra2005_sub", "spanish_sub")
SOURCE = "https://github.com/CAHLR/pyBKT"
WANTED = 5.0   # times pyBKT's rows a second
UPDATE_NS = 1000  # one online update of both models; this is one of them

PYBKT = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd
from pyBKT.models import Model
rows = np.loadtxt(sys.argv[1], dtype=int)
frame = pd.DataFrame({"user_id": rows[:, 0], "skill_name": ["s%d" % k for k in rows[:, 1]],
                      "correct": rows[:, 2], "order_id": np.arange(len(rows))})
took = {}
for starts in (1, 5):
    model = Model(seed=42, num_fits=starts, parallel=False)
    start = time.process_time()
    model.fit(data=frame, forgets=True)
    took[starts] = time.process_time() - start
print("RESULT " + json.dumps({"rows": len(rows), "one": took[1], "five": took[5]}))
"""


def simulated(students=2000, skills=30, seed=5):
    """[(student, skill, right)]: students of the model itself."""
    draw = random.Random(seed)
    kinds = [(draw.uniform(.2, .7), draw.uniform(.05, .3), draw.uniform(.005, .03),
              draw.uniform(.1, .3), draw.uniform(.05, .2)) for _ in range(skills)]
    rows = []
    for student in range(students):
        for skill, (init, learn, forget, guess, slip) in enumerate(kinds):
            has = draw.random() < init
            for _ in range(draw.randint(1, 10)):
                rows.append((student, skill, int(draw.random() < (1 - slip if has else guess))))
                has = draw.random() < (1 - forget if has else learn)
    return rows


def real(name):
    """[(student, skill, right)] of TRAIN, numbered from 0, students together and in order."""
    text = subprocess.run(["zstdcat", os.path.join(DATA, name + ".csv.zst")],
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    rows = [(int(r["student"]), int(r["seq"]), r["skill"], int(r["correct"]))
            for r in csv.DictReader(io.StringIO(text)) if zlib.crc32(r["student"].encode()) % 5]
    rows.sort(key=lambda r: (r[0], r[1]))
    students, skills = {}, {}
    return [(students.setdefault(s, len(students)), skills.setdefault(k, len(skills)), c)
            for s, _, k, c in rows]


def build_pybkt(checkout):
    """Build a copy of the checkout below build/bench; its own folder stays as it is."""
    lib = os.path.join(FOLDER, "lib")
    if os.path.isdir(os.path.join(lib, "pyBKT", "models")):
        return lib
    copy = os.path.join(FOLDER, "source")
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(".git"))
    with open(os.path.join(FOLDER, "build.log"), "w", encoding="utf-8") as log:
        done = subprocess.run(["/usr/bin/python3", "setup.py", "build", "--build-base",
                               os.path.join(FOLDER, "tmp"), "--build-lib", lib],
                              cwd=copy, stdout=log, stderr=log, check=False).returncode
    return lib if done == 0 else None


def find_pybkt(args):
    """The folder to import it from, or None and why."""
    checkout = args.pybkt or os.environ.get("WAYMARK_PYBKT")
    if not checkout and args.install_rivals:
        checkout = os.path.join(ROOT, "build", "bench", "pybkt-checkout")
        if not os.path.isdir(checkout) and subprocess.run(
                ["git", "clone", "--quiet", "--depth", "1", SOURCE, checkout],
                check=False).returncode != 0:
            return None, "could not be cloned from " + SOURCE
    if not checkout:
        return None, "is not here (WAYMARK_PYBKT=CHECKOUT or --install-rivals)"
    if not os.path.isfile(os.path.join(checkout, "setup.py")):
        return None, "is not in %s" % checkout
    lib = build_pybkt(checkout)
    if lib is None:
        return None, "does not build: see build/bench/pybkt/build.log"
    missing = subprocess.run(["/usr/bin/python3", "-c", "import numpy, pandas, requests, sklearn"],
                             stderr=subprocess.DEVNULL, check=False).returncode
    return (None, "needs python3-numpy, -pandas, -requests, -sklearn") if missing else (lib, "")


def measure(name, rows, lib):
    """One line; the ratio, or None."""
    text = "\n".join("%d %d %d" % r for r in rows) + "\n"
    ours = json.loads(subprocess.run([FIT], input=text, stdout=subprocess.PIPE, check=True,
                                     text=True).stdout)
    rate = ours["rows"] / ours["seconds"] / 1000
    line = "%-16s %7d rows %4d skills: %5.0f thousand rows/s" % (
        name, ours["rows"], ours["skills"], rate)
    ratio = None
    if lib:
        path = os.path.join(FOLDER, "rows.txt")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        out = subprocess.run(["/usr/bin/python3", "-c", PYBKT, path], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=False, text=True,
                             env=dict(os.environ, PYTHONPATH=lib, OMP_NUM_THREADS="1"))
        result = [x for x in out.stdout.splitlines() if x.startswith("RESULT ")]
        if not result:
            sys.exit("bench: pyBKT failed on %s: %s" % (name, out.stderr[-400:]))
        theirs = json.loads(result[-1][7:])
        five, one = (theirs["rows"] / theirs[k] / 1000 for k in ("five", "one"))
        ratio = rate / five
        line += "; pyBKT %4.0f (five starts: %4.1f x), %4.0f (one start: %4.1f x)" % (
            five, ratio, one, rate / one)
    print("%s; update %.0f ns, with its interval %.0f ns"
          % (line, ours["update_ns"], ours["with_interval_ns"]), flush=True)
    return ratio, ours["with_interval_ns"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pybkt")
    parser.add_argument("--install-rivals", action="store_true")
    parser.add_argument("--simulated", action="store_true", help="leave ../shared/data out")
    args = parser.parse_args()
    subprocess.run(["make", "-s", FIT[len(ROOT) + 1:]], cwd=ROOT, check=True)
    lib, why = find_pybkt(args)
    if lib is None:
        print("pyBKT %s: nothing to compare with" % why)
    sets = [("simulated", simulated())]
    if not args.simulated and os.path.isdir(DATA):
        sets += [(name, real(name)) for name in SETS]
    elif not args.simulated:
        print("../shared/data/kt is not there: simulated students alone")
    results = [measure(name, rows, lib) for name, rows in sets]
    slow = [r for r, ns in results if (r is not None and r < WANTED) or ns > UPDATE_NS]
    if lib:
        print("wanted: %g times pyBKT's rows a second with five starts; least %.1f"
              % (WANTED, min(r for r, _ in results)))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
