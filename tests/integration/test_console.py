"""The certification console, through nginx: every button, what is shown and what never is, and
whom it lets do what (LTI.md 9.1)."""
import json
import re
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import AGS, GONE, INSTRUCTOR, LEARNER, NRPS
from tests.support import demo_course, stack

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"


class ConsoleCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.launcher.launch(sub="36")  # a learner with the services' claims

    def console(self, browser=None, **changes):
        """(the page, its browser) of a teacher."""
        browser = browser or Browser()
        changes = {"sub": "66", "name": "Tess Teacher", "roles": [INSTRUCTOR], **changes}
        if not browser.cookies_on:
            page = self.launcher.attempt(browser=browser, **changes)
            page = browser.submit(page.forms()[0])
            form = next(f for f in page.forms() if f["action"].endswith("/start") or
                        "/console" in f["action"])
            fields = {k: form["fields"][k] for k in ("l", "csrf", "s")}
            return browser.post(self.stack.url + "/console", fields,
                                headers={"Origin": self.stack.url}), browser
        page = self.opened(self.launcher.attempt(browser=browser, **changes), browser)
        return browser.get("%s/console?%s" % (self.stack.url, page.url.split("?", 1)[1])), browser

    def press(self, page, browser, kind, **fields):
        """Press a button and wait for the answer: the page that shows it."""
        form = next(f for f in page.forms() if f["fields"].get("kind") == kind)
        page = browser.follow(browser.submit(form, **fields))
        self.assertEqual(200, page.status, page.visible()[:300])

        def answered():
            nonlocal page
            if "On its way." not in page.visible():
                return page
            if browser.cookies_on:
                page = browser.get(page.url)
            else:
                here = next(f for f in page.forms() if f["action"].endswith("/console")
                            and "call" not in f["fields"])
                page = browser.submit(here)
            return None
        return stack.wait_for(answered, 30, every=0.2, why="the answer to " + kind)

    def said(self, endpoint, method="GET"):
        """The last request of that kind that the platform got."""
        return next(r for name, r in reversed(self.platform.heard)
                    if name == endpoint and r.method == method)

    def made(self, page):
        """The line items that the page offers for a score."""
        return sorted(set(re.findall(r'<option value="(\d+)">Waymark console', page.text)))

    def tokens(self):
        with self.platform.world.lock:
            return list(self.platform.world.tokens)


class Buttons:
    def test_1_members(self):
        page, browser = self.console()
        page = self.press(page, browser, "members")
        heard = self.said("nrps")
        self.assertEqual("application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
                         heard.headers["Accept"])
        self.assertTrue(heard.headers["Authorization"].startswith("Bearer "))
        text = page.visible()
        self.assertIn("Fetch members: done", text)
        self.assertIn("Accept: application/vnd.ims.lti-nrps.v2", text)
        self.assertIn("Authorization: Bearer (hidden)", text)
        self.assertIn('"members"', text)
        self.assertIn("200", text)
        self.assertNotIn("Only the beginning is shown", text)
        self.platform.world.patch["nrps"] = lambda body: {**body, "x": "y" * 20000 + "end"}
        self.addCleanup(self.platform.world.patch.pop, "nrps")
        page = self.press(page, browser, "members")
        self.assertIn("Only the beginning is shown", page.visible())
        self.assertNotIn("yend", page.text)

    def test_2_line_items_scores_and_results(self):
        page, browser = self.console()
        self.assertIn("create a line item first", page.visible())
        before = len(self.platform.world.line_items)
        for _ in range(2):
            page = self.press(page, browser, "create")
            self.assertIn("Create a line item: done", page.visible())
        self.assertEqual(before + 2, len(self.platform.world.line_items))
        self.assertEqual("application/vnd.ims.lis.v2.lineitem+json",
                         self.said("lineitems", "POST").headers["Content-Type"])
        items = self.made(page)
        self.assertEqual(2, len(items))
        person = self.sql("SELECT person_id FROM person WHERE sub = '36'")[0][0]
        page = self.press(page, browser, "score", person=str(person), item=items[0],
                          score="85")
        self.assertIn("Post a score: done", page.visible())
        sent = json.loads(self.said("scores", "POST").body)
        self.assertEqual(("36", 85, 100, "Completed", "FullyGraded"), tuple(
            sent[k] for k in ("userId", "scoreGiven", "scoreMaximum", "activityProgress",
                              "gradingProgress")))
        page = self.press(page, browser, "results", item=items[0])
        self.assertIn("Read results: done", page.visible())
        self.assertIn('"resultScore":85', page.visible())
        page = self.press(page, browser, "items")
        self.assertIn("waymark-console", page.visible())
        keep = self.platform.world.add_line_item(3, "A teacher's own", 10, {}, tag="other")
        page = self.press(page, browser, "delete")
        self.assertIn("Delete line items made here: done", page.visible())
        self.assertEqual([], self.made(page))
        left = self.platform.world.line_items
        self.assertEqual(before + 1, len(left))
        self.assertIn(keep, left)
        self.assertIn("DELETE http", page.visible())
        left.pop(keep)

    def test_3_tokens_are_neither_shown_nor_kept(self):
        """Also of a platform that repeats them."""
        page, browser = self.console()
        self.sql("DELETE FROM access_token")  # so that the newest is the one that is used
        self.platform.world.patch["nrps"] = lambda body: {
            **body, "members": [{"user_id": "1", "roles": [], "name": t}
                                for t in self.tokens()[-1:]]}
        self.addCleanup(self.platform.world.patch.pop, "nrps")
        page = self.press(page, browser, "members")
        self.assertTrue(self.tokens())
        self.assertNotIn(self.tokens()[-1], page.text)
        self.assertIn("(hidden)", page.visible().split("members", 1)[1])
        rows = self.sql("SELECT request, answer FROM console_call")
        for request, answer in rows:
            self.assertNotIn("members", answer)  # sealed
            for token in self.tokens():
                self.assertNotIn(token, request + answer)
        self.assertNotIn(self.tokens()[-1], self.log_json())

    def test_4_markup_of_the_platform_is_text(self):
        page, browser = self.console()
        self.platform.misbehave.set([{"on": "nrps", "do": "replace", "times": 1,
                                      "body": "<script>alert(1)</script>", "type": "text/html"}])
        self.addCleanup(self.platform.misbehave.set, [])
        page = self.press(page, browser, "members")
        self.assertNotIn("<script>alert", page.text)
        self.assertIn("<script>alert(1)</script>", page.visible())

    def test_5_a_platform_that_refuses_or_does_not_answer(self):
        page, browser = self.console()
        self.addCleanup(self.platform.misbehave.set, [])
        self.platform.misbehave.set([{"on": "nrps", "do": "status", "code": 403,
                                      "body": "not for you"}])
        page = self.press(page, browser, "members")
        self.assertIn("Fetch members: refused", page.visible())
        self.assertIn("not for you", page.visible())
        self.platform.misbehave.set([{"on": "nrps", "do": "close"}])
        page = self.press(page, browser, "members")
        self.assertIn("There was no answer", page.visible())

    def test_6_without_cookies_and_scripts(self):
        page, browser = self.console(browser=Browser(cookies=False))
        self.assertEqual(200, page.status, page.visible()[:300])
        self.assertNotIn('http-equiv="refresh"', page.text)
        page = self.press(page, browser, "members")
        self.assertIn("Fetch members: done", page.visible())


