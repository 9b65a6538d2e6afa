"""`waymark eval`: the file of answers is read strictly, the split is the one that was said, and
the same seed gives the same figures."""
import json
import os
import random
import subprocess
import tempfile
import unittest
import zlib

from tests.bench import eval as bench
from tests.support import stack

HEADER = "student,seq,ts,item,skill,correct\n"


def simulated(students=60, rows=60, seed=7):
    """Answers of people of different ability to items of different difficulty."""
    draw = random.Random(seed)
    lines = [HEADER]
    hard = [draw.gauss(0, 1) for _ in range(20)]
    for s in range(students):
        able = draw.gauss(0, 1)
        for i in range(rows):
            item = draw.randrange(20)
            p = 1 / (1 + 2.718281828 ** (hard[item] - able - 0.02 * i))
            lines.append("%d,%d,0,%d,%d,%d\n" % (s, i, item, item % 4, draw.random() < p))
    return "".join(lines)


class EvalMastery(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wme-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def run_it(self, *args, stdin=None):
        return subprocess.run([os.path.join(stack.build_dir(), "waymark"), "eval", *args],
                              input=stdin, text=True, capture_output=True, timeout=120,
                              check=False)

    def refused(self, text, pattern, status=1, extra=()):
        path = self.write("bad.csv", text)
        r = self.run_it("mastery", path, *extra)
        self.assertEqual(status, r.returncode, (text[:200], r.stdout, r.stderr))
        self.assertRegex(r.stderr, pattern)
        self.assertEqual("", r.stdout)

    def figures(self, *args, stdin=None):
        r = self.run_it("mastery", *args, "--json", stdin=stdin)
        self.assertEqual(0, r.returncode, r.stderr)
        return json.loads(r.stdout)

    def test_an_error_names_file_line_and_reason(self):
        self.refused("", "bad.csv is empty")
        self.refused("student,seq\n1,0\n", "line 1: the first line must be student,seq,ts")
        first = HEADER + "1,0,0,a,k,1\n"
        self.refused(first + "1,2,0,a,k,1\n", "line 3: seq must be 1 here")
        self.refused(first + "1,1,0,a,k\n", "line 3: there must be six fields")
        self.refused(first + "1,1,0,a,k,2\n", 'line 3: correct must be 0 to 1, not "2"')
        self.refused(first + "1,1,0,a,k,nan\n", "line 3: correct")
        self.refused(first + "1,1,-4,a,k,1\n", "line 3: ts must be seconds")
        self.refused(first + "1,one,0,a,k,1\n", "line 3: seq must be a whole number")
        self.refused(first + ",0,0,a,k,1\n", "line 3: student must have 1 to 64 bytes")
        self.refused(first + "1,1,0,%s,k,1\n" % ("x" * 65), "line 3: item must have 1 to 64")
        self.refused(first + '1,1,0,"a,k,1\n', "line 3: ")
        self.refused(first, "no TEST students")
        r = self.run_it("mastery", os.path.join(self.folder, "none.csv"))
        self.assertEqual(1, r.returncode)
        self.assertIn("cannot read", r.stderr)

    def test_wrong_usage(self):
        for args, words in (((), "say mastery"), (("nonsense",), "say mastery"),
                            (("mastery",), "the FILE of answers"),
                            (("mastery", "a", "b"), "b"),
                            (("mastery", "a", "--split", "half"), "all-train:FILE2"),
                            (("mastery", "a", "--seed", "x"), "whole number")):
            r = self.run_it(*args)
            self.assertEqual(2, r.returncode, (args, r.stderr))
            self.assertIn(words, r.stderr)
        r = self.run_it("mastery", "--help")
        self.assertEqual(0, r.returncode)
        self.assertIn("examples:\n  waymark eval mastery", r.stdout)

    def test_the_split_is_by_checksum(self):
        text = simulated()
        got = self.figures("-", stdin=text)["split"]
        test = sum(zlib.crc32(b"%d" % s) % 5 == 0 for s in range(60))
        self.assertEqual((60 - test, test, 60 * test),
                         (got["train_students"], got["test_students"], got["test_rows"]))
        path, other = self.write("a.csv", text), self.write("b.csv", simulated(9, 30, 8))
        got = self.figures(path, "--split", "all-train:" + other)["split"]
        self.assertEqual((60, 9, 270), (got["train_students"], got["test_students"],
                                        got["test_rows"]))

    def test_pairs_name_the_skills(self):
        path = self.write("a.csv", simulated())
        pairs = self.write("q.csv", "item,skill\n" + "".join(
            "%d,%d\n%d,x\n" % (i, i % 4, i) for i in range(30)))
        self.figures(path, "--q", pairs)
        r = self.run_it("mastery", path, "--q", self.write("w.csv", "item,skill\n1\n"))
        self.assertEqual(1, r.returncode)
        self.assertIn("line 2: there must be two fields", r.stderr)

    def test_the_same_seed_gives_the_same_figures(self):
        path = self.write("a.csv", simulated())
        def figures(seed):
            out = self.figures(path, "--seed", seed)
            return {(side, key): out[side][key] for side in ("display", "predictor")
                    for key in ("rows", "auc", "accuracy", "rmse", "log_loss", "brier", "ece")}
        first = figures("3")
        self.assertEqual(first, figures("3"))
        self.assertNotEqual(first, figures("4"))
        self.assertGreater(first["predictor", "auc"], 0.65)
        timings = self.figures(path)
        for side in ("display", "predictor"):
            for key in ("fit_seconds", "fit_rows_per_second", "us_per_update"):
                self.assertGreater(timings[side][key], 0)
        self.assertGreater(timings["peak_rss_kb"], 1000)

    def test_a_table_for_people(self):
        r = self.run_it("mastery", self.write("a.csv", simulated()))
        self.assertEqual(0, r.returncode, r.stderr)
        for word in ("TRAIN", "TEST", "AUC", "predictor", "display", "ECE", "peak memory"):
            self.assertIn(word, r.stdout)
        self.assertIn("fitting", r.stderr)


@unittest.skipUnless(os.path.isdir(bench.DATA), "../shared/data/kt is not here")
class RealAnswers(unittest.TestCase):
    """Two of the six sets; `make eval` measures all."""

    def test_bars(self):
        for name in ("statics2011", "algebra2005_sub"):
            got = bench.measure(name)
            self.assertEqual([], list(bench.faults(name, got)))
            self.assertGreater(got["predictor"]["auc"], bench.SETS[name][1], "boosted trees")


if __name__ == "__main__":
    unittest.main()
