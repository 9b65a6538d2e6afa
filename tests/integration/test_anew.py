"""Another map comes into force while a class is at work, and the job that works everybody out
is stopped in the middle (through nginx): every page shows one map with the states that go with
it, and says so."""
import json
import os
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course, stack

OLD, NEW = "Slope of a line", "How steep a line is"
STOP = {
    "sqlite": "CREATE TRIGGER stop_here BEFORE UPDATE ON enrolment WHEN NEW.person_id = %s "
              "BEGIN SELECT RAISE(ABORT, 'stopped by the test'); END",
    "postgresql": "CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                  "IF NEW.person_id = %s THEN RAISE EXCEPTION 'stopped by the test'; END IF; "
                  "RETURN NEW; END $$; CREATE TRIGGER stop_here BEFORE UPDATE ON enrolment "
                  "FOR EACH ROW EXECUTE FUNCTION stop_here()",
}
GO_ON = {"sqlite": "DROP TRIGGER stop_here",
         "postgresql": "DROP TRIGGER stop_here ON enrolment"}


class Anew:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    def person(self, user):
        """The person behind a user of the stand-in, a browser with the panel, and its page."""
        browser = Browser()
        before = {r[0] for r in self.sql("SELECT evidence_id FROM evidence")}
        page = demo_course.launch(self.platform, self.stack, user, browser=browser)
        self.assertEqual(200, page.status, page.visible()[:300])
        new = [r for r in self.sql("SELECT evidence_id, person_id FROM evidence WHERE "
                                   "source_kind = 'launch'") if r[0] not in before]
        return int(new[-1][1]), browser, page.url

    def other_map(self):
        with open(demo_course.MAP, encoding="utf-8") as f:
            m = json.load(f)
        named = [s for s in m["skills"] if s["title"] == OLD]
        self.assertEqual(1, len(named))
        named[0]["title"] = NEW
        path = os.path.join(self.stack.folder, "other.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(m, f)
        return path

    def with_new(self, person):
        return self.count("state_run r JOIN course c ON c.course_id = r.course_id",
                          "r.map_id = c.map_id AND r.person_id = %d" % person) == 1

    def settle(self):
        stack.wait_for(lambda: self.count("job", "state IN ('ready', 'running') AND kind LIKE "
                                                 "'recompute%'") == 0, 90, every=0.1,
                       why="everybody to be worked out again")

    def test_a_page_shows_one_map(self):
        self.settle()
        people = sorted([self.person(u) for u in (36, 40)], key=lambda p: p[0])
        (first, one, one_url), (last, two, two_url) = people
        self.sql(STOP[self.database] % last)
        self.stack.run("map", "import", self.other_map(), "--course", self.course)
        stack.wait_for(lambda: self.with_new(first) and
                       self.count("job", "kind = 'recompute.course' AND error IS NOT NULL "
                                         "AND attempts > 0 AND state = 'ready'") > 0, 60,
                       every=0.1, why="the job to stop in the middle")
        self.assertFalse(self.with_new(last))
        # who is worked out has the new map, and is told why the page is another
        page = one.get(one_url)
        self.assertIn(NEW, page.visible())
        self.assertIn("Updated because the map changed", page.visible())
        # who is not has the old one, whole, and is told that a newer one waits
        page = two.get(two_url)
        self.assertIn(OLD, page.visible())
        self.assertNotIn(NEW, page.visible())
        self.assertIn("The skill map of this course has changed", page.visible())
        self.assertNotIn("Updated because", page.visible())
        # the teacher sees that it is under way
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        self.assertRegex(page.visible(), r"Everybody (is being|will be) worked out anew")
        # it goes on where it stopped, and everybody has the new map
        self.sql(GO_ON[self.database])
        self.settle()
        page = two.get(two_url)
        self.assertIn(NEW, page.visible())
        self.assertIn("Updated because the map changed", page.visible())
        self.assertNotIn("has changed. Until", page.visible())
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        self.assertNotRegex(page.visible(), r"Everybody (is being|will be) worked out anew")
        self.stack.run("replay", "--course", self.course, "--verify")

    def test_fit_says_what_it_needs(self):
        out = self.stack.run("fit", "--course", self.course).stdout
        self.assertIn("at least 2000 answers of 50 students", out)
        self.assertEqual([], self.stack.json("fit", "list", "--course", self.course))
        answer = self.stack.run("fit", "use", "--course", self.course, "12", check=False)
        self.assertEqual(1, answer.returncode)
        self.assertIn("no model 12", answer.stderr)


class OnSqlite(Anew, Case):
    database = "sqlite"


class OnPostgres(Anew, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
