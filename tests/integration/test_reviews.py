"""Submission review, data privacy and context launches (LTI.md 8.3 to 8.5), through nginx, over
the recorded course: who sees whom, and what is noted about it."""
import re
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import AGS, GONE, INSTRUCTOR, LEARNER, MEMBERSHIP
from tests.support import demo_course

REVIEW, PRIVACY = "LtiSubmissionReviewRequest", "LtiDataPrivacyLaunchRequest"
CONTEXT = "LtiContextLaunchRequest"
NOWHERE = {"context": GONE, "resource_link": GONE}
INST_ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
SYS_ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"


class Course(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)

    def enters(self, browser=None, **changes):
        """(page, browser) of a launch that opens."""
        browser = browser or Browser()
        people = self.platform.world.courses[3].people
        number = int(changes["sub"]) if changes["sub"].isdigit() else 0
        name = people[number].name if number in people else GONE
        changes = {"name": name, "given_name": GONE, "family_name": GONE, **changes}
        return self.opened(self.launcher.attempt(browser=browser, **changes), browser), browser

    def elsewhere(self, page, browser, path):
        """Another page of the same session."""
        return browser.get("%s%s?%s" % (self.stack.url, path, page.url.split("?", 1)[1]))

    def name(self, number):
        return self.platform.world.courses[3].people[number].name


class Reviews:
    """8.3."""

    def review(self, sub, about, roles=(INSTRUCTOR,), **changes):
        column = {AGS: {"scope": [], "lineitem": self.platform.base + "/mod/lti/services.php/3/"
                        "lineitems/1/lineitem"}}
        return self.enters(sub=sub, roles=list(roles), message_type=REVIEW,
                           for_user={"user_id": about}, **{**column, **changes})

    def looked(self, sub, about):
        return int(self.sql(
            "SELECT count(*) FROM looked l JOIN person a ON a.person_id = l.about_person_id "
            "JOIN person b ON b.person_id = l.by_person_id WHERE a.sub = '%s' AND b.sub = '%s'"
            % (about, sub))[0][0])

    def test_a_teacher_sees_the_students_work_and_it_is_noted(self):
        before = self.looked("66", "36")
        page, browser = self.review("66", "36")
        self.assertIn("/review", page.url)
        self.assertIn(self.name(36), page.visible())
        self.assertRegex(page.visible(), r"\d+ of \d+ skills mastered")
        self.assertIn("The work behind it", page.visible())
        self.assertGreater(page.text.count("<time"), 2)
        states = page.text.count('class="state ')
        self.assertEqual(states, len(re.findall(r'href="[^"]*/skill\?[^"]*code=', page.text)),
                         "a state without a way to what would change it")
        self.assertGreater(states, 20)
        self.assertGreater(self.looked("66", "36"), before)
        link = re.search(r'href="([^"]*/person\?[^"]*)"', page.text).group(1)
        more = browser.get(self.stack.url + link.replace("&amp;", "&"))
        self.assertEqual(200, more.status)
        self.assertIn(self.name(36), more.visible())

    def test_a_student_sees_their_own_work(self):
        page, browser = self.review("36", "36", roles=[LEARNER])
        self.assertIn("What counted for you", page.visible())
        for other in (p.name for p in self.platform.world.courses[3].people.values()
                      if p.num != 36):
            self.assertNotIn(other, page.visible())
        for path in ("/course", "/person"):
            self.assertEqual(403, self.elsewhere(page, browser, path).status)
        self.assertEqual(404, self.elsewhere(page, browser, "/privacy").status)

    def test_a_teacher_who_is_also_the_user_sees_their_own(self):
        page, _ = self.review("66", "66", roles=[INSTRUCTOR, LEARNER])
        self.assertIn("No submission yet", page.visible())

    def test_a_former_student_stays_visible(self):
        self.sql("UPDATE enrolment SET status = 'inactive' WHERE person_id = "
                 "(SELECT person_id FROM person WHERE sub = '41')")
        page, _ = self.review("66", "41")
        self.assertIn(self.name(41), page.visible())
        self.assertIn("no longer in the course", page.visible())

    def test_whom_nobody_knows_has_no_submission(self):
        for about in ("99999", "<script>alert(1)</script>", "36 ", "' OR 1=1 --"):
            page, _ = self.review("66", about)
            self.assertIn("No submission yet", page.visible())
            self.assertNotIn("<script>alert", page.text)
        self.assertEqual(0, self.count("person", "sub = '99999'"))

    def test_a_person_of_another_course_is_not_shown(self):
        """for_user is no key to other courses: staff of one see nobody of another."""
        other = {"id": "77", "title": "Another course"}
        page, browser = self.review("501", "36", context=other)
        self.assertIn("No submission yet", page.visible())
        self.assertNotIn(self.name(36), page.text)
        person = self.sql("SELECT person_id FROM person WHERE sub = '36'")[0][0]
        answer = browser.get("%s/person?person=%s&%s" % (self.stack.url, person,
                                                         page.url.split("?", 1)[1]))
        self.assertEqual(404, answer.status)

    def test_somebody_who_only_opened_the_course_has_no_submission(self):
        self.opens(sub="visitor", name="Vera Visitor")
        page, _ = self.review("66", "visitor")
        self.assertIn("No submission yet", page.visible())
        self.assertNotIn("Vera Visitor", page.text)

    def test_without_cookies(self):
        browser = Browser(cookies=False)
        ask = self.launcher.attempt(
            browser=browser, sub="66", name=self.name(66), roles=[INSTRUCTOR],
            message_type=REVIEW,
            for_user={"user_id": "36"},
            **{AGS: {"scope": [], "lineitem": self.platform.base + "/x/1"}})
        self.assertNotIn(self.name(36), ask.text)
        page = browser.submit(ask.forms()[0])
        self.assertEqual(200, page.status)
        self.assertIn("The work behind it", page.visible())

    def test_of_one_unit(self):
        """The unit that the link shows, or whose column it is; nothing of the others."""
        unit = self.sql("SELECT unit FROM skill ORDER BY ord LIMIT 1")[0][0]
        skills = self.sql("SELECT title, unit FROM skill")
        slug = re.sub("[^a-z0-9]+", "-", unit.lower()).strip("-")
        page, _ = self.review("66", "36", custom={"waymark_view": "unit",
                                                  "waymark_unit": slug})
        for title, of in skills:
            (self.assertIn if of == unit else self.assertNotIn)(title, page.visible())
        item = self.platform.base + "/gates/1"
        self.sql("INSERT INTO gate (tenant_id, course_id, unit, line_item_url, maximum, "
                 "created_ms) SELECT tenant_id, course_id, '%s', '%s', 100, 1 FROM course "
                 "WHERE context_id = '3'" % (slug, item))
        self.addCleanup(self.sql, "DELETE FROM gate")
        gate, _ = self.review("66", "36", **{AGS: {"scope": [], "lineitem": item}})
        self.assertIn(unit, gate.visible())
        self.assertNotIn(next(t for t, u in skills if u != unit), gate.visible())


