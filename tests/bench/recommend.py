#!/usr/bin/python3
"""The table of `waymark eval recommend` in core/engine/README.md, from ../shared/data/rec: blend
fitted inside TRAIN, default blend, and the best simple method on the same questions. The
exit status says whether every set reaches that method and a question stays within its time."""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(ROOT, "..", "shared", "data", "rec")

# "hybrid" in ../shared/data/README.md: log Markov-3 + .5 log item-kNN + .1 log popularity.
HYBRID = {
    "oulad_AAA_2013J": (.5903, .7355, .4604, .3874),
    "oulad_BBB_2013B": (.6024, .7802, .4909, .4131),
    "assist2009_skills": (.6322, .7548, .5153, .4515),
    "mooccubex": (.2461, .3191, .2072, .1850),
}
SMALL_US = 20  # a question, on all but the last


def unpacked(folder, name):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        subprocess.run(["zstdcat", os.path.join(DATA, name + ".csv.zst")], stdout=f, check=True)
    return path


def measured(folder, name, *more):
    out = subprocess.run(
        [os.path.join(ROOT, "build/release/waymark"), "eval", "recommend",
         unpacked(folder, name), "--queries", unpacked(folder, name + ".queries"), "--json",
         *more], stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)


def row(name, what, hr5, hr10, ndcg10, mrr, rest):
    print("| %s | %s | %.4f | %.4f | %.4f | %.4f | %s |" % (name, what, hr5, hr10, ndcg10, mrr,
                                                        rest))


def main():
    if not os.path.isdir(DATA):
        print("bench: ../shared/data is not here: nothing to measure with (skipped)")
        return 0
    kept = True
    print("| set | blend | HR@5 | HR@10 | NDCG@10 | MRR | coverage | µs/query | fit + blend s |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="wmb-") as folder:
        for name, hybrid in HYBRID.items():
            row(name, "simple hybrid", *hybrid, "- | - | -")
            for what, more in (("default", ("--default-weights",)), ("fitted", ())):
                r = measured(folder, name, *more)
                row(name, what, r["hr5"], r["hr10"], r["ndcg10"], r["mrr"],
                    "%.3f | %.1f | %.2f + %.2f" % (r["coverage"], r["us_per_query"],
                                                 r["fit_seconds"], r["blend_seconds"]))
                small = r["items"] < 1000
                kept = kept and r["hr10"] >= hybrid[1] and r["ndcg10"] >= hybrid[2] and (
                    not small or r["us_per_query"] <= SMALL_US)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
