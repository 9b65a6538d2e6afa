"""Grade files through the whole program: the command line and the teacher's page. Students and
grades are invented."""
import csv
import io
import json
import os
import unittest

from tests.integration.base import Case, dump
from tests.support import demo_course

QUIZ = "Quiz 6: Systems of equations"


def table(rows, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def moodle(people, score, title=QUIZ, at=1795400000):
    """As Moodle 4.5 writes it; `score` of 10, by person."""
    head = ["First name", "Last name", "ID number", "Institution", "Department", "Email address",
            "Quiz: %s (Real)" % title, "Quiz: %s (Percentage)" % title, "Course total (Real)",
            "Last downloaded from this course"]
    rows = [head]
    for p in people:
        s = score(p)
        rows.append([p.given, p.family, p.sourcedid, "", "", p.email,
                     "-" if s is None else "%.2f" % s,
                     "-" if s is None else "%.2f %%" % (s * 10), "1.00", str(at)])
    return table(rows)


class Imports:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])
        everybody = cls.platform.world.courses[3].people.values()
        cls.students = sorted((p for p in everybody if not p.teaches and p.sourcedid),
                              key=lambda p: p.num)

    def write(self, text, name="grades.csv"):
        path = os.path.join(self.stack.folder, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def run_it(self, *args, check=True):
        return self.stack.run("import", *args, check=check)

    def rows(self, where="1 = 1"):
        return self.count("evidence", "source_kind = 'file' AND " + where)

    def test_1_dry_run_take_in_take_back(self):
        some = self.students[:6]
        text = moodle(some, lambda p: None if p is some[0] else float(p.num % 11))
        path = self.write(text)
        plan = json.loads(self.run_it(path, "--course", self.course, "--dry-run",
                                      "--json").stdout)
        self.assertEqual("moodle", plan["form"])
        self.assertEqual((6, 5, 1, 0), (plan["people"], plan["new"], plan["blank"],
                                        plan["refused"]), plan)
        quiz = next(c for c in plan["columns"] if c.get("to"))
        self.assertEqual(("activity", QUIZ), (quiz["to"], quiz["title"]))
        self.assertEqual((0, 0), (self.rows(), self.count("import_run")))
        self.assertIn("5 grades of 6 people", self.run_it(path, "--course", self.course).stdout)
        self.assertEqual(5, self.rows("observed_ms = 1795400000000"))
        again = self.run_it(path, "--course", self.course).stdout
        self.assertIn("0 grades of 6 people", again)
        self.assertIn("5 were known", again)
        runs = json.loads(self.run_it("list", "--course", self.course, "--json").stdout)
        self.assertEqual([("done", 0), ("done", 5)], [(r["state"], r["added"]) for r in runs])
        self.assertIn("Taken back: 5", self.run_it("undo", str(runs[1]["import"])).stdout)
        self.assertEqual((10, 5), (self.rows(), self.rows("score IS NULL")))
        twice = self.run_it("undo", str(runs[1]["import"]), check=False)
        self.assertEqual(1, twice.returncode)
        self.assertIn("taken back already", twice.stderr)
        self.assertEqual(0, self.stack.run("replay", "--verify").returncode)

    def test_2_what_is_refused_is_listed(self):
        a, b = self.students[6:8]
        text = table([["Email", "Check of the week [10]"], [a.email, "7"], ["x@nowhere.test", "5"],
                      [b.email, "8"], [b.email, "9"], [a.email]])
        path = self.write(text)
        all_or = self.run_it(path, "--course", self.course, "--all-or-nothing", check=False)
        self.assertEqual(1, all_or.returncode)
        self.assertIn("nothing was taken in", all_or.stderr)
        before = self.rows()
        done = self.run_it(path, "--course", self.course)
        self.assertEqual(before + 2, self.rows())
        for line in ("line 3: nobody of the course", "line 5: the same person",
                     "line 6: it has fewer fields"):
            self.assertIn(line, done.stderr)
        self.assertEqual(1, self.count("activity", "title = 'Check of the week' AND "
                                                   "source = 'file' AND maximum = 10"))

    def test_3_wrong_usage_and_no_grade_book(self):
        self.assertEqual(2, self.run_it(check=False).returncode)
        self.assertEqual(2, self.run_it("x.csv", check=False).returncode)
        self.assertEqual(2, self.run_it("x.csv", "--course", self.course, "--form", "x",
                                        check=False).returncode)
        path = self.write(b"\x00\x01\x02")
        self.assertEqual(1, self.run_it(path, "--course", self.course, check=False).returncode)
        gone = self.run_it("undo", "4711", check=False)
        self.assertIn("there is no import 4711", gone.stderr)

    def test_4_marks_and_no_addresses(self):
        """Mail addresses, logins and school numbers of a roster stay as marks alone."""
        self.assertGreater(self.count("person_alias", "kind = 'email'"), 10)
        text = dump(self.stack)
        for p in self.students[:5]:
            for secret in (p.email, p.sourcedid, p.username):
                self.assertNotIn("'%s'" % secret, text)
                self.assertNotIn("\t%s\t" % secret, text)


class ImportsOnSqlite(Imports, Case):
    database = "sqlite"


class ImportsOnPostgres(Imports, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
