"""How fresh the data is: what the page and the commands say, and who asks for a reading."""
import json
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course, stack

LONG = 240  # seconds that only end a hang
HOUR = 3_600_000


class Sources(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        page = demo_course.launch(cls.platform, cls.stack, demo_course.TEACHER,
                                  browser=cls.browser)
        cls.base = page.url.split("?")[0].rsplit("/", 1)[0]
        cls.handle = page.url.split("l=")[1].split("&")[0]
        cls.first = cls.browser.get(cls.address("/sources")).visible()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    @classmethod
    def address(cls, path):
        return "%s%s?l=%s" % (cls.base, path, cls.handle)

    def setUp(self):
        self.addCleanup(self.platform.misbehave.set, [])
        self.settle()

    def settle(self):
        busy = ("state IN ('ready', 'running') AND kind IN ('sync.course', 'recompute.course', "
                "'recompute.rest')")
        stack.wait_for(lambda: not self.count("job", busy), LONG)

    def seen(self):
        page = self.browser.get(self.address("/sources"))
        self.assertEqual(200, page.status)
        return page

    def changes(self):
        self.stack.run("sync", "--course", self.course, "--changes", "--wait", timeout=LONG)

    def test_before_anything_was_read(self):
        self.assertIn("Nothing has been read", self.first)
        self.assertIn("Nobody has given Waymark a key", self.first)

    def test_every_source_and_what_the_site_tells(self):
        text = self.seen().visible()
        for word in ("Grades", "Roster", "Quiz details", "Activities", "1 minute ago", "just now",
                     "Marks question by question", "Everything was last read"):
            if word not in ("1 minute ago", "just now"):
                self.assertIn(word, text)
        self.assertNotIn("Nobody has given Waymark a key", text)
        self.assertIn("What has changed since", text.split("What it does not tell")[0])

    def test_an_error_in_words_and_what_to_do(self):
        body = json.dumps({"exception": "e", "errorcode": "nopermissions", "message": "no"})
        self.platform.misbehave.set([{"on": "ws:gradereport_user_get_grade_items",
                                      "do": "replace", "body": body, "type": "application/json"}])
        self.stack.run("sync", "--course", self.course, "--wait", check=False, timeout=LONG)
        text = self.seen().visible()
        self.assertIn("moodle/grade:viewall", text)
        self.assertIn("Read the data once more", text)
        self.assertIn("moodle/grade:viewall", self.stack.run("status").stdout)
        self.platform.misbehave.set([])
        page = self.browser.submit(next(f for f in self.seen().forms()
                                        if f["action"].endswith("/sync")))
        self.assertIn(page.status, (200, 303))
        self.assertTrue(page.status == 200 or "/sources" in page.location)
        self.settle()
        self.assertNotIn("moodle/grade:viewall", self.seen().visible())

    def test_students_do_not_see_it(self):
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.STUDENT, browser=browser)
        answer = browser.get(page.url.replace("/panel", "/sources"))
        self.assertEqual(403, answer.status)

    def test_commands_tell_the_same(self):
        rows = {s["source"]: s for s in next(
            c for c in self.stack.json("status")["courses"]
            if str(c["course"]) == self.course)["sources"]}
        self.assertEqual({"activities", "grades", "quizzes", "roster"},
                         {"activities", "grades", "quizzes", "roster"} & set(rows))
        self.assertGreater(rows["grades"]["ok_ms"], 0)
        out = self.stack.run("sync", "--course", self.course, "--changes", "--wait",
                             timeout=LONG).stdout
        self.assertIn("grades 20", out)
        self.assertIn("next reading", out)

    def test_changes_alone(self):
        """The roster, the course page and columns are left alone; a new grade comes."""
        course = self.platform.world.courses[3]
        self.stack.run("sync", "--course", self.course, "--wait", timeout=LONG)
        self.settle()
        rows = self.count("evidence")
        states = self.sql("SELECT states_ms FROM course")
        before = dict(self.platform.counts)
        self.changes()
        asked = {k: v - before.get(k, 0) for k, v in self.platform.counts.items()
                 if v != before.get(k, 0)}
        self.assertLessEqual(sum(asked.values()), 4, asked)
        self.assertNotIn("nrps", asked)
        self.assertEqual(rows, self.count("evidence"))
        self.settle()
        self.assertEqual(states, self.sql("SELECT states_ms FROM course"))  # nobody's again
        old = course.grades[36, 9]
        course.grades[36, 9] = [91, None, int(self.platform.world.now())]
        self.addCleanup(course.grades.__setitem__, (36, 9), old)
        self.changes()
        self.assertEqual(rows + 1, self.count("evidence"))

    def test_work_that_falls_due_is_news_about_everybody(self):
        """Nothing came for those who have not handed in: their flags are worked out again."""
        self.stack.run("sync", "--course", self.course, "--wait", timeout=LONG)
        self.settle()
        read = int(self.sql("SELECT grades_ms FROM course")[0][0])
        states = self.sql("SELECT states_ms FROM course")
        activity, due = self.sql("SELECT activity_id, coalesce(due_ms, 0) FROM activity WHERE "
                                 "kind = 'assign' LIMIT 1")[0]
        self.sql("UPDATE activity SET due_ms = %d WHERE activity_id = %s" % (read + 1, activity))
        self.changes()
        stack.wait_for(lambda: self.sql("SELECT states_ms FROM course") != states, LONG,
                       why="everybody's states")
        self.sql("UPDATE activity SET due_ms = %s WHERE activity_id = %s" % (due, activity))

    def test_a_page_with_stale_data_asks_once(self):
        self.sql("UPDATE course SET begun_ms = begun_ms - %d, wanted_ms = 0" % HOUR)
        begun = self.sql("SELECT begun_ms FROM course")
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.STUDENT, browser=browser)
        self.assertEqual(200, page.status)
        wanted = self.sql("SELECT wanted_ms FROM course")
        self.assertNotEqual("0", str(wanted[0][0]))
        stack.wait_for(lambda: self.sql("SELECT begun_ms FROM course") != begun, LONG,
                       why="the reading")
        self.settle()
        self.sql("UPDATE course SET begun_ms = begun_ms - %d" % HOUR)
        begun = self.sql("SELECT begun_ms FROM course")
        for _ in range(5):
            self.assertEqual(200, browser.get(page.url).status)
        self.assertEqual(wanted, self.sql("SELECT wanted_ms FROM course"))  # five minutes at least
        self.settle()
        self.assertEqual(begun, self.sql("SELECT begun_ms FROM course"))

    def test_the_clock_asks(self):
        self.sql("UPDATE course SET begun_ms = begun_ms - %d" % (2 * HOUR))
        begun = self.sql("SELECT begun_ms FROM course")
        self.sql("UPDATE schedule SET next_ms = 0 WHERE name = 'sync.tick'")
        stack.wait_for(lambda: self.sql("SELECT begun_ms FROM course") != begun, LONG,
                       why="the reading by the clock")


class SourcesOnPostgres(Sources):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
