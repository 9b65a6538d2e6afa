"""Pages of the recorded course through nginx: what a student and a teacher read, and what each
must not get at."""
import gzip
import html
import re
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import INSTRUCTOR
from tests.platform import demo
from tests.support import demo_course


class Pages:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)

    def page(self, user, browser=None):
        answer = demo_course.launch(self.platform, self.stack, user, browser=browser)
        self.assertEqual(200, answer.status, answer.visible()[:300])
        return answer

    def test_student_reads_what_to_do_next_and_why(self):
        panel = self.page(36)
        self.assertIn("Algebra I", panel.visible())
        found = demo.cards(panel)
        self.assertGreaterEqual(len(found), 3, found)
        for card in found:
            self.assertRegex(card, "Why")

    def test_every_student_has_a_panel(self):
        for person in self.platform.world.courses[3].people.values():
            if person.is_student and not person.suspended:
                panel = self.page(person.num)
                self.assertIn("Algebra I", panel.visible(), person.name)

    def test_no_risk_words_and_no_other_student(self):
        names = [p.family for p in self.platform.world.courses[3].people.values()
                 if p.is_student and p.num != 36]
        panel = self.page(36).visible()
        for word in ("at risk", "risk", "failing", "class average", "struggling"):
            self.assertNotIn(word, panel.lower())
        for name in names:
            self.assertNotRegex(panel, r"\b%s\b" % re.escape(name))

    def test_teacher_reads_the_course(self):
        text = self.page(66).visible()
        self.assertIn("Algebra I", text)
        listed = [p.name for p in self.platform.world.courses[3].people.values()
                  if p.is_student and not p.suspended and p.name in text]
        self.assertGreaterEqual(len(listed), 25)

    def test_flags_tell_their_evidence(self):
        """Students who have not opened the course for long are named, with what was seen."""
        text = self.page(66).visible()
        self.assertIn("Rosa Rossi", text)

    def test_student_must_not_open_teachers_pages(self):
        browser = Browser()
        panel = self.page(36, browser)
        query = panel.url.split("?", 1)[1]
        for path in ("/course", "/person", "/start"):
            answer = browser.get("%s%s?%s" % (self.stack.url, path, query))
            self.assertEqual(403, answer.status, path)
            self.assertNotIn("Ben Brown", answer.text)

    def test_forms_need_their_token(self):
        """SES-1: CSRF: a POST without the session's token changes nothing."""
        browser = Browser()
        panel = self.page(66, browser)
        handle = re.search(r"[?&]l=([\w-]+)", panel.url).group(1)
        for path in ("/sync", "/decide", "/judge"):
            answer = browser.post("%s%s" % (self.stack.url, path), {"l": handle},
                                  headers={"Origin": "https://evil.test"})
            self.assertEqual(403, answer.status, path)

    def test_teacher_starts_a_synchronisation(self):
        browser = Browser()
        page = self.page(66, browser)
        form = next(f for f in page.forms() if f["action"].split("?")[0].endswith("/sync"))
        answer = browser.follow(browser.submit(form))
        self.assertEqual(200, answer.status)

    def test_what_a_student_says_reaches_the_teacher(self):
        """A question that only the database knew: nobody would ever have answered it."""
        student, teacher = Browser(), Browser()
        ask = next(f for f in self.page(40, student).forms()
                   if f["fields"].get("kind") == "ask_teacher")
        student.follow(student.submit(ask))
        page = self.page(66, teacher)
        self.assertIn("Emma Evans asks for help", page.visible())
        done = next(f for f in page.forms() if f["fields"].get("kind") == "message_done")
        page = teacher.follow(teacher.submit(done))
        self.assertNotIn("Emma Evans asks for help", page.visible())

    def test_a_teacher_says_what_they_have_seen(self):
        """A skill that no open activity asks for: a teacher's word is evidence."""
        student, teacher = Browser(), Browser()
        panel = self.page(40, student)
        handle = re.search(r"[?&]l=([\w-]+)", panel.url).group(1)
        token = panel.forms()[0]["fields"]["csrf"]
        answer = student.post(self.stack.url + "/judge",
                              {"l": handle, "csrf": token, "code": "SYS-COUNT", "said": "has"})
        self.assertEqual(403, answer.status, "a student judges nobody")
        page = self.page(66, teacher)
        person = re.search(r'href="([^"]*/person\?[^"]*)"[^>]*>\s*(?:<bdi>)?Emma Evans', page.text)
        page = teacher.get(self.stack.url + html.unescape(person.group(1)))
        link = re.search(r'href="([^"]*/skill\?[^"]*code=SYS-COUNT[^"]*)"', page.text)
        page = teacher.get(self.stack.url + html.unescape(link.group(1)))
        judge = next(f for f in page.forms() if f["action"].split("?")[0].endswith("/judge"))
        judge["fields"]["said"] = "has"
        page = teacher.follow(teacher.submit(judge))
        self.assertEqual(200, page.status)
        self.assertIn("Seen: can do it a teacher · just now · counted", page.visible())

    def test_headers(self):
        """SES-3: framing by the LMS alone, learned from signed claims; nothing cached."""
        self.page(36)
        panel = self.page(36)
        policy = panel.header("Content-Security-Policy")
        self.assertIn("frame-ancestors", policy)
        self.assertIn(self.platform.base, policy)
        self.assertIn("default-src 'none'", policy)
        for bad in ("unsafe-inline", "unsafe-eval", "*"):
            self.assertNotIn(bad, policy.replace("*.", ""))
        self.assertIsNone(panel.header("X-Frame-Options"))
        self.assertEqual("nosniff", panel.header("X-Content-Type-Options"))
        self.assertEqual("no-referrer", panel.header("Referrer-Policy"))
        self.assertIn("no-store", panel.header("Cache-Control"))
        self.assertNotIn("<script>", panel.text)
        self.assertNotRegex(panel.text, r"\son\w+=|style=")

    def test_the_panel_is_light(self):
        """At most 14 KB compressed with its style sheet and script."""
        panel = self.page(36)
        total = len(gzip.compress(panel.body))
        for path in re.findall(r'(?:href|src)="([^"]*/static/[^"]+)"', panel.text):
            url = path if path.startswith("http") else self.stack.url + path
            asset = Browser().get(url.replace("&amp;", "&"),
                                  headers={"Accept-Encoding": "gzip"})
            self.assertEqual(200, asset.status, url)
            total += min(len(asset.body), len(gzip.compress(asset.body)))
        self.assertLessEqual(total, 14 * 1024)

    def test_without_cookies_everything_goes_by_post(self):
        browser = Browser(cookies=False)
        answer = self.page(36, browser)
        form = next(f for f in answer.forms() if f["action"].endswith("/lti/continue"))
        panel = browser.submit(form)
        self.assertGreaterEqual(len(demo.cards(browser.submit(form)) or demo.cards(panel)), 0)
        panel = self.page(36, browser)
        panel = browser.submit(next(f for f in panel.forms()
                                    if f["action"].endswith("/lti/continue")))
        self.assertEqual(200, panel.status)
        secret = next(f["fields"]["s"] for f in panel.forms() if "s" in f["fields"])
        self.assertNotIn(secret, panel.url)
        self.assertNotRegex(panel.text, r'(href|action|src)="[^"]*' + re.escape(secret))
        more = next(f for f in panel.forms() if "/choices" in f["action"])
        answer = browser.submit(more)
        self.assertEqual(200, answer.status)
        self.assertTrue(any(f["fields"].get("s") == secret for f in answer.forms()))

    def test_expired_session(self):
        browser = Browser()
        panel = self.page(37, browser)
        self.sql("UPDATE session SET expires_ms = 1 WHERE handle = '%s'"
                 % re.search(r"[?&]l=([\w-]+)", panel.url).group(1))
        answer = browser.get(panel.url)
        self.assertIn(answer.status, (401, 403))
        self.assertNotIn("Ben", answer.visible())

    def test_course_without_a_map(self):
        """A first start: a teacher may choose a map, a student reads a kind page."""
        context = {"id": "bare", "title": "Bare course"}
        teacher = self.opens(roles=[INSTRUCTOR], sub="66", context=context,
                             resource_link={"id": "bare-1"})
        self.assertIn("/start", teacher.url)
        self.assertTrue([f for f in teacher.forms() if f["method"] == "POST"])
        student = self.opens(context=context, resource_link={"id": "bare-1"})
        self.assertNotIn("error", student.visible().lower())

    def test_a_picked_map_is_followed_by_a_reading(self):
        """Nobody should have to know of the button "Read the data now"."""
        browser = Browser()
        begin = self.begun(self.launcher.login(browser))
        page = self.opened(self.launcher.attempt(
            login=begin, roles=[INSTRUCTOR], sub="66", resource_link={"id": "fresh-1"},
            context={"id": "fresh", "title": "Fresh course"}), browser)
        self.assertIn("Algebra I", page.visible())
        use = next(f for f in page.forms() if f["fields"].get("do") == "use")
        page = browser.follow(browser.submit(use))
        self.assertIn("Fresh course", page.visible())
        jobs = self.sql("SELECT count(*) FROM job WHERE kind = 'sync.course' AND job_key = "
                        "(SELECT CAST(course_id AS TEXT) FROM course "
                        "WHERE title = 'Fresh course')")
        self.assertEqual(1, int(jobs[0][0]))


class OnSqlite(Pages, Case):
    database = "sqlite"


class OnPostgres(Pages, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
