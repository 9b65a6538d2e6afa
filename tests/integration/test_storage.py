"""LTI platform storage (LTI.md 1.6), the server's part: the page that puts the value, the page
that fetches it, the ticket that goes with it. The browser's part is tests/browser/storage.mjs."""
import concurrent.futures
import glob
import hashlib
import html
import os
import re
import unittest
import urllib.parse

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import GONE, INSTRUCTOR, LEARNER, Login
from tests.support import stack

TICKET = "/lti/prove"


def datum(answer, name):
    """A data attribute of the page."""
    found = re.search(r'data-%s="([^"]*)"' % name, answer.text)
    return found and html.unescape(found.group(1))


def form_to(answer, path):
    return next(f for f in answer.forms() if urllib.parse.urlsplit(f["action"]).path == path)


class Kept(Login):
    """A login whose answer is the page that puts a value into storage."""

    def __init__(self, answer, browser):
        super().__init__(answer, browser)
        self.go = html.unescape(re.search(r'href="([^"]*)" id="storage"', answer.text).group(1))
        query = urllib.parse.urlsplit(self.go).query
        self.params = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.value, self.key = datum(answer, "put"), datum(answer, "key")
        self.frame, self.origin = datum(answer, "frame"), datum(answer, "origin")


class Platform:
    def keep(self, browser=None, target="_parent", **changes):
        login = self.launcher.login(browser or Browser(cookies=False), lti_storage_target=target,
                                    **changes)
        self.assertEqual(200, login.answer.status, login.answer.visible()[:300])
        self.assertIsNone(login.answer.location)
        return Kept(login.answer, login.browser)

    def asked(self, login=None, **changes):
        """(login, the page that fetches the value, its form)."""
        login = login or self.keep()
        page = self.launcher.attempt(login=login, **changes)
        self.assertEqual(200, page.status, page.visible()[:300])
        return login, page, form_to(page, TICKET)

    # -- the way out ------------------------------------------------------------------------------

    def test_PS9_the_login_waits_for_the_storage(self):
        """PS-9: no redirect; PS-1 to PS-3: which window, which origin, never a star."""
        login = self.keep(target="post_message_forwarding")
        self.assertEqual("post_message_forwarding", login.frame)
        auth = urllib.parse.urlsplit(self.platform.endpoints["auth"])
        self.assertEqual("%s://%s" % (auth.scheme, auth.netloc), login.origin)
        self.assertTrue(login.go.startswith(self.platform.endpoints["auth"] + "?"))
        self.assertEqual({"scope", "response_type", "response_mode", "prompt", "client_id",
                          "redirect_uri", "login_hint", "lti_message_hint", "state", "nonce"},
                         set(login.params))
        self.assertNotIn(login.value, login.go)
        self.assertIn("no-store", login.answer.header("Cache-Control"))
        self.assertEqual("no-referrer", login.answer.header("Referrer-Policy"))
        self.assertIsNone(login.answer.header("X-Frame-Options"))
        cookie = next(c for c in login.answer.all("Set-Cookie") if c.startswith("__Host-lti_"))
        for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
            self.assertIn(attribute, cookie)

    def test_PS6_short_keys_and_values(self):
        one, two = self.keep(), self.keep()
        self.assertRegex(one.key, r"^lti_s_[0-9a-f]{16}$")
        self.assertNotEqual(one.key, two.key)
        self.assertRegex(one.value, r"^[\w-]{43}$")
        self.assertNotEqual(one.value, two.value)

    def test_PS7_the_server_keeps_a_hash_only(self):
        login, _, form = self.asked()
        digest = hashlib.sha256(login.value.encode()).hexdigest()
        self.assertEqual(1, self.count("ticket", "verifier_hash = '%s'" % digest))
        waits = self.keep()
        row = self.sql("SELECT verifier_hash, storage_target FROM login WHERE state_hash = '%s'"
                       % hashlib.sha256(waits.state.encode()).hexdigest())[0]
        self.assertEqual((hashlib.sha256(waits.value.encode()).hexdigest(), "_parent"),
                         tuple(row))
        login.browser.submit(form, verifier=login.value)
        log = self.log_json()
        for secret in (login.value, waits.value, form["fields"]["ticket"]):
            self.assertNotIn(secret, log)

    def test_PS8_scripts_off_and_nothing_inline(self):
        login = self.keep()
        for page in (login.answer, self.asked(login)[1]):
            self.assertIn("script-src 'self';", page.header("Content-Security-Policy"))
            self.assertEqual(1, page.text.count("<script"))
            self.assertRegex(page.text, r'<script src="/static/storage\.js\?v=\w+" defer>')
            self.assertIn("<noscript>", page.text)
            self.assertNotRegex(page.text, r"\son\w+=|style=")
        script = os.path.join(stack.ROOT, "templates/assets/storage.js")
        self.assertLessEqual(os.path.getsize(script), 3 * 1024)

    def test_PS8_values_are_escaped(self):
        evil = "\"'><script>alert(1)</script>\u2028<img src=x onerror=alert(1)>"
        answer = self.keep(login_hint=evil, lti_message_hint=evil, **{evil: evil}).answer
        self.assertNotIn("<script>alert", answer.text)
        self.assertNotIn("<img", answer.text)
        self.assertEqual(evil, form_to(answer, "/lti/login")["fields"]["login_hint"])

    def test_WIN1_a_new_window_logs_in_without_storage(self):
        """The parameters that came, but for the storage target, in a POST that opens a window."""
        login = self.keep(canvas_region="eu", lti_message_hint="")
        form = form_to(login.answer, "/lti/login")
        self.assertEqual(("_blank", "noopener"), (form["target"], form["attrs"]["rel"]))
        sent = self.launcher.login_params(canvas_region="eu", lti_message_hint="")
        self.assertEqual(sent, form["fields"])
        window = Browser()
        again = self.begun(Login(window.submit(form), window))
        self.opened(self.launcher.attempt(login=again), window)

    def test_get_and_post_alike(self):
        answer = self.launcher.login(Browser(), method="GET", lti_storage_target="_parent").answer
        self.assertEqual(200, answer.status)
        self.assertTrue(datum(answer, "put"))

    # -- the way back -----------------------------------------------------------------------------

    def test_cookie_first(self):
        """BIND-3: a browser that keeps the cookie is let in by it, at once. PS-6: its page is
        told what to delete, without a secret."""
        browser = Browser()
        login = self.keep(browser)
        answer = self.launcher.attempt(login=login)
        self.opened(answer, browser)
        self.assertEqual("%s,_parent,%s" % (login.key, login.origin),
                         answer.location.split("#")[1])
        answer = self.launcher.attempt(browser=Browser())
        self.assertNotIn("#", answer.location)

    def test_I24_a_cookie_that_does_not_match_is_never_made_good_by_storage(self):
        login = self.keep(Browser())
        for at in login.browser.jar:
            login.browser.jar[at] = "x" * 43
        self.refused(self.launcher.attempt(login=login), 403, "STATE_BROWSER")
        mine, theirs = Browser(), self.keep(Browser())
        self.keep(mine)
        token = self.launcher.sign(self.launcher.claims(theirs.nonce))
        self.refused(self.launcher.post(theirs, token, browser=mine), 403, "STATE_BROWSER")

    def test_PS7_the_right_value_opens(self):
        before = self.count("session")
        login, page, form = self.asked()
        self.assertEqual(before, self.count("session"))
        for private in ("Ana", "Alvarez", "Algebra", "school.test\"", login.value):
            self.assertNotIn(private, page.text)
        self.assertEqual((login.key, login.frame, login.origin),
                         tuple(datum(page, n) for n in ("key", "frame", "origin")))
        self.assertEqual("", form["fields"]["verifier"])
        self.assertEqual("'self' " + self.launcher.iss, page.header(
            "Content-Security-Policy").split("frame-ancestors ")[1])
        panel = login.browser.submit(form, verifier=login.value)
        self.assertEqual(200, panel.status, panel.visible()[:300])
        self.assertIsNone(panel.location)
        self.assertNotIn("Continue as", panel.visible())
        self.assertEqual(before + 1, self.count("session"))
        stored = login.browser.submit(form_to(panel, "/stored"))
        self.assertEqual(200, stored.status)
        self.assertFalse([c for c in panel.all("Set-Cookie")], "a cookie that would not be kept")

    def test_I114_another_value(self):
        before, other = self.count("session"), self.keep()
        for wrong in (lambda v: v + "x", lambda v: v + "x" * 157, lambda v: v[:-1],
                      lambda v: v.swapcase(), lambda v: other.value, lambda v: "x" * 43,
                      lambda v: " " + v, lambda v: "null"):
            login, _, form = self.asked()
            answer = login.browser.submit(form, verifier=wrong(login.value))
            self.refused(answer, 403, "STATE_BROWSER")
            # One guess: the right value comes too late.
            self.refused(login.browser.submit(form, verifier=login.value), 400, "TICKET")
        self.assertEqual(before, self.count("session"))

    def test_I113_no_value_asks_the_person(self):
        """Whatever the platform did not answer well: the same launch, with a click."""
        before = self.count("session")
        login, _, form = self.asked()
        page = login.browser.submit(form)
        self.assertEqual(200, page.status)
        self.assertIn("Continue as Ana Alvarez", page.visible())
        self.assertEqual(before, self.count("session"))
        self.refused(login.browser.submit(form, verifier=login.value), 400, "TICKET")
        panel = login.browser.submit(form_to(page, "/lti/continue"))
        self.assertEqual(200, panel.status)
        self.assertEqual(before + 1, self.count("session"))

    def test_ticket_once(self):
        login, _, form = self.asked()
        self.assertEqual(200, login.browser.submit(form, verifier=login.value).status)
        self.refused(login.browser.submit(form, verifier=login.value), 400, "TICKET")
        self.refused(login.browser.submit(form), 400, "TICKET")
        self.refused(login.browser.submit(form, ticket="x" * 43), 400, "TICKET")
        self.refused(self.launcher.attempt(login=login), 400, "STATE_UNKNOWN")

    def test_ticket_race_is_won_once(self):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for _ in range(5):
                login, _, form = self.asked()
                statuses = sorted(pool.map(lambda _, f=form, v=login.value: Browser(
                    cookies=False).submit(f, verifier=v).status, range(6)))
                self.assertEqual([200] + [400] * 5, statuses)

    def test_ticket_for_a_minute(self):
        login, _, form = self.asked()
        self.sql("UPDATE ticket SET expires_ms = 1")
        self.refused(login.browser.submit(form, verifier=login.value), 400, "TICKET")

    def test_tickets_of_two_kinds_are_not_exchanged(self):
        """A click is worth nothing where a value was asked for, nor the other way about."""
        before = self.count("session")
        login, _, form = self.asked()
        click = {**form, "action": form["action"].replace(TICKET, "/lti/continue")}
        self.refused(login.browser.submit(click), 400, "TICKET")
        login = self.launcher.login(Browser(cookies=False))
        form = form_to(self.launcher.attempt(login=login), "/lti/continue")
        for value in ("", "x" * 43):
            value_form = {**form, "action": form["action"].replace("/lti/continue", TICKET)}
            self.refused(login.browser.submit(value_form, verifier=value), 400, "TICKET")
        self.assertEqual(before, self.count("session"))

    def test_only_from_our_own_page(self):
        """BIND-2: somebody else's ticket and value, posted unseen from somebody else's page."""
        login, _, form = self.asked()
        fields = {**form["fields"], "verifier": login.value}
        for origin in ("https://evil.test", "null", None):
            answer = login.browser.post(form["action"], fields, headers={"Origin": origin})
            self.refused(answer, 403, "STATE_BROWSER")
        self.assertEqual(405, login.browser.get(form["action"]).status)
        answer = login.browser.submit(form, verifier=login.value)
        self.assertEqual(200, answer.status, "what others post spends nothing")

    def test_nothing_is_asked_before_the_token_is_valid(self):
        login = self.keep()
        self.refused(self.launcher.attempt(login=login, aud="somebody-else"), 401, "AUD")
        self.refused(self.launcher.attempt(login=login, token=lambda l, c: "a.b.c"), (400, 401))
        self.asked(login)

    def test_registration_switched_off_meanwhile(self):
        other = self.register("https://meanwhile.test", "c")
        login = other.login(Browser(cookies=False), lti_storage_target="_parent")
        kept = Kept(login.answer, login.browser)
        form = form_to(other.attempt(login=kept), TICKET)
        self.stack.run("platform", "disable", str(other.registration))
        self.refused(kept.browser.submit(form, verifier=kept.value), 403,
                     "REGISTRATION_DISABLED")

    def test_I23_without_storage_the_person_is_asked_at_once(self):
        page = self.launcher.attempt(browser=Browser(cookies=False))
        self.assertIn("Continue as", page.visible())
        self.assertNotIn("storage.js", page.text)

    def test_I23_odd_target_is_no_storage(self):
        login = self.launcher.login(Browser(cookies=False), lti_storage_target="_top")
        self.assertIn("Continue as", self.launcher.attempt(login=self.begun(login)).visible())

    def test_V31_storage_target_in_the_launch_form_only(self):
        """Nothing was put anywhere: nothing is asked for."""
        form = {"lti_storage_target": "_parent", "canvas_x": "y"}
        self.opens(form=form)
        page = self.launcher.attempt(browser=Browser(cookies=False), form=form)
        self.assertIn("Continue as", page.visible())

    def test_V31_storage_target_in_the_login_form_only(self):
        login, _, form = self.asked(form={"lti_storage_target": GONE})
        self.assertEqual(200, login.browser.submit(form, verifier=login.value).status)

    # -- sessions ---------------------------------------------------------------------------------

    def test_SES2_two_roles_at_once(self):
        """One browser, no cookies, two frames: each form goes where its own launch leads."""
        browser, pages = Browser(cookies=False), {}
        for role, sub in ((LEARNER, "36"), (INSTRUCTOR, "66")):
            login, _, form = self.asked(self.keep(browser), roles=[role], sub=sub)
            pages[role] = browser.submit(form, verifier=login.value)
        secrets = {r: next(f["fields"]["s"] for f in p.forms() if "s" in f["fields"])
                   for r, p in pages.items()}
        self.assertEqual(2, len(set(secrets.values())))
        student = form_to(pages[LEARNER], "/stored")
        self.assertEqual(200, browser.submit(student).status)
        course = {**student, "action": self.stack.url + "/course"}
        self.assertEqual(403, browser.submit(course).status)
        self.assertEqual(200, browser.submit(course, s=secrets[INSTRUCTOR]).status)

    def test_BIND2_a_window_of_its_own(self):
        """A cookie of the frame is not seen in a new window: a ticket brings the session."""
        browser, window = Browser(), Browser()
        panel = self.opened(self.launcher.attempt(browser=browser), browser)
        self.assertNotEqual(200, window.get(panel.url).status)
        form = form_to(panel, "/window")
        self.assertIsNone(form["target"])
        self.assertEqual(403, browser.submit(form, csrf="x").status)
        self.assertEqual(403, window.submit(form).status)
        ask = browser.submit(form)
        go = form_to(ask, "/lti/window")
        self.assertEqual(("_blank", "noopener"), (go["target"], go["attrs"]["rel"]))
        secret = next(v for (_, n), v in browser.jar.items() if n.startswith("__Host-wm_"))
        self.assertNotIn(secret, ask.text)
        answer = window.post(go["action"], go["fields"], headers={"Origin": "https://evil.test"})
        self.refused(answer, 403, "STATE_BROWSER")
        page = self.opened(window.submit(go), window)
        self.assertEqual(panel.visible(), page.visible())
        self.refused(Browser().submit(go), 400, "TICKET")
        self.assertEqual(200, browser.get(panel.url).status)

    def test_BIND2_window_tickets_are_of_a_kind_of_their_own(self):
        browser = Browser()
        panel = self.opened(self.launcher.attempt(browser=browser), browser)
        before = self.count("session")
        for path in ("/lti/continue", TICKET):
            go = form_to(browser.submit(form_to(panel, "/window")), "/lti/window")
            other = {**go, "action": self.stack.url + path}
            self.refused(Browser().submit(other, verifier="x" * 43), 400, "TICKET")
        login, _, form = self.asked()
        other = {**form, "action": self.stack.url + "/lti/window"}
        self.refused(login.browser.submit(other, verifier=login.value), 400, "TICKET")
        self.assertEqual(before, self.count("session"))

    def test_BIND2_a_window_without_cookies(self):
        login, _, form = self.asked()
        panel = login.browser.submit(form, verifier=login.value)
        way = form_to(panel, "/window")
        self.assertEqual(("_blank", "noopener"), (way["target"], way["attrs"]["rel"]))
        page = login.browser.submit(way)
        self.assertEqual((200, panel.visible()), (page.status, page.visible()))

    def test_SES1_no_secret_in_an_address(self):
        login, page, form = self.asked()
        panel = login.browser.submit(form, verifier=login.value)
        secret = next(f["fields"]["s"] for f in panel.forms() if "s" in f["fields"])
        for text in (login.answer.text, page.text, panel.text):
            for hidden in (secret, login.value, form["fields"]["ticket"]):
                self.assertNotRegex(text, r'(href|action|src)="[^"]*' + re.escape(hidden))
        self.assertEqual(403, login.browser.get(
            self.stack.url + "/panel?s=" + secret).status)

    def test_WIN3_cookies_for_frames(self):
        """Both kinds of cookies, or a launch would not bring them."""
        browser = Browser()
        login = self.launcher.login(browser)
        answer = self.launcher.attempt(login=login)
        cookies = login.answer.all("Set-Cookie") + answer.all("Set-Cookie")
        self.assertTrue({"__Host-lti", "__Host-wm_"} <= {c[:10] for c in cookies})
        for cookie in cookies:
            for attribute in ("; Secure", "; SameSite=None", "; Partitioned", "; HttpOnly"):
                self.assertIn(attribute, cookie)

    def test_SAA1_storage_access_is_not_asked_for(self):
        for path in glob.glob(os.path.join(stack.ROOT, "templates", "**", "*"), recursive=True):
            if path.endswith((".js", ".html")):
                with open(path, encoding="utf-8") as f:
                    self.assertNotIn("StorageAccess", f.read(), path)


class OnSqlite(Platform, Case):
    database = "sqlite"


class OnPostgres(Platform, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
