"""`waymark eval recommend`: what it reads, what it never recommends, and how good it is on real
data where that is at hand."""
import json
import os
import random
import subprocess
import tempfile
import unittest
import zlib

from tests.support import stack

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REAL = os.path.join(ROOT, "..", "shared", "data", "rec")

# What the best of five simple methods reaches on the same questions (HR@10, NDCG@10).
REFERENCE = {"oulad_AAA_2013J": (.7355, .4604), "oulad_BBB_2013B": (.7802, .4909),
             "assist2009_skills": (.7548, .5153), "mooccubex": (.3191, .2072)}


def is_test(student):
    return zlib.crc32(b"%d" % student) % 5 == 0


def walks(students=300, items=20, seed=3):
    """Mostly forward by one, sometimes elsewhere; every item once."""
    draw = random.Random(seed)
    out = {}
    for s in range(students):
        left = list(range(items))
        at, way = draw.randrange(4), []
        while len(way) < 12:
            way.append(at)
            left.remove(at)
            ahead = [i for i in left if i > at] or left
            at = ahead[0] if draw.random() < .75 else draw.choice(left)
        out[s] = way
    return out


def rows(ways, name="%d"):
    return "student,seq,item\n" + "".join(
        "%d,%d,%s\n" % (s, k, name % i) for s, w in ways.items() for k, i in enumerate(w))


def queries(ways):
    return "student,seq\n" + "".join(
        "%d,%d\n" % (s, k) for s, w in ways.items() if is_test(s) for k in (3, 7, 11))


class EvalRecommend(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wmr-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def run_it(self, *args, stdin=None):
        return subprocess.run([os.path.join(stack.build_dir(), "waymark"), "eval",
                               "recommend", *args], input=stdin, capture_output=True,
                              timeout=300, check=False)

    def figures(self, *args, stdin=None):
        r = self.run_it(*args, "--json", stdin=stdin)
        self.assertEqual(0, r.returncode, r.stderr)
        return json.loads(r.stdout)

    def test_it_finds_the_way_people_go(self):
        ways = walks()
        items, asked = self.write("i.csv", rows(ways)), self.write("q.csv", queries(ways))
        got = self.figures(items, "--queries", asked, "--fit")
        # Three of four steps are the next item, the rest is a guess among what is left.
        self.assertGreater(got["hr5"], .78)
        self.assertGreater(got["mrr"], .7)
        self.assertEqual(3 * sum(map(is_test, ways)), got["queries"])
        self.assertEqual(sum(not is_test(s) for s in ways), got["train_students"])
        self.assertEqual(20, got["items"])
        self.assertEqual(0, got["broken_prerequisites"])
        again = self.figures("-", "--queries", asked, "--fit", stdin=rows(ways).encode())
        for name in ("us_per_query", "fit_seconds", "blend_seconds"):
            got.pop(name)
            again.pop(name)
        self.assertEqual(got, again)

    def test_nothing_of_test_is_fitted(self):
        ways = walks()
        asked = self.write("q.csv", queries(ways))
        one = self.figures(self.write("a.csv", rows(ways)), "--queries", asked, "--fit")
        # What TEST students do from the last question on changes no weight.
        other = {s: w[:11] + w[:10:-1] if is_test(s) else w for s, w in ways.items()}
        turned = {s: list(reversed(w)) if is_test(s) else w for s, w in other.items()}
        two = self.figures(self.write("b.csv", rows(turned)), "--queries", asked, "--fit")
        self.assertEqual(one["weights"], two["weights"])
        self.assertNotEqual(one["hr10"], two["hr10"])

    def test_no_hard_prerequisite_is_broken(self):
        ways = walks()
        items, asked = self.write("i.csv", rows(ways)), self.write("q.csv", queries(ways))
        needs = self.write("p.csv", "skill,requires\n" + "".join(
            "%d,%d\n" % (i, i - 3) for i in range(3, 20)))
        got = self.figures(items, "--queries", asked, "--prerequisites", needs)
        self.assertEqual(0, got["broken_prerequisites"])
        self.assertGreater(got["hr10"], .3)
        # Nothing may be recommended to anybody who has not had 19: nearly no hit is left.
        needs = self.write("n.csv", "skill,requires\n" + "".join(
            "%d,19\n" % i for i in range(19)))
        none = self.figures(items, "--queries", asked, "--prerequisites", needs)
        self.assertEqual(0, none["broken_prerequisites"])
        self.assertLess(none["hr10"], got["hr10"])

    def test_items_may_be_about_several_skills(self):
        ways = walks()
        items = self.write("i.csv", rows(ways, "item %d"))
        asked = self.write("q.csv", queries(ways))
        pairs = self.write("s.csv", "item,skill\n" + "".join(
            "item %d,K%d\nitem %d,all\n" % (i, i // 2, i) for i in range(20)))
        needs = self.write("p.csv", "skill,requires\n" + "".join(
            "K%d,K%d\n" % (i, i - 1) for i in range(1, 10)))
        got = self.figures(items, "--queries", asked, "--q", pairs, "--prerequisites",
                           needs, "--fit")
        self.assertEqual(0, got["broken_prerequisites"])
        self.assertNotEqual(0, got["weights"]["content"])
        self.assertNotEqual(0, got["weights"]["prerequisite"])

    def refused(self, pattern, items, asked, *more, status=1):
        r = self.run_it(self.write("i.csv", items), "--queries",
                        self.write("q.csv", asked), *more)
        self.assertEqual(status, r.returncode, r.stderr)
        self.assertRegex(r.stderr.decode(), pattern)
        self.assertEqual(b"", r.stdout)

    def test_an_error_names_line_and_reason(self):
        ways = walks(30)
        good, asked = rows(ways), queries(ways)
        train = next(s for s in ways if not is_test(s))
        head = "student,seq\n"
        self.refused("line 2: this student is in TRAIN", good, head + "%d,3\n" % train)
        self.refused("line 2: no such student", good, head + "777,3\n")
        self.refused("has no column seq", good, "student,item\n1,2\n")
        self.refused("queries has no rows", good, head)
        test = next(s for s in ways if is_test(s))
        self.refused("no row with this seq", good, head + "%d,99\n" % test)
        self.refused("line 3: seq is not a whole number", "student,seq,item\n1,0,a\n1,x,b\n",
                     asked)
        self.refused("line 2: it has fewer fields", "student,seq,item\n1,0\n", asked)
        circle = self.write("p.csv", "skill,requires\n1,2\n2,3\n3,1\n")
        self.refused("a circle: ([123], ){2}[123]", good, asked, "--prerequisites", circle)
        r = self.run_it(self.write("i.csv", good))
        self.assertEqual(2, r.returncode)

    def test_real_data_where_it_is_at_hand(self):
        if not os.path.isdir(REAL):
            self.skipTest("../shared/data is not here")
        for name, (hr10, ndcg10) in REFERENCE.items():
            path = {}
            for kind in ("", ".queries"):
                packed = os.path.join(REAL, name + kind + ".csv.zst")
                path[kind] = os.path.join(self.folder, name + kind)
                with open(path[kind], "wb") as f:
                    subprocess.run(["zstdcat", packed], stdout=f, check=True)
            for more in ((), ("--default-weights",)):
                got = self.figures(path[""], "--queries", path[".queries"], *more)
                with self.subTest(name, more=more):
                    self.assertGreaterEqual(got["hr10"], hr10)
                    self.assertGreaterEqual(got["ndcg10"], ndcg10)
                    self.assertEqual(0, got["broken_prerequisites"])
