"""The page "Activities and skills": ties, suggestions, coverage (through nginx and the job
workers), and where recommendations open."""
import csv
import io
import json
import os
import re
import unittest
import urllib.parse

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.test_canvas import CanvasCase
from tests.support import demo_course, stack


class MapCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    def setUp(self):
        self.browser, self.page = self.open_map()
        self.newest = int(self.sql("SELECT coalesce(max(change_id), 0) FROM tie_change")[0][0])

    def tearDown(self):
        """What a test said is taken back, the newest first."""
        said = self.sql("SELECT change_id FROM tie_change WHERE change_id > %d ORDER BY "
                        "change_id DESC" % self.newest)
        for (change,) in said:
            if self.sql("SELECT 1 FROM tie_choice LIMIT 1"):
                self.press(self.at(), "undo", str(change))

    def open_map(self, browser=None):
        browser = browser or Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        link = next(x for x in page.text.split('"') if "/map?" in x).replace("&amp;", "&")
        return browser, browser.get(link if "://" in link else self.stack.url + link)

    def at(self, **more):
        return self.browser.get(self.page.url + "&" + urllib.parse.urlencode(more))

    def press(self, page, button, value, pick=None, **more):
        """A button of a form of the page; the page that follows."""
        wanted = [f for f in page.forms() if f["action"].endswith("/map") and
                  (pick is None or f["fields"].get("activity") == pick)]
        self.assertTrue(wanted, page.visible()[:500])
        form = dict(wanted[0])
        keep = {k: v for k, v in form["fields"].items()
                if k not in ("tie", "untie", "refuse", "undo", "choose")}
        form["fields"] = {**keep, button: value, **more}
        return self.browser.follow(self.browser.submit(form))

    def ties(self, activity):
        return self.sql("SELECT k.item, k.skill_code, k.weight, k.chosen FROM activity_skill k "
                        "JOIN course c ON c.tenant_id = k.tenant_id AND c.map_id = k.map_id "
                        "WHERE k.activity_id = %s ORDER BY k.item, k.skill_code" % activity)

    def settle(self):
        stack.wait_for(lambda: self.count("job", "state IN ('ready', 'running') AND kind LIKE "
                                          "'recompute%'") == 0, 60, every=0.1,
                       why="everybody to be worked out again")

    def some_activity(self):
        """The id of one of the page's without a tie."""
        page = self.at(show="untied")
        found = re.findall(r'id="a-(\d+)"', page.text)
        self.assertTrue(found, page.visible()[:600])
        return found[0]

    def title(self, activity):
        return self.sql("SELECT title FROM activity WHERE activity_id = " + activity)[0][0]

    def verify(self):
        self.settle()
        out = self.stack.run("replay", "--course", self.course, "--verify")
        self.assertIn(" 0 different", out.stdout)


