"""What several browsers, tabs and copies of one launch do: the replay race, many logins at
once, two people, and what an administrator can find out about a refusal."""
import concurrent.futures
import re
import unittest

from tests.integration.base import REFERENCE, Case
from tests.integration.browser import Browser
from tests.integration.launcher import INSTRUCTOR, LEARNER

ROUNDS, AT_ONCE = 40, 6


class Browsers:
    def test_replay_race_is_won_once(self):
        """I55 under load: one launch posted six times at once is accepted once, 40 of 40."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for n in range(ROUNDS):
                login = self.launcher.login(Browser())
                token = self.launcher.sign(self.launcher.claims(login.nonce, sub="r%d" % n))
                jar = dict(login.browser.jar)

                def post(_, login=login, token=token, jar=jar):
                    browser = Browser()
                    browser.jar = dict(jar)
                    return self.launcher.post(login, token, browser=browser).status
                statuses = sorted(pool.map(post, range(AT_ONCE)))
                self.assertEqual([303] + [400] * (AT_ONCE - 1), statuses)

    def test_ticket_race_is_won_once(self):
        """BIND-3: one "Continue" pressed six times at once opens one session."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in range(10):
                page = self.launcher.attempt(browser=Browser(cookies=False))
                form = next(f for f in page.forms() if f["action"].endswith("/lti/continue"))
                statuses = sorted(pool.map(
                    lambda _, f=form: Browser(cookies=False).submit(f).status, range(AT_ONCE)))
                self.assertEqual([200] + [400] * (AT_ONCE - 1), statuses)

    def test_first_launches_of_a_course_at_once(self):
        """A class opens a new course in the same second: nobody is refused (the LMS's keys are
        there already; see test_keys.py for when they are not)."""
        self.opens()
        def one(n):
            browser = Browser()
            answer = self.launcher.attempt(browser=browser, sub="class-%d" % n,
                                           context={"id": "rush", "title": "Rush"},
                                           resource_link={"id": "rush-1"})
            return answer.status
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual({303}, set(pool.map(one, range(48))))
        self.assertEqual(1, self.count("course", "context_id = 'rush'"))
        self.assertEqual(48, self.count("person", "sub LIKE 'class-%'"))

    def test_many_logins_in_one_browser(self):
        """BIND-1, C-14: twenty frames on one page, all can finish; no more cookies than that."""
        browser = Browser()
        logins = [self.launcher.login(browser) for _ in range(20)]
        for login in reversed(logins):
            self.opened(self.launcher.attempt(login=login), browser)
        for _ in range(40):
            self.launcher.login(browser)
        kept = [n for (_, n) in browser.jar if n.startswith("__Host-lti_")]
        self.assertLessEqual(len(kept), 20)

    def test_crowded_out_address_may_still_frame_its_own_session(self):
        """One registration serves many schools' addresses (Canvas). Sixteen launches from
        others later, the pages of an open session were blocked in their frame."""
        def at(n):
            return {"return_url": "https://school%d.test/back" % n}
        browser = Browser()
        page = self.opened(self.launcher.attempt(browser=browser, launch_presentation=at(0)),
                           browser)
        for n in range(1, 18):
            self.opens(launch_presentation=at(n))
        policy = browser.get(page.url).header("Content-Security-Policy")
        self.assertIn("https://school0.test", policy)
        self.assertNotIn("https://school1.test ", policy + " ")
        self.assertNotIn("frame-ancestors 'self' https: ", policy + " ")

    def test_teacher_reaches_nobody_of_another_course_or_school(self):
        """Ids of other courses and tenants, put into every address that takes one."""
        def enter(course, sub, roles, launcher=self.launcher):
            browser = Browser()
            return browser, self.opened(launcher.attempt(
                browser=browser, sub=sub, roles=roles, name="Nobody Else",
                context={"id": course, "title": course}, resource_link={"id": course}), browser)
        other = self.register("https://other-school.test", "other")
        enter("course-b", "student-b", [LEARNER])
        enter("course-x", "student-x", [LEARNER], other)
        ids = [self.sql("SELECT person_id FROM person WHERE sub = '%s'" % sub)[0][0]
               for sub in ("student-b", "student-x")]
        browser, page = enter("course-a", "teacher-a", [INSTRUCTOR])
        handle = re.search(r"[?&]l=([\w-]+)", page.url).group(1)
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text).group(1)
        decisions = self.count("decision")
        for number in ids:
            answer = browser.get("%s/person?l=%s&person=%s" % (self.stack.url, handle, number))
            self.assertEqual(404, answer.status)
            self.assertNotIn("Nobody Else", answer.text)
            answer = browser.post(self.stack.url + "/decide", {
                "l": handle, "csrf": csrf, "person": str(number), "kind": "flag_wrong",
                "subject": "low-checks"})
            self.assertEqual(404, answer.status)
        self.assertEqual(decisions, self.count("decision"))

    def test_session_of_one_launch_only(self):
        """BIND-2: SES-2: a student's session does not open a teacher's page beside it."""
        browser = Browser()
        student = self.opened(self.launcher.attempt(browser=browser), browser)
        teacher = self.opened(self.launcher.attempt(browser=browser, sub="66",
                                                    roles=[INSTRUCTOR]), browser)
        query = student.url.split("?", 1)[1]
        self.assertEqual(403, browser.get(self.stack.url + "/course?" + query).status)
        stranger = Browser()
        self.assertNotIn(stranger.get(teacher.url).status, (200,))
        self.assertNotIn("Terry", stranger.get(teacher.url).text)

    def test_an_administrator_finds_the_reason(self):
        answer = self.refuses(401, "AUD", aud="somebody-else")
        reference = REFERENCE.search(answer.visible()).group()
        told = self.stack.run("launches", reference).stdout
        self.assertIn("AUD", told)
        self.assertIn(self.launcher.iss, told)
        rows = self.stack.json("launches", reference)
        self.assertEqual(reference, rows[0]["reference"])

    def test_no_secrets_in_the_log(self):
        """C-9: TOK: the reason, never the token, a name or a mail address."""
        login = self.launcher.login(Browser())
        token = self.launcher.sign(self.launcher.claims(login.nonce, aud="x", name="Zelda Zett",
                                                        email="zelda@secret.test"))
        self.refused(self.launcher.post(login, token), 401, "AUD")
        self.opens(name="Zelda Zett", email="zelda@secret.test")
        text = self.log_json()
        for secret in (token[-40:], "Zelda", "zelda@", login.state, login.nonce):
            self.assertNotIn(secret, text)


class OnSqlite(Browsers, Case):
    database = "sqlite"


class OnPostgres(Browsers, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
