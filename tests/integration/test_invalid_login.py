"""LTI.md 9.2, I1 to I28: login initiation and the envelope of the launch, through nginx."""
import json
import time
import unittest

from tests.integration.base import REFERENCE, Case
from tests.integration.browser import Browser
from tests.integration.launcher import GONE

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class LoginInputs:
    """I1 to I15."""

    def login(self, **changes):
        return self.launcher.login(Browser(), **changes).answer

    def test_I1_no_iss(self):
        self.refused(self.login(iss=GONE), 400, "ISS_MISSING")
        self.refused(self.login(iss=""), 400, "ISS_MISSING")

    def test_I2_unknown_iss(self):
        """LOGIN-4: the page names what we received."""
        iss = self.launcher.iss
        for other in (iss + "/", iss.replace("http", "HTTP"), "https://nobody.test"):
            answer = self.login(iss=other)
            self.refused(answer, 403, "ISSUER_UNKNOWN")
            self.assertIn(other, answer.visible())
            self.assertIn(self.client, answer.visible())

    def test_I3_unknown_client(self):
        answer = self.login(client_id="nobody")
        self.refused(answer, 403, "CLIENT_UNKNOWN")
        self.assertIn("nobody", answer.visible())

    def test_I4_several_registrations_and_no_client_id(self):
        one = self.register("https://many.test", "c1")
        self.register("https://many.test", "c2")
        self.refused(one.login(Browser(), client_id=GONE).answer, 400, "CLIENT_AMBIGUOUS")

    def test_I5_no_login_hint(self):
        self.refused(self.login(login_hint=GONE), 400, "LOGIN_HINT_MISSING")
        self.refused(self.login(login_hint=""), 400, "LOGIN_HINT_MISSING")

    def test_I6_no_target_takes_the_default(self):
        login = self.begun(self.launcher.login(Browser(), target_link_uri=GONE))
        self.assertEqual(self.launcher.launch_url, login.params["redirect_uri"])

    def test_I7_foreign_target(self):
        ours = self.stack.url
        host = ours.split("//")[1]
        for target in ("https://evil.test/lti/launch", "javascript:alert(1)", "//evil.test/",
                       ours.replace("//", "//user:pw@"), ours + "\\@evil.test",
                       "\\\\evil.test", ours + "/lti/launch\r\nSet-Cookie: a=b",
                       ours + ".evil.test/", "http://evil.test@" + host, "data:text/html,x",
                       "/lti/launch", "ftp://" + host + "/"):
            answer = self.login(target_link_uri=target)
            self.refused(answer, 400, "TARGET_FOREIGN", "FORM_BAD")

    def test_I8_parameter_twice(self):
        pairs = list(self.launcher.login_params().items())
        for name in ("iss", "client_id", "login_hint", "target_link_uri"):
            twice = pairs + [(name, "other")]
            self.refused(self.launcher.login(Browser(), params=twice).answer, 400, "FORM_TWICE")
        url = self.launcher.login_url + "?iss=https%3A%2F%2Fother.test"
        self.refused(Browser().post(url, dict(pairs)), 400, "FORM_TWICE")

    def test_I9_other_methods_and_bodies(self):
        browser, form = Browser(), self.launcher.login_params()
        for method in ("PUT", "DELETE"):
            answer = browser.request(method, self.launcher.login_url, form)
            self.assertEqual(405, answer.status)
        for kind, body in (("application/json", json.dumps(form)),
                           ("multipart/form-data; boundary=x", "--x--"), ("text/plain", "a=b")):
            answer = browser.post(self.launcher.login_url, body, headers={"Content-Type": kind})
            self.refused(answer, 415, "MEDIA_TYPE")

    def test_I10_too_long(self):
        self.refused(self.login(more="x" * 33_000), (400, 413))
        self.refused(self.login(login_hint="x" * 8_300), (400, 413), "FORM_TOO_BIG")

    def test_I10_hints_that_make_the_redirect_too_long(self):
        """Each % becomes three bytes; what nginx would answer with 502 is refused in words."""
        self.refused(self.login(login_hint="%" * 8_000), 413, "FORM_TOO_BIG")
        self.begun(self.launcher.login(Browser(), login_hint="%" * 4_000))

    def test_I11_malformed(self):
        good = "iss=a&client_id=b&target_link_uri=c&login_hint="
        for bad in ("%", "%4", "%zz", "a%00b", "%ff%fe", "%c0%af"):
            answer = Browser().post(self.launcher.login_url, good + bad, headers=FORM)
            self.refused(answer, 400, "FORM_BAD")

    def test_I12_odd_storage_target_is_ignored(self):
        for target in ('"><script>alert(1)</script>', "_top", "x" * 1024, "a b", "'"):
            login = self.begun(self.launcher.login(Browser(), lti_storage_target=target))
            self.assertTrue(any(c.startswith("__Host-lti_")
                                for c in login.answer.all("Set-Cookie")))
            self.assertNotIn("<script>alert", login.answer.text)

    def test_I13_disabled_or_pending(self):
        off = self.register("https://off.test", "c")
        self.stack.run("platform", "disable", str(off.registration))
        self.refused(off.login(Browser()).answer, 403, "REGISTRATION_DISABLED")
        waits = self.register("https://waits.test", "c")
        self.sql("UPDATE registration SET state = 'pending' WHERE registration_id = %s"
                 % waits.registration)
        self.refused(waits.login(Browser()).answer, 403, "REGISTRATION_PENDING")

    def test_I14_error_page_escapes(self):
        """C-11."""
        evil = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
        for name in ("iss", "client_id", "login_hint", "target_link_uri", "lti_message_hint",
                     "lti_deployment_id", evil):
            answer = self.login(**{name: evil})
            if answer.status < 400:
                continue
            self.assertNotIn("<script>alert", answer.text)
            self.assertNotIn("<img src=x", answer.text)
            policy = answer.header("Content-Security-Policy")
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("unsafe-inline", policy)

    def test_login_answer_is_private(self):
        """LOGIN-6, LOGIN-7, BIND-1."""
        login = self.begun(self.launcher.login(Browser()))
        self.assertIn("no-store", login.answer.header("Cache-Control"))
        self.assertIn(login.answer.header("Referrer-Policy"), ("no-referrer", "origin"))
        self.assertIsNone(login.answer.header("X-Frame-Options"))
        cookie = next(c for c in login.answer.all("Set-Cookie") if c.startswith("__Host-lti_"))
        for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
            self.assertIn(attribute, cookie)
        self.assertEqual({"scope", "response_type", "response_mode", "prompt", "client_id",
                          "redirect_uri", "login_hint", "lti_message_hint", "state", "nonce"},
                         set(login.params))
        self.assertEqual(("openid", "id_token", "form_post", "none"),
                         tuple(login.params[k] for k in ("scope", "response_type",
                                                         "response_mode", "prompt")))


