"""Links of one unit and gates through nginx: what is shown, the column's score, a column that
goes away, a map that changes (FEATURES.md 5.6; DL-7)."""
import re
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course, stack

TEACHER = 66


class Gates:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course_id = str(cls.stack.course()["course"])
        cls.tool = next(iter(cls.platform.world.tools.values()))
        cls.course = cls.platform.world.courses[3]

    def walk(self, user, **query):
        query = "&".join("%s=%s" % p for p in {"course": 3, "user": user, **query}.items())
        browser = Browser()
        page = browser.get("%s/mod/lti/launch.php?%s" % (self.platform.base, query))
        for _ in range(8):
            forms = [f for f in page.forms() if f["action"].endswith(("/lti/login", "/lti/launch"))]
            if page.status in (301, 302, 303):
                page = browser.get(page.location)
            elif page.status == 200 and forms:
                page = browser.submit(forms[0])
            else:
                break
        self.assertEqual(200, page.status, page.visible()[:300])
        return browser, page

    def add(self, *views):
        """Links made by Deep Linking: their numbers in the LMS."""
        browser, page = self.walk(TEACHER, message="dl")
        form = page.forms()[0]
        fields = [(k, v) for k, v in form["fields"].items() if k not in ("item", "do", "column")]
        done = browser.post(form["action"], fields + [("item", v) for v in views]
                            + [("do", "add")], headers={"Origin": self.stack.url})
        self.assertEqual(200, browser.submit(done.forms()[0]).status)
        noted = self.platform.deep_link.answers[-1]
        self.assertEqual([], noted["problems"])
        return noted["added"]

    def sync(self):
        self.stack.run("sync", "--course", self.course_id, "--wait", timeout=300)

    def item(self, link):
        """The column of a link in the LMS."""
        return next(n for n, i in self.platform.world.line_items.items()
                    if i.get("resourceLinkId") == str(link))

    def settled(self):
        """Everything worked out, and every score on its way delivered or refused."""
        def done():
            busy = self.count("job", "kind IN ('recompute.course', 'publish.score') AND "
                              "state IN ('ready', 'running')")
            return busy == 0 and self.count("outbox", "state = 'pending'") == 0
        self.sql("UPDATE schedule SET next_ms = 0 WHERE name = 'publish.tick'")
        stack.wait_for(done, 60, why="scores are delivered")

    def scores(self, item):
        return {u: s["score"] for (n, u), s in self.platform.world.scores.items() if n == item}

    def units(self):
        page = self.walk(TEACHER, message="dl")[1]
        return sorted(set(re.findall(r'name="title\.unit/([^"]+)"', page.text)))

    def test_DL_7_a_gate_found_by_the_sync_gets_its_scores(self):
        unit = self.units()[0]
        link = self.add("gate/" + unit)[0]
        self.sync()  # no launch told of the column: its resource id does
        self.assertEqual(1, self.count("gate", "unit = '%s' AND line_item_url IS NOT NULL" % unit))
        self.settled()
        given = self.scores(self.item(link))
        self.assertTrue(given)
        rows = dict((str(s), int(p)) for s, p in self.sql(
            "SELECT p.sub, g.percent FROM gate_score g JOIN person p ON p.person_id = "
            "g.person_id WHERE g.unit = '%s' AND g.percent > 0" % unit))
        told = {str(u): s for u, s in given.items()}
        self.assertEqual(rows, told)
        self.assertTrue(all(0 < s <= 100 for s in told.values()))
        student = next(iter(given))
        _, page = self.walk(student, link=link)
        self.assertIn("/gate", page.url)
        if given[student] < 100:
            self.assertIn("%d percent" % given[student], page.visible())
        else:
            self.assertIn("mastered all of this unit", page.visible())
        browser, page = self.walk(TEACHER, link=link)
        self.assertIn("Restrict access", page.visible())
        self.assertIn("are through", page.visible())
        # Deleted in the LMS: forgotten when a score bounces, and found again when it is back.
        kept = self.platform.world.line_items.pop(self.item(link))
        self.platform.world.scores = {}
        self.sql("UPDATE gate_score SET target = '' WHERE unit = '%s'" % unit)
        self.recompute()
        self.settled()
        self.assertEqual(1, self.count("gate", "unit = '%s' AND line_item_url IS NULL" % unit))
        number = self.platform.world.add_line_item(3, "Gate again", 100, **{
            k: kept[k] for k in ("resourceId", "tag", "resourceLinkId")})
        self.sync()
        self.settled()
        self.assertEqual(told, {str(u): s for u, s in self.scores(number).items()})

    def recompute(self):
        """Work everybody out again, as after a change of the map."""
        self.stack.run("map", "import", demo_course.MAP, "--course", self.course_id)
        self.sync()

    def test_a_gate_told_of_by_its_launch(self):
        unit = self.units()[1]
        link = self.add("gate/" + unit)[0]
        self.assertEqual(0, self.count("gate", "unit = '%s'" % unit))
        student = next(p.num for p in self.course.people.values() if p.is_student)
        _, page = self.walk(student, link=link)
        self.assertIn("/gate", page.url)
        self.assertEqual(1, self.count("gate", "unit = '%s' AND line_item_url IS NOT NULL" % unit))
        self.settled()
        percent = dict(self.sql("SELECT p.sub, g.percent FROM gate_score g JOIN person p ON "
                                "p.person_id = g.person_id WHERE g.unit = '%s'" % unit))
        given = {str(u): s for u, s in self.scores(self.item(link)).items()}
        self.assertEqual({str(s): int(p) for s, p in percent.items() if int(p) > 0}, given)
        before = len(self.platform.world.snapshot())
        self.walk(student, link=link)  # nothing new: nothing is sent
        self.settled()
        self.assertEqual(before, len(self.platform.world.snapshot()))

    def test_a_link_of_one_unit(self):
        unit = self.units()[2]
        link = self.add("unit/" + unit)[0]
        student = next(p.num for p in self.course.people.values() if p.is_student)
        browser, page = self.walk(student, link=link)
        self.assertIn("one unit of Algebra I", page.visible())
        whole = re.search(r'href="([^"]*[?&;]all=1)"', page.text)
        page = browser.get(self.stack.url + whole.group(1).replace("&amp;", "&"))
        self.assertEqual(200, page.status)
        self.assertNotIn("one unit of", page.visible())
        self.assertIn("shows students the unit", self.walk(TEACHER, link=link)[1].visible())
        for view in ("unit", "gate"):
            self.platform.world.links[link]["custom"].update(
                waymark_view=view, waymark_unit="long-gone")
            _, page = self.walk(student, link=link)
            self.assertIn("not in the course's map any more", page.visible())
        for odd in ({"waymark_view": "gate", "waymark_unit": "../<script>"},
                    {"waymark_view": "unit"}, {"waymark_view": "else", "waymark_unit": unit}):
            self.platform.world.links[link]["custom"] = odd
            _, page = self.walk(student, link=link)
            self.assertNotIn("<script>", page.text)
            self.assertIn("/panel", page.url)


class OnSqlite(Gates, Case):
    pass


class OnPostgres(Gates, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