class MapPage(MapCase):
    def test_1_it_shows_the_course(self):
        text = self.page.visible()
        self.assertEqual(200, self.page.status)
        self.assertIn("How much is covered", text)
        self.assertIn("What to do next", text)
        self.assertIn("by the map", text)
        order = [r[0] for r in self.sql("SELECT title FROM activity WHERE visible = 1 "
                                        "ORDER BY position, activity_id")]
        shown = re.findall(r"<h3><bdi>([^<]*)</bdi></h3>", self.page.text)
        self.assertEqual([t for t in order if t in shown], shown)
        self.assertLess(len(self.page.text), 120_000)

    def test_2_tie_and_take_back(self):
        activity = self.some_activity()
        title = self.title(activity)
        page = self.at(q=title)
        before = self.count("tie_change")
        after = self.press(page, "choose", "1", pick=activity, skill="SLOPE", weight="uses")
        self.assertEqual(200, after.status)
        self.assertIn("tells about “Slope of a line” now", after.visible())
        self.assertIn("uses it · by you", after.visible())
        self.assertEqual([("", "SLOPE", 0.5, 1)], self.ties(activity))
        self.assertEqual(1, self.count("job", "kind = 'recompute.course' AND created_ms >= (SELECT "
                                       "max(at_ms) FROM tie_change)"))
        self.verify()
        # A reading of the catalogue and a new version of the map leave it alone.
        self.stack.run("sync", "--course", self.course, "--wait", timeout=120)
        self.assertEqual([("", "SLOPE", 0.5, 1)], self.ties(activity))
        with open(demo_course.MAP) as f:
            document = json.load(f)
        document["title"] += ", again"
        path = os.path.join(self.stack.folder, "again.json")
        with open(path, "w") as f:
            json.dump(document, f)
        self.stack.run("map", "import", path, "--course", self.course)
        self.assertEqual([("", "SLOPE", 0.5, 1)], self.ties(activity))
        self.verify()
        # Take back.
        page = self.at(q=title)
        change = self.sql("SELECT max(change_id) FROM tie_change")[0][0]
        after = self.press(page, "undo", str(change))
        self.assertIn("was taken back", after.visible())
        self.assertEqual([], self.ties(activity))
        self.assertEqual(before + 2, self.count("tie_change"))
        self.verify()

    def test_3_untie_what_the_map_tied(self):
        rows = self.sql("SELECT k.activity_id, k.item, k.skill_code FROM activity_skill k JOIN "
                        "course c ON c.map_id = k.map_id WHERE k.item = '2' LIMIT 1")
        activity, item, skill = str(rows[0][0]), rows[0][1], rows[0][2]
        page = self.at(one=activity)
        self.assertIn("missed it", page.visible())
        self.press(page, "untie", "%s %s" % (skill, item), pick=activity)
        self.assertNotIn((item, skill), [t[:2] for t in self.ties(activity)])
        self.stack.run("sync", "--course", self.course, "--wait", timeout=120)
        self.assertNotIn((item, skill), [t[:2] for t in self.ties(activity)])
        self.verify()
        # One question, another skill.
        page = self.at(one=activity)
        after = self.press(page, "choose", "1", pick=activity, skill="SLOPE", item=item,
                           weight="made")
        self.assertIn((item, "SLOPE", 1.0, 1), self.ties(activity))
        self.assertIn("Question %s" % item, after.visible())

    def test_4_a_suggestion_waits_for_a_word(self):
        activity = self.some_activity()
        title = self.title(activity)
        self.sql("UPDATE activity SET title = 'Slope of lines' WHERE activity_id = %s" % activity)
        page = self.at(show="suggested")
        self.assertIn("Maybe: Slope of a line", page.visible())
        self.assertIn("its title says: Slope, lines", page.visible())
        self.assertEqual([], self.ties(activity), "nothing is tied by itself")
        refused = self.press(page, "refuse", "INTERCEPT ", pick=activity)
        self.assertIn("tells nothing about", refused.visible())
        after = self.press(self.at(show="suggested"), "tie", "SLOPE ", pick=activity)
        self.assertIn("tells about “Slope of a line” now", after.visible())
        self.assertEqual([("SLOPE", 1)], [(t[1], t[3]) for t in self.ties(activity)])
        self.sql("UPDATE activity SET title = '%s' WHERE activity_id = %s" %
                 (title.replace("'", "''"), activity))

    def test_5_what_no_form_of_ours_sends(self):
        activity = self.some_activity()
        page = self.at(one=activity)
        for skill, status in (("NO-SUCH", 400), ("", 400)):
            after = self.press(page, "choose", "1", pick=activity, skill=skill)
            self.assertEqual(status, after.status)
        after = self.press(page, "choose", "1", activity="4711", skill="SLOPE")
        self.assertEqual(400, after.status)
        after = self.press(page, "undo", "4711")
        self.assertEqual(400, after.status)
        self.assertEqual(403, self.press(page, "tie", "SLOPE ", csrf="no").status)
        self.assertEqual(200, self.at(page=-4, show="nonsense", one="x", q="%00"[:0]).status)
        self.assertEqual(200, self.at(page=10**9, q="<b>&\"'", about="NONE").status)
        # Students do not get here.
        browser = Browser()
        demo_course.launch(self.platform, self.stack, demo_course.STUDENT, browser=browser)
        handle = [k for k in browser.jar][0][1].rsplit("_", 1)[-1]
        denied = browser.get(self.stack.url + "/map?l=" + handle)
        self.assertEqual(403, denied.status)

    def test_6_the_command_line_says_the_same(self):
        told = self.stack.json("map", "coverage", "--course", self.course)
        page = self.at().visible()
        self.assertIn("%d of %d" % (told["activities_tied"], told["activities"]), page)
        self.assertIn("%d of %d" % (told["skills_with_items"], told["skills"]), page)
        self.assertEqual(28, told["skills"])
        ties = self.stack.json("map", "ties", "--course", self.course)
        self.assertEqual(told["activities"], len(ties))
        out = self.stack.run("map", "ties", "--course", self.course, "--csv").stdout
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual(sum(len(a["ties"]) for a in ties), len(rows))
        self.assertLessEqual({r["by"] for r in rows}, {"map", "person", "tag"})
        self.assertIn("tell about a skill",
                      self.stack.run("map", "coverage", "--course", self.course).stdout)
        self.assertNotEqual(0, self.stack.run("map", "ties", "--course", "4711",
                                              check=False).returncode)
        self.assertEqual(2, self.stack.run("map", "coverage", "--course", self.course, "--csv",
                                           check=False).returncode)

    def test_7_without_cookies(self):
        browser = Browser(cookies=False)
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        while not any(f["action"].endswith("/map") for f in page.forms()):
            form = next(f for f in page.forms() if f["action"].endswith("/lti/continue"))
            page = browser.follow(browser.submit(form))
        form = next(f for f in page.forms() if f["action"].endswith("/map"))
        page = browser.submit(form)
        self.assertIn("How much is covered", page.visible())
        activity = self.some_activity()
        form = dict(next(f for f in page.forms() if f["fields"].get("activity") == activity))
        keep = {k: v for k, v in form["fields"].items()
                if k in ("l", "csrf", "s", "activity")}
        form["fields"] = {**keep, "choose": "1", "skill": "EQ-ONE", "weight": "made"}
        after = browser.submit(form)
        self.assertEqual(200, after.status)
        self.assertIn("tells about “One-step equations” now", after.visible())
        self.assertEqual([("", "EQ-ONE", 1.0, 1)], self.ties(activity))