class EnvelopeInputs:
    """I16 to I28."""

    def test_I16_get_on_the_launch_address(self):
        """LOGIN-11."""
        answer = Browser().get(self.launcher.launch_url)
        self.assertEqual(405, answer.status)
        self.assertIn("course", answer.visible())

    def test_I17_empty_answer(self):
        self.refuses(400, "ANSWER_EMPTY", form={"id_token": GONE})

    def test_I18_both_token_and_error(self):
        self.refuses(400, form={"error": "login_required"})

    def test_I19_error_with_valid_state_is_used_up(self):
        login = self.launcher.login(Browser())
        form = {"id_token": GONE, "error": "login_required"}
        self.refused(self.launcher.post(login, "", **form), 400, "PLATFORM_LOGIN")
        self.refused(self.launcher.attempt(login=login), 400, "STATE_UNKNOWN")

    def test_I20_error_with_unknown_state(self):
        login = self.launcher.login(Browser())
        form = {"id_token": GONE, "error": "login_required", "state": "x" * 43}
        self.refused(self.launcher.post(login, "", **form), 400)
        self.opened(self.launcher.attempt(login=login), login.browser)

    def test_I21_no_state(self):
        self.refuses(400, "STATE_MISSING", form={"state": GONE})

    def test_I22_unknown_used_or_expired_state(self):
        """LOGIN-8: one row, taken once, with an end."""
        self.refuses(400, "STATE_UNKNOWN", form={"state": "x" * 43})
        browser = Browser()
        login = self.launcher.login(browser)
        self.opened(self.launcher.attempt(login=login), browser)
        self.refused(self.launcher.attempt(login=login), 400, "STATE_UNKNOWN")
        login = self.launcher.login(Browser())
        self.sql("UPDATE login SET expires_ms = 1")
        self.refused(self.launcher.attempt(login=login), 400, "STATE_UNKNOWN")

    def test_I23_no_cookie_asks_first(self):
        """LOGIN-9, BIND-3, BIND-4, WIN-1: the state alone opens nothing."""
        before = self.count("session")
        browser = Browser(cookies=False)
        page = self.launcher.attempt(browser=browser)
        self.assertEqual(200, page.status)
        self.assertIn("Ana Alvarez", page.visible())
        self.assertIn("Algebra I", page.visible())
        self.assertEqual(before, self.count("session"))
        # Anybody could frame it, and have it clicked unseen (SES-3).
        policy = page.header("Content-Security-Policy")
        self.assertEqual("'self' " + self.launcher.iss, policy.split("frame-ancestors ")[1])
        forms = [f for f in page.forms() if f["action"].endswith("/lti/continue")]
        self.assertTrue(any(f["target"] == "_blank" for f in forms) or any(
            'formtarget="_blank"' in page.text for _ in forms), "no way into a new window")
        opened = browser.submit(forms[0])
        self.assertEqual(200, opened.status, opened.visible()[:200])
        self.assertEqual(before + 1, self.count("session"))
        self.assertIsNone(opened.location)
        self.refused(browser.submit(forms[0]), 400, "TICKET")

    def test_I24_verifier_of_another_browser(self):
        mine, theirs = self.launcher.login(Browser()), self.launcher.login(Browser())
        name = next(n for (_, n) in mine.browser.jar if n.startswith("__Host-lti_"))
        value = next(iter(theirs.browser.jar.values()))
        host = next(h for (h, _) in mine.browser.jar)
        mine.browser.jar[host, name] = value
        self.refused(self.launcher.attempt(login=mine), 403, "STATE_BROWSER")
        self.assertIn("STATE_BROWSER", self.log_json())

    def test_I25_state_of_one_issuer_token_of_another(self):
        other = self.register("https://issuer-b.test", "b")
        login = self.launcher.login(Browser())
        claims = other.claims(login.nonce)
        answer = self.launcher.post(login, other.sign(claims))
        self.refused(answer, 401, "ISS_MISMATCH", "AUD")

    def test_I26_lti_1_1(self):
        form = {"oauth_consumer_key": "k", "lti_version": "LTI-1p0", "oauth_signature": "x",
                "lti_message_type": "basic-lti-launch-request"}
        self.refused(Browser().post(self.launcher.launch_url, form), 400, "LTI11")

    def test_I27_token_elsewhere(self):
        login = self.launcher.login(Browser())
        token = self.launcher.sign(self.launcher.claims(login.nonce))
        answer = login.browser.post(self.launcher.launch_url, json.dumps({
            "id_token": token, "state": login.state}), headers={
                "Content-Type": "application/json"})
        self.refused(answer, 415, "MEDIA_TYPE")
        url = "%s?id_token=%s&state=%s" % (self.launcher.launch_url, token, login.state)
        self.refused(login.browser.post(url, {"x": "y"}), 400, "ANSWER_IN_QUERY")

    def test_I28_too_big(self):
        login = self.launcher.login(Browser())
        big = self.launcher.sign(self.launcher.claims(login.nonce, custom={"x": "y" * 60_000}))
        self.assertGreater(len(big), 65_536)
        self.refused(self.launcher.post(login, big), 413, "TOKEN_SIZE", "FORM_TOO_BIG")
        answer = self.launcher.post(login, "x" * 270_000)
        self.assertEqual(413, answer.status)


