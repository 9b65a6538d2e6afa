"""Grade files through the whole program: the command line and the teacher's page. Students and
grades are invented."""
import csv
import html
import io
import json
import os
import re
import unittest
import urllib.parse

from tests.integration.base import Case, dump
from tests.integration.browser import Browser
from tests.support import demo_course, stack

QUIZ = "Quiz 6: Systems of equations"


def table(rows, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def upload(form, name, data, **fields):
    """The body of a form with a file, as a browser sends it, and its content type."""
    mark = "----test7f3a"
    out = b""
    for key, value in {**form["fields"], **fields}.items():
        out += ("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                % (mark, key, value)).encode()
    out += ("--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
            "Content-Type: text/csv\r\n\r\n" % (mark, name)).encode()
    out += data if isinstance(data, bytes) else data.encode()
    return out + ("\r\n--%s--\r\n" % mark).encode(), "multipart/form-data; boundary=" + mark


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


    # -- the page -------------------------------------------------------------------------------

    def teacher(self, cookies=True):
        browser = Browser(cookies=cookies, resolve={"lms.localhost": "127.0.0.1",
                                                    "tool.localhost": "127.0.0.1"})
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        self.assertEqual(200, page.status, page.visible()[:300])
        for form in page.forms():
            if form["action"].endswith("/lti/continue"):
                page = browser.submit(form)
                break
        return browser, page

    def import_page(self, browser, page):
        found = re.search('href="([^"]*/import[?][^"]*)"', page.text)
        page = browser.get(urllib.parse.urljoin(page.url, html.unescape(found.group(1))))
        self.assertEqual(200, page.status)
        return page

    def form(self, page, button):
        """The form of the page that has this button."""
        for form, text in zip(page.forms(), page.text.split("<form")[1:]):
            if 'value="%s"' % button in text.split("</form>")[0]:
                form["fields"].pop("strict", None)  # a box that is not ticked
                return form
        return self.fail("no button %s: %s" % (button, page.visible()))

    def send_file(self, browser, page, data, name="week.csv", **fields):
        form = self.form(page, "hand_in")
        body, kind = upload(form, name, data, do="hand_in", **fields)
        answer = browser.post(form["action"], body, headers={"Content-Type": kind})
        return browser.follow(answer) if answer.status == 303 else answer

    def press(self, browser, page, button, **fields):
        form = self.form(page, button)
        answer = browser.submit(form, do=button, **fields)
        return browser.follow(answer) if answer.status == 303 else answer

    def settled(self, browser, page):
        """The page once no job works at a file any more."""
        stack.wait_for(lambda: self.count("import_run", "state IN ('taking', 'undoing')") == 0,
                       seconds=120, why="a file is still worked in")
        return browser.get(page.url) if page else None

    def test_5_teacher_looks_takes_in_and_takes_back(self):
        browser, page = self.teacher()
        page = self.import_page(browser, page)
        some = self.students[8:12]
        before = self.rows()
        text = table([["Email", "Quiz 3: Linear equations", "Oral [20]", "Remarks"]] +
                     [[p.email, "8", "15", "good"] for p in some] +
                     [["x@nowhere.test", "1", "", ""]])
        page = self.send_file(browser, page, text)
        self.assertEqual(200, page.status, page.visible()[:500])
        seen = page.visible()
        self.assertIn("4 students were found", seen)
        self.assertIn("8 new grades", seen)
        self.assertIn("1 line or grade cannot be taken in", seen)
        self.assertIn("New activity Oral", re.sub("[\u2066-\u2069]", "", seen))
        self.assertEqual(before, self.rows())
        kept = self.sql("SELECT document_sealed FROM import_run WHERE state = 'preview'")
        self.assertNotIn("nowhere", kept[0][0])
        # Another word on a column: only the quiz goes in.
        page = self.press(browser, page, "choose", c2="ignore")
        self.assertIn("4 new grades", page.visible())
        page = self.press(browser, page, "take", c2="ignore")
        page = self.settled(browser, page)
        self.assertIn("4 grades came in", page.visible())
        self.assertEqual(before + 4, self.rows())
        self.assertEqual(0, self.count("activity", "title = 'Oral'"))
        self.assertEqual(0, self.count("import_run", "document_sealed IS NOT NULL"))
        page = self.press(browser, page, "undo")
        page = self.settled(browser, page)
        self.assertIn("4 grades were taken back", page.visible())
        self.assertEqual(before + 8, self.rows())

    def test_6_without_cookies(self):
        browser, page = self.teacher(cookies=False)
        link = next(f for f in page.forms() if f["action"].endswith("/import"))
        page = browser.submit(link)
        self.assertEqual(200, page.status)
        person = self.students[12]
        page = self.send_file(browser, page, table([["Email", "Oral [20]"], [person.email, "12"]]))
        self.assertIn("1 new grade", page.visible())
        before = self.rows()
        page = self.press(browser, page, "take")
        self.assertEqual(200, page.status)
        self.settled(browser, None)
        self.assertEqual(before + 1, self.rows())

    def test_7_what_is_refused(self):
        browser, page = self.teacher()
        page = self.import_page(browser, page)
        bad = self.send_file(browser, page, b"\x00\x01")
        self.assertIn("cannot be read", bad.visible())
        self.assertEqual(0, self.count("import_run", "state = 'preview'"))
        form = self.form(page, "hand_in")
        none, kind = upload(form, "", b"", do="hand_in")
        answer = browser.post(form["action"], none, headers={"Content-Type": kind})
        self.assertEqual(400, answer.status)
        self.assertIn("choose a file", answer.visible())
        broken = browser.post(form["action"], none[:-8], headers={"Content-Type": kind})
        self.assertEqual(400, broken.status)
        stale, kind = upload(form, "x.csv", b"a,b\n1,2\n", do="hand_in", csrf="x")
        self.assertEqual(403, browser.post(form["action"], stale,
                                           headers={"Content-Type": kind}).status)
        huge, kind = upload(form, "x.csv", b"a,b\n" * (1 << 20) + b"x" * (1 << 20), do="hand_in")
        self.assertEqual(413, browser.post(form["action"], huge,
                                           headers={"Content-Type": kind}).status)
        # Nobody but the course's staff.
        student = Browser(resolve=browser.resolve)
        demo_course.launch(self.platform, self.stack, demo_course.STUDENT, browser=student)
        self.assertEqual(403, student.get(page.url).status)

    def test_8_nearly_four_megabytes(self):
        """The largest file that may come: read, told, and no worker dies of it."""
        browser, page = self.teacher()
        page = self.import_page(browser, page)
        row = b"nobody@nowhere.test," + b"," * 50 + b"\n"
        head = b"email," + b",".join(b"A%d" % i for i in range(51)) + b"\n"
        data = head + row * ((4 * 1024 * 1024 - 4096 - len(head)) // len(row))
        answer = self.send_file(browser, page, data[:len(head) + len(row) * 15000])
        self.assertEqual(200, answer.status, answer.visible()[:500])
        self.assertIn("15000 lines or grades cannot be taken in", answer.visible())
        self.press(browser, answer, "drop")
        many = self.send_file(browser, self.import_page(browser, self.reload(browser)), data)
        self.assertIn("cannot be read", many.visible())

    def reload(self, browser):
        return demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)


class ImportsOnSqlite(Imports, Case):
    database = "sqlite"


class ImportsOnPostgres(Imports, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