class Privacy:
    """8.4."""

    def privacy(self, sub, roles, kind=None, **changes):
        return self.enters(sub=sub, roles=list(roles), message_type=kind or PRIVACY,
                           **{**NOWHERE, **changes})

    def ask(self, page, browser, kind):
        form = next(f for f in page.forms() if f["fields"].get("kind") == kind)
        return browser.follow(browser.submit(form))

    def tearDown(self):
        self.sql("DELETE FROM privacy_request")

    def test_oneself(self):
        for changes in ({}, {"for_user": {"user_id": "36"}}):
            page, browser = self.privacy("36", [], **changes)
            self.assertIn("What is kept about you", page.visible())
            self.assertIn("Algebra I", page.visible())
        for path in ("/panel", "/stored", "/course", "/person", "/review", "/choices"):
            self.assertIn(self.elsewhere(page, browser, path).status, (403, 404), path)

    def test_requests_are_recorded_and_told_to_the_administrator(self):
        page, browser = self.privacy("36", [LEARNER])
        after = self.ask(page, browser, "export")
        self.assertIn("asked for", after.visible())
        browser.submit(next(f for f in page.forms() if f["fields"].get("kind") == "export"))
        self.assertEqual(1, self.count("privacy_request"))
        self.ask(page, browser, "erase")
        listed = self.stack.json("privacy", "list")
        self.assertEqual(["export", "erase"], [r["kind"] for r in listed])
        self.assertEqual({"36"}, {r["person"] for r in listed} | {r["by"] for r in listed})
        self.assertEqual(1, self.count("person", "sub = '36'"))  # nothing by itself
        self.stack.run("privacy", "done", str(listed[0]["id"]))
        self.stack.run("privacy", "refuse", str(listed[1]["id"]))
        self.assertEqual([], self.stack.json("privacy", "list"))
        self.assertEqual(1, self.stack.run("privacy", "done", str(listed[0]["id"]),
                                           check=False).returncode)
        again, _ = self.privacy("36", [])
        self.assertIn("refused", again.visible())

    def test_an_administrator_asks_for_somebody(self):
        for roles, kind, user in (([INST_ADMIN], PRIVACY, {"user_id": "36"}),
                                  ([SYS_ADMIN], "DataPrivacyLaunchRequest", {"id": "36"})):
            page, browser = self.privacy("admin-1", roles, kind=kind, for_user=user)
            self.assertIn("What is kept about this person", page.visible())
            self.assertIn(self.name(36), page.visible())
        self.ask(page, browser, "erase")
        self.assertEqual(["admin-1"], [r["by"] for r in self.stack.json("privacy", "list")])
        self.assertGreater(self.count("looked", "page = 'privacy'"), 0)

    def test_others_need_an_administrator_above_the_course(self):
        for roles in ([], [LEARNER], [INSTRUCTOR], [MEMBERSHIP + "Administrator"]):
            self.refuses(403, "PRIVACY_OTHER", sub="36", roles=roles, message_type=PRIVACY,
                         for_user={"user_id": "37"}, **NOWHERE)
        self.refuses(400, "PRIVACY", sub="36", roles=[INST_ADMIN], message_type=PRIVACY,
                     for_user={}, **NOWHERE)

    def test_whom_nobody_knows(self):
        page, _ = self.privacy("admin-1", [INST_ADMIN], for_user={"user_id": "<b>nobody"})
        self.assertIn("Nothing is kept about this person", page.visible())
        self.assertFalse([f for f in page.forms() if "/privacy" in f["action"]])
        self.assertEqual(0, self.count("person", "sub = '<b>nobody'"))

    def test_the_form_needs_its_token_and_a_known_word(self):
        page, browser = self.privacy("36", [])
        form = next(f for f in page.forms() if f["fields"].get("kind") == "export")
        self.assertEqual(403, browser.submit(form, csrf="x").status)
        self.assertEqual(400, browser.submit(form, kind="everything").status)
        self.assertEqual(0, self.count("privacy_request"))

    def test_a_course_session_asks_for_nothing(self):
        page, browser = self.enters(sub="36")
        self.assertEqual(404, self.elsewhere(page, browser, "/privacy").status)
        handle = page.url.split("?l=", 1)[1]
        csrf = next(f["fields"]["csrf"] for f in page.forms() if "csrf" in f["fields"])
        answer = browser.post(self.stack.url + "/privacy/ask",
                              {"l": handle, "csrf": csrf, "kind": "erase"},
                              headers={"Origin": self.stack.url})
        self.assertEqual(404, answer.status)

    def test_privacy_without_cookies(self):
        browser = Browser(cookies=False)
        ask = self.launcher.attempt(browser=browser, sub="36", roles=[],
                                    message_type=PRIVACY, **NOWHERE)
        page = browser.submit(ask.forms()[0])
        after = self.ask(page, browser, "export")
        self.assertEqual(200, after.status)
        self.assertIn("asked for", after.visible())


class Contexts:
    """8.5."""

    def test_a_course_without_a_link(self):
        page, _ = self.enters(sub="66", roles=[INSTRUCTOR], message_type=CONTEXT,
                              resource_link=GONE)
        self.assertIn("/course", page.url)
        self.assertIn("Algebra I", page.visible())
        page, _ = self.enters(sub="36", message_type=CONTEXT, resource_link=GONE)
        self.assertTrue(self.learner_page(page))
        self.assertIn("Algebra I", page.visible())

    def test_it_needs_a_context_and_a_user(self):
        for context in (GONE, {}, {"title": "x"}, "3"):
            self.refuses(400, "CONTEXT", message_type=CONTEXT, resource_link=GONE,
                         context=context)
        self.refuses(400, "SUB", message_type=CONTEXT, resource_link=GONE, sub=GONE)
        self.refuses(400, "ROLES", message_type=CONTEXT, resource_link=GONE, roles=None)


class OnSqlite(Reviews, Privacy, Contexts, Course):
    database = "sqlite"


class OnPostgres(Reviews, Privacy, Contexts, Course):
    database = "postgresql"


del Course

if __name__ == "__main__":
    unittest.main()