class OnSqlite(LoginInputs, EnvelopeInputs, Case):
    database = "sqlite"


class OnPostgres(LoginInputs, EnvelopeInputs, Case):
    database = "postgresql"


class Strict(Case):
    conf = {"strict_login": "yes"}

    def test_I6_no_target_is_refused_in_strict_mode(self):
        answer = self.launcher.login(Browser(), target_link_uri=GONE).answer
        self.refused(answer, 400, "TARGET_MISSING")


class Flood(Case):
    conf = {"login_max": "100"}

    def test_I15_flood_is_bounded(self):
        seen = set()
        for _ in range(260):
            seen.add(self.launcher.login(Browser()).answer.status)
        self.assertTrue(seen <= {302, 303, 429}, seen)
        self.assertLessEqual(self.count("login"), 130)
        self.assertEqual(200, self.stack.status_of("/healthz"))


if __name__ == "__main__":
    unittest.main()

    def test_garbage_in_the_name_of_a_registration_fills_no_table(self):
        """Whoever knew a client_id could add rows to the launch log as fast as they liked."""
        login = self.launcher.login(Browser())
        before, began = self.count("launch_log"), time.monotonic()
        for _ in range(400):
            self.refused(self.launcher.post(login, "garbage", browser=Browser()), 400)
        most = 2 * 20 * (time.monotonic() - began + 1)  # two workers, 20 a second
        self.assertLessEqual(self.count("launch_log") - before, min(most, 380))

    def test_refusal_is_found_by_its_reference(self):
        """A detail that was cut in the middle of a letter left no row."""
        login = self.launcher.login(Browser())
        answer = self.launcher.post(login, GONE, error="x" * 63 + "\u00e9")
        reference = REFERENCE.search(answer.visible()).group()
        self.assertIn(reference, self.stack.run("launches", reference).stdout)

    def test_terminals_are_shown_no_control_characters(self):
        """`waymark launches` printed what anybody had sent as iss: colours, titles, lines."""
        self.refused(self.launcher.login(Browser(), iss="\x1b]0;x\x07\nfake\u009b1m").answer, 403)
        listing = self.stack.run("launches", "--limit", "1").stdout
        self.assertIn("?]0;x??fake?1m", listing)
        self.assertEqual(1, listing.count("\n"))