class Doors:
    def test_students_and_strangers_stay_out(self):
        browser = Browser()
        panel = self.opened(self.launcher.attempt(browser=browser, sub="36"), browser)
        query = panel.url.split("?", 1)[1]
        self.assertEqual(403, browser.get("%s/console?%s" % (self.stack.url, query)).status)
        csrf = next((f["fields"]["csrf"] for f in panel.forms() if "csrf" in f["fields"]), "x")
        answer = browser.post(self.stack.url + "/console/do",
                              {"l": query.split("=", 1)[1], "csrf": csrf, "kind": "create"},
                              headers={"Origin": self.stack.url})
        self.assertEqual(403, answer.status)

    def test_forms_need_their_token_and_a_known_word(self):
        before = self.count("console_call")
        page, browser = self.console()
        form = next(f for f in page.forms() if f["fields"].get("kind") == "create")
        self.assertEqual(403, browser.submit(form, csrf="x").status)
        self.assertEqual(400, browser.submit(form, kind="anything").status)
        self.assertEqual(before, self.count("console_call"))

    def test_a_course_sees_its_own_calls_only(self):
        page, browser = self.console()
        self.press(page, browser, "items")
        other, elsewhere = self.console(context={"id": "other", "title": "Other"})
        self.assertNotIn("List line items: done", other.visible())
        call = self.sql("SELECT max(call_id) FROM console_call")[0][0]
        answer = elsewhere.get("%s&call=%s" % (other.url, call))
        self.assertNotIn("List line items: done", answer.visible())

    def test_a_score_needs_a_student_and_a_line_item_made_here(self):
        page, browser = self.console()
        page = self.press(page, browser, "create")
        teacher = self.sql("SELECT person_id FROM person WHERE sub = '66'")[0][0]
        asked = self.platform.count("scores")
        page = self.press(page, browser, "score", person=str(teacher), item=self.made(page)[-1])
        self.assertIn("not a student of the course", page.visible())
        page = self.press(page, browser, "score", item="1")
        self.assertIn("no such line item", page.visible())
        self.assertEqual(asked, self.platform.count("scores"))
        self.press(page, browser, "delete")

    def test_services_that_are_not_offered(self):
        page, _ = self.console(context={"id": "bare", "title": "Bare"},
                               **{AGS: GONE, NRPS: GONE})
        self.assertEqual(2, page.visible().count("does not offer this"))
        self.assertFalse([f for f in page.forms() if "/console/do" in f["action"]])

    def test_the_course_page_leads_there(self):
        course = next(c for c in self.stack.json("course", "list") if c["context_id"] == "3")
        self.stack.run("map", "import", demo_course.MAP, "--course", str(course["course"]))
        page = self.opens(sub="66", name="Tess Teacher", roles=[INSTRUCTOR])
        self.assertIn("Services of the learning site", page.visible())
        self.assertIn("See it as a student does", page.visible())


class OnSqlite(Buttons, Doors, ConsoleCase):
    database = "sqlite"


class OnPostgres(Buttons, Doors, ConsoleCase):
    database = "postgresql"


del ConsoleCase

if __name__ == "__main__":
    unittest.main()