class WhereItOpens(Case):
    """What the panel recommends opens at the LMS's own address, above the frame."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    def sync(self):
        self.stack.run("sync", "--course", self.course, "--wait", timeout=120)
        stack.wait_for(lambda: self.count("job", "state IN ('ready', 'running') AND kind LIKE "
                                          "'recompute%'") == 0, 60, every=0.1,
                       why="everybody to be worked out again")

    def links(self):
        """(href, target) of everything that a student may start."""
        page = demo_course.launch(self.platform, self.stack, demo_course.STUDENT)
        self.assertNotIn("#blocked", page.text)
        self.assertNotIn("javascript:", page.text)
        return re.findall(r'<a class="button primary" href="([^"]*)" target="([^"]*)"', page.text)

    def modules(self):
        return self.platform.world.courses[3].modules()

    def test_1_the_address_of_the_lms_in_the_whole_window(self):
        links = self.links()
        self.assertTrue(links)
        for href, target in links:
            self.assertTrue(href.startswith(self.platform.base + "/mod/"), href)
            self.assertEqual("_top", target)

    def test_2_no_other_address(self):
        odd = ["javascript:alert(1)", "https://elsewhere.example.org/mod/quiz/view.php?id=1",
               "/approve", "data:text/html,x", "//elsewhere.example.org/x", "vbscript:x"]
        kept = [(m, dict(m)) for m in self.modules()]
        try:
            with self.platform.world.lock:
                for i, m in enumerate(m for m in self.modules() if m.get("url")):
                    m["url"] = odd[i % len(odd)]
            self.sync()
            base = self.platform.base
            self.assertEqual(0, self.count("activity", "url IS NOT NULL AND substr(url, 1, %d) "
                                           "<> '%s'" % (len(base), base)))
            self.sql("UPDATE activity SET url = NULL")
            self.sync()
            self.assertEqual(0, self.count("activity", "url IS NOT NULL"))
            self.assertEqual([], self.links())
        finally:
            with self.platform.world.lock:
                for m, was in kept:
                    m.update(was)
        self.sync()
        self.assertTrue(self.links())

    def test_3_hidden_closed_or_not_open(self):
        kept = [(m, dict(m)) for m in self.modules()]
        now = int(self.platform.world.now())
        shut = [{"visible": 0},
                {"dates": [{"label": "Opens:", "timestamp": now + 9 * 86400,
                            "dataid": "timeopen"}]},
                {"dates": [{"label": "Closes:", "timestamp": now - 86400,
                            "dataid": "timeclose"}]}]
        try:
            for how in shut:
                with self.platform.world.lock:
                    for m, was in kept:
                        m.update({"visible": was.get("visible", 1), "dates": was.get("dates", [])})
                        m.update(how)
                self.sync()
                self.assertEqual([], self.links(), how)
            with self.platform.world.lock:
                for m, was in kept:
                    m.update({"visible": 1, "dates": []})
                    m["availability"] = '{"op":"&","c":[{"type":"group","id":7}],"showc":[true]}'
            self.sync()
            self.assertTrue(self.links())
            page = demo_course.launch(self.platform, self.stack, demo_course.STUDENT)
            self.assertIn("It may still be locked for you", page.visible())
        finally:
            with self.platform.world.lock:
                for m, was in kept:
                    m.pop("availability", None)
                    m.update(was)


class WhereCanvasOpens(CanvasCase):
    def links(self):
        page = demo_course.launch(self.platform, self.stack, demo_course.STUDENT)
        self.assertNotIn("#blocked", page.text)
        return page, re.findall(r'<a class="button primary" href="([^"]*)" target="([^"]*)"',
                                page.text)

    def read(self):
        self.sync()
        stack.wait_for(lambda: self.count("job", "state IN ('ready', 'running') AND kind LIKE "
                                          "'recompute%'") == 0, 60, every=0.1,
                       why="everybody to be worked out again")

    def test_the_address_of_canvas_while_it_is_open(self):
        self.give_token()
        self.read()
        _, links = self.links()
        self.assertTrue(links)
        for href, target in links:
            self.assertTrue(href.startswith(self.platform.base + "/courses/3/"), href)
            self.assertEqual("_top", target)
        with self.platform.world.lock:
            for m in self.platform.world.courses[3].modules():
                m["dates"] = [{"label": "Until:", "timestamp": 1_700_000_000,
                               "dataid": "cutoffdate"}]
        self.read()
        closed = [r[0] for r in self.sql("SELECT url FROM activity WHERE closes_ms IS NOT NULL")]
        self.assertTrue(closed)
        _, links = self.links()
        self.assertFalse([h for h, _ in links if h in closed], links)


class BigCourse(Case):
    """500 activities and 300 skills: bounded in bytes."""
    def test_the_page_stays_small(self):
        demo_course.prepare(self.stack, self.platform)
        course = str(self.stack.course()["course"])
        tenant, number = self.sql("SELECT tenant_id, course_id FROM course WHERE course_id = "
                                  + course)[0]
        for i in range(500):
            self.sql("INSERT INTO activity (tenant_id, activity_id, course_id, title, kind, url, "
                     "visible, position, source, changed_ms) VALUES (%s, %d, %s, 'Check of topic "
                     "%d', 'quiz', 'https://lms.example.org/mod/quiz/view.php?id=%d', %d, %d, "
                     "'moodle', 1)" % (tenant, 10**6 + i, number, i, i, i % 10 != 0, 1000 + i))
        path = os.path.join(self.stack.folder, "big.json")
        with open(path, "w") as f:
            json.dump({"format": "waymark-map/1", "code": "big", "title": "Big", "language": "en",
                       "skills": [{"code": "S%d" % i, "title": "Topic number %d of many" % i,
                                   "unit": "Unit %d" % (i // 20)} for i in range(300)]}, f)
        self.stack.run("map", "import", path, "--course", course,
                       "--uncovered", "a big map, to see how large the page gets")
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        link = next(x for x in page.text.split('"') if "/map?" in x).replace("&amp;", "&")
        page = browser.get(link if "://" in link else self.stack.url + link)
        self.assertEqual(200, page.status)
        self.assertLess(len(page.text), 60_000)
        last = browser.get(page.url + "&page=999")
        self.assertEqual(200, last.status)
        self.assertLess(len(last.text), 60_000)
        one = browser.get(page.url + "&one=%d" % (10**6 + 7))
        self.assertLess(len(one.text), 60_000)
        self.assertIn("Topic number 299 of many", one.text)


class OnPostgres(MapPage):
    database = "postgresql"

    def ties(self, activity):
        return [(a, b, float(c), int(d)) for a, b, c, d in super().ties(activity)]


if __name__ == "__main__":
    unittest.main()
