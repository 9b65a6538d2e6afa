"""Dynamic Registration through nginx (LTI.md 7; I102 to I110, V35, DR-*, DR-S*)."""
import json
import os
import socket
import threading
import unittest
import urllib.parse

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import GONE, Launcher
from tests.platform.registration import AGS, CONFIG, PLATFORM
from tests.platform.server import Platform
from tests.support import stack

OPEN = {"register_rate": "10000", "web_workers": "2", "job_workers": "2"}


class Registering(Case):
    """What all of them do: invite, open the address as an LMS does, go on until it stands."""
    conf = OPEN

    def invite(self, *more):
        return self.stack.json("platform", "invite", *more)

    def until(self, browser, answer, seconds=30):
        """Load the page again, as it does by itself, until it has something to say."""
        pages = [answer]

        def stands():
            if 'http-equiv="refresh"' in pages[0].text:
                pages[0] = browser.get(pages[0].url)
            return 'http-equiv="refresh"' not in pages[0].text
        stack.wait_for(stands, seconds, every=0.05, why="the page")
        return pages[0]

    def open(self, url, browser=None):
        browser = browser or Browser(cookies=False)
        return browser, self.until(browser, browser.get(url))

    def confirm(self, browser, asked, **changes):
        form = asked.forms()[0]
        answer = browser.submit(form, **changes)
        if answer.status != 303:
            return answer
        self.assertNotIn("code=", answer.location)
        self.assertNotIn("registration_token", answer.location)
        return self.until(browser, browser.follow(answer))

    def through(self, platform=None, invitation=None, **start):
        """A whole registration that the person confirms: (asked, result)."""
        platform = platform or self.platform
        invitation = invitation or self.invite()
        browser, asked = self.open(platform.registration.start_url(invitation["url"], **start))
        self.assertEqual(200, asked.status, asked.visible())
        return asked, self.confirm(browser, asked)

    def registrations(self):
        return self.count("registration")

    def refused_page(self, url, status, pattern):
        before = self.registrations()
        _, answer = self.open(url)
        self.assertEqual(status, answer.status, answer.visible())
        self.assertRegex(answer.visible(), pattern)
        self.assertEqual(before, self.registrations())
        return answer

    def newest(self):
        return max(self.stack.json("platform", "list"), key=lambda r: int(r["id"]))

    def misbehave(self, *rules):
        self.platform.misbehave.set(rules)
        self.addCleanup(self.platform.misbehave.set, [])

    def patch(self, **patches):
        for name, fn in patches.items():
            setattr(self.platform.registration, name + "_patch", fn)
            self.addCleanup(setattr, self.platform.registration, name + "_patch", None)

    def log_text(self):
        with open(self.stack.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()


class Everything:
    """On both databases."""

    def test_from_invitation_to_first_launch(self):
        """DR-2, DR-S4, DR-S5, I110: the recorded Moodle's configuration and answer."""
        invitation = self.invite("--name", "North <b>School", "--issuer-host", "127.0.0.1")
        asked, done = self.through(invitation=invitation)
        for text in ("moodle 4.5.6", self.platform.world.issuer, "North <b>School",
                     "write scores", "Who is in a course"):
            self.assertIn(text, asked.visible())
        self.assertNotIn("Look closely", asked.visible())
        self.assertNotIn("<b>School", asked.text)
        self.assertIn("press Activate", done.visible())
        body = self.platform.registration.asked[-1]
        self.assertEqual(self.stack.url + "/lti/launch", body["redirect_uris"][0])
        self.assertEqual(urllib.parse.urlsplit(self.stack.url).netloc, body[CONFIG]["domain"])
        self.assertNotIn("email", body[CONFIG]["claims"])
        self.assertEqual({"context_id_history": "$Context.id.history"},
                         body[CONFIG]["custom_parameters"])
        made = self.newest()
        self.assertEqual("pending", made["state"])
        shown = self.stack.json("platform", "show", str(made["id"]))
        self.assertEqual("active", shown["deployments"][0]["state"])
        self.assertIn(AGS + "score", shown["granted"]["scopes"])
        # I110: not before somebody has said yes
        launcher = self.launcher.copy(iss=made["issuer"], client_id=made["client_id"],
                                      deployment=shown["deployments"][0]["deployment_id"])
        self.refused(launcher.login(Browser()).answer, 403, "REGISTRATION_PENDING")
        page = Browser().post(self.stack.url + "/approve",
                              {"code": invitation["approval_code"].lower()})
        self.assertIn(made["client_id"], page.visible())
        self.assertIn("Waits for approval", page.visible())
        after = Browser().submit(page.forms()[0])
        self.assertIn("Approved.", after.visible())
        self.opens(launcher)
        # once used, used up; the first result stays to be seen
        self.refused_page(self.platform.registration.start_url(invitation["url"]), 403,
                          "has been used")

    def test_I102_no_invitation(self):
        start = self.platform.registration.start_url
        here = self.stack.url + "/lti/register"
        self.refused_page(start(here), 403, "needs an invitation")
        self.refused_page(start(here + "?code="), 403, "needs an invitation")
        self.refused_page(start(here + "?code=" + "x" * 43), 403, "needs an invitation")
        old = self.invite()
        self.sql("UPDATE invitation SET expires_ms = 1 WHERE registration_id IS NULL")
        before = self.platform.count("config")
        self.refused_page(start(old["url"]), 403, "too old")
        self.assertEqual(before, self.platform.count("config"))

    def test_I109_loaded_again(self):
        """The same address shows the same attempt: one fetch, one registration."""
        invitation = self.invite()
        url = self.platform.registration.start_url(invitation["url"])
        config, register = self.platform.count("config"), self.platform.count("register")
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(Browser().get(url)))
                   for _ in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        browser, asked = self.open(url)
        self.assertEqual({200}, {a.status for a in answers})
        self.assertEqual(config + 1, self.platform.count("config"))
        form = asked.forms()[0]
        threads = [threading.Thread(target=lambda: Browser().submit(form)) for _ in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        done = self.confirm(browser, asked)
        self.assertIn("is registered", done.visible())
        _, again = self.open(url)
        self.assertIn("is registered", again.visible())
        self.assertEqual(config + 1, self.platform.count("config"))
        self.assertEqual(register + 1, self.platform.count("register"))

    def test_I108_client_id_that_is_there(self):
        """DR-S4: never overwritten, and the invitation is still good."""
        self.patch(answer=lambda a: {**a, "client_id": self.client})
        before = self.stack.json("platform", "show", str(self.stack.registration))
        invitation = self.invite()
        asked, answer = self.through(invitation=invitation)
        self.assertEqual(409, answer.status)
        self.assertIn("registered here already", answer.visible())
        after = self.stack.json("platform", "show", str(self.stack.registration))
        self.assertEqual(before, after)
        self.platform.registration.answer_patch = None
        _, answer = self.through(invitation=invitation)
        self.assertIn("is registered", answer.visible())

    def test_a_platform_that_takes_another_ones_place_for_tokens(self):
        """DR-S2: an issuer of its own, but client id and token address of another platform: the
        other one would give us tokens, and this one's launches would say where to send them."""
        self.patch(config=lambda c: {**c, "issuer": c["issuer"] + "/evil"},
                   answer=lambda a: {**a, "client_id": self.client})
        before = self.registrations()
        _, answer = self.through()
        self.assertEqual(400, answer.status)
        self.assertIn("cannot share these", answer.visible())
        self.assertEqual(before, self.registrations())

        def as_other(c):  # by the audience alone
            c["token_endpoint"] = c["token_endpoint"].replace("127.0.0.1", "127.0.0.2")
            return {**c, "issuer": c["issuer"] + "/evil",
                    "authorization_server": self.platform.endpoints["token"].replace(
                        "http:", "https:")}
        self.patch(config=as_other)
        asked, answer = self.through()
        self.assertIn("cannot share these", answer.visible())
        self.assertIn("Access tokens would come from another host: 127.0.0.2", asked.visible())
        self.assertEqual(before, self.registrations())

    def test_two_with_one_invitation(self):
        """DR-S1: two administrators at once; one of them registers."""
        invitation, start = self.invite(), self.platform.registration.start_url
        one, asked1 = self.open(start(invitation["url"]))
        two, asked2 = self.open(start(invitation["url"]))
        before = self.registrations()
        self.misbehave({"on": "register", "do": "slow", "seconds": 1})
        first = one.submit(asked1.forms()[0])
        second = two.submit(asked2.forms()[0])
        self.assertEqual((303, 409), (first.status, second.status))
        self.assertIn("Somebody else is using", second.visible())
        done = self.until(one, one.follow(first))
        self.assertIn("is registered", done.visible())
        self.assertEqual(before + 1, self.registrations())

    def test_an_invitation_that_ends_while_somebody_looks(self):
        """It said that somebody else was using it, and to look again in two minutes."""
        browser, asked = self.open(self.platform.registration.start_url(self.invite()["url"]))
        self.sql("UPDATE invitation SET expires_ms = 1 WHERE registration_id IS NULL")
        answer = browser.submit(asked.forms()[0])
        self.assertEqual(409, answer.status)
        self.assertIn("too old", answer.visible())


class OnSqlite(Everything, Registering):
    database = "sqlite"

    # -- addresses ------------------------------------------------------------------------------

    def test_I103_addresses_in_disguise(self):
        """Refused by their form: nothing is fetched."""
        url = self.invite()["url"]
        before = self.count("job", "kind = 'register.read'")
        for bad in ("", "file:///etc/passwd", "gopher://127.0.0.1/", "https://127.0.0.1:22/c",
                    "https://10.0.0.1/c", "https://169.254.169.254/latest/meta-data",
                    "https://[::ffff:169.254.169.254]/c", "https://[::1]/c", "https://0x7f.1/c",
                    "https://user@lms.test/c", "https://lms.test/c#x", "ftp://lms.test/",
                    "https://metadata.google.internal/c", "//lms.test/c", "javascript:1"):
            with self.subTest(bad):
                at = url + "&" + urllib.parse.urlencode({"openid_configuration": bad})
                answer = Browser().get(at)
                self.assertEqual(400, answer.status, answer.visible())
                self.assertTrue(self.fault_of(answer).startswith("register.fail."))
        answer = Browser().get(url + "&openid_configuration=https%3A%2F%2Flms.test%2F"
                               "&openid_configuration=https%3A%2F%2F127.0.0.1%2F")
        self.assertEqual(400, answer.status)
        self.assertEqual(before, self.count("job", "kind = 'register.read'"))

    def test_I104_redirect(self):
        self.misbehave({"on": "config", "do": "redirect", "to": self.platform.base + "/control"})
        control = self.platform.count("control")
        self.refused_page(self.platform.registration.start_url(self.invite()["url"]), 400,
                          "not followed")
        self.assertEqual(control, self.platform.count("control"))

    def test_I105_other_host(self):
        """DR-S2: shown in red, never approved by itself; an invitation for one host refuses."""
        self.patch(config=lambda c: {**c, "issuer": "https://other.test"})
        start = self.platform.registration.start_url
        self.refused_page(start(self.invite("--issuer-host", "lms.test")["url"]), 400,
                          "platform on another host")
        invitation = self.invite("--auto-approve")
        asked, done = self.through(invitation=invitation)
        self.assertIn("Look closely", asked.visible())
        self.assertIn('class="danger" role="alert"', asked.text)
        self.assertIn("approve", done.visible())
        self.assertEqual("pending", self.newest()["state"])
        shown = self.stack.run("platform", "show", str(self.newest()["id"])).stdout
        self.assertIn("127.0.0.1", shown.split("LOOK", 1)[1])
        page = Browser().post(self.stack.url + "/approve", {"code": invitation["approval_code"]})
        self.assertIn("Look closely", page.visible())

    def test_I106_configurations_of_no_use(self):
        """DR-1: with the reason."""
        start = self.platform.registration.start_url
        for member in ("registration_endpoint", "jwks_uri", "token_endpoint"):
            with self.subTest(member):
                self.patch(config=lambda c, m=member: {k: v for k, v in c.items() if k != m})
                self.refused_page(start(self.invite()["url"]), 400, "missing.*" + member)
                self.patch(config=lambda c, m=member: {**c, m: "ftp://lms.test/x"})
                self.refused_page(start(self.invite()["url"]), 400, member)
        self.patch(config=lambda c: {**c, "id_token_signing_alg_values_supported": ["ES256"]})
        self.refused_page(start(self.invite()["url"]), 400, "RS256")
        self.platform.registration.config_patch = None
        for rule, pattern in (({"do": "html", "code": 200}, "page of HTML"),
                              ({"do": "badjson"}, "no configuration"),
                              ({"do": "huge", "bytes": 5 << 20}, "too big"),
                              ({"do": "bomb", "bytes": 5 << 20}, "too big"),
                              ({"do": "status", "code": 500}, "does not give.*500"),
                              ({"do": "close"}, "cannot reach")):
            with self.subTest(rule["do"]):
                self.misbehave({"on": "config", **rule})
                self.refused_page(start(self.invite()["url"]), 400, pattern)

    def test_trying_again_after_an_outage(self):
        invitation = self.invite()
        url = self.platform.registration.start_url(invitation["url"])
        self.platform.misbehave.set([{"on": "config", "do": "status", "code": 503, "times": 1}])
        browser, answer = self.open(url)
        self.assertEqual(400, answer.status)
        _, answer = self.open(url)
        self.assertEqual(400, answer.status)  # I109: a reload shows the same
        answer = self.until(browser, browser.follow(browser.submit(answer.forms()[0])))
        self.assertIn("Please check", answer.visible())

    # -- answers --------------------------------------------------------------------------------

    def test_I107_refusals(self):
        for rule, pattern in (
                ({"do": "status", "code": 400, "body": "domain_targetlinkuri_mismatch"},
                 "domain_targetlinkuri_mismatch.*public_url"),
                ({"do": "status", "code": 401, "body": "token_already_used"},
                 "used before or is too old"),
                ({"do": "status", "code": 400, "body": json.dumps(
                    {"error": "invalid_client_metadata", "error_description": "<b>no</b>"})},
                 r"invalid_client_metadata: <b>no</b>"),
                ({"do": "html", "code": 404}, "too old"),
                ({"do": "html", "code": 200}, "cannot be read"),
                ({"do": "redirect", "to": "http://127.0.0.1:1/"}, "not followed"),
                ({"do": "huge", "bytes": 5 << 20}, "does not know whether"),
                ({"do": "close"}, "does not know whether")):
            with self.subTest(pattern):
                self.misbehave({"on": "register", **rule})
                before = self.registrations()
                _, answer = self.through()
                self.assertEqual(400, answer.status, answer.visible())
                self.assertRegex(answer.visible(), pattern)
                self.assertNotIn("<b>no", answer.text)
                self.assertNotIn("Bad Gateway", answer.text)
                self.assertEqual(before, self.registrations())

    def test_I107_what_the_real_Moodle_answers(self):
        """Every recorded refusal is shown with what to do; the recorded answer registers."""
        folder = os.path.join(stack.ROOT, "tests/fixtures/moodle/recorded/registration")
        seen = 0
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                answer = json.load(f)["response"]
            if answer["status"] == 200:
                continue
            with self.subTest(name):
                body = answer["body"] if answer["status"] != 404 else "<!DOCTYPE html><p>Error"
                self.misbehave({"on": "register", "do": "status", "code": answer["status"],
                                "body": body, "type": "text/html; charset=utf-8"})
                before = self.registrations()
                _, page = self.through()
                self.assertIn("refuses the registration", page.visible())
                self.assertIn(body if answer["status"] != 404 else "too old", page.visible())
                self.assertRegex(page.visible(), "Start again in your platform|send this page to"
                                 "|should look at public_url|Start again in its page")
                self.assertEqual(before, self.registrations())
                seen += 1
        self.assertGreaterEqual(seen, 15)
        with open(folder + "/01-3-register.json", encoding="utf-8") as f:
            text = json.load(f)["response"]["body"]
        recorded = json.loads(text)
        recorded.update(redirect_uris=[self.stack.url + "/lti/launch"],
                        initiate_login_uri=self.stack.url + "/lti/login",
                        jwks_uri=self.stack.url + "/lti/jwks.json")
        self.misbehave({"on": "register", "do": "replace", "type": "application/json",
                        "body": json.dumps(recorded).replace("/", "\\/")})
        _, page = self.through()
        self.assertIn("press Activate", page.visible())
        self.assertEqual("2UZAHSAmRtBA2E7", self.newest()["client_id"])

    def test_I107_answers_of_no_use(self):
        for patch, pattern in (
                (lambda a: {k: v for k, v in a.items() if k != "client_id"}, "client id"),
                (lambda a: {**a, "client_id": ""}, "client id"),
                (lambda a: {**a, "client_id": ["x"]}, "client id"),
                (lambda a: {**a, "redirect_uris": ["https://evil.test/"]}, "other addresses"),
                (lambda a: {**a, "redirect_uris": a["redirect_uris"] + ["https://evil.test/"]},
                 "other addresses"),
                (lambda a: {**a, "jwks_uri": "https://evil.test/"}, "other addresses")):
            with self.subTest(pattern):
                self.patch(answer=patch)
                before = self.registrations()
                _, answer = self.through()
                self.assertEqual(400, answer.status)
                self.assertRegex(answer.visible(), pattern)
                self.assertEqual(before, self.registrations())

    def test_V35_less_and_more(self):
        """No scopes_supported, unknown members and placements, an issuer with a path, no token,
        a query of the LMS's own, a client id that is a number, no deployment."""
        def config(c):
            c.pop("scopes_supported")
            c["issuer"] += "/moodle"
            c["something_new"] = [1, {"x": None}]
            c[PLATFORM]["messages_supported"] = [
                {"type": "LtiResourceLinkRequest", "placements": ["somewhere"]},
                {"type": "LtiTelepathyRequest"}]
            return c

        def answer(a):
            a[CONFIG].pop("deployment_id")
            return {**a, "client_id": 10000000000123, "client_secret": "s-1",
                    "registration_access_token": "management-1",
                    "registration_client_uri": self.platform.base + "/r/1"}
        self.patch(config=config, answer=answer)
        _, done = self.through(invitation={"url": self.invite()["url"] + "&lms=1"})
        self.assertIn("Open Waymark once in a course", done.visible())
        made = self.newest()
        self.assertEqual("10000000000123", made["client_id"])
        self.assertTrue(made["issuer"].endswith("/moodle"))
        self.assertEqual("pending", made["deployment_policy"])
        # DR-S7: management tokens are sealed
        row = self.sql("SELECT document, token_sealed FROM registration_grant "
                       "WHERE registration_id = %s" % made["id"])[0]
        self.assertNotIn("management-1", str(row))
        self.assertNotIn("s-1", row[0])
        self.assertTrue(row[1])

    def test_V35_no_token(self):
        """Where the platform wants one it says so; another try is a person's own click."""
        reg = self.platform.registration
        invitation = self.invite()
        _, refused = self.through(invitation=invitation, token=False)
        self.assertIn("missing_registration_token", refused.visible())
        self.assertEqual("", reg.tokens_seen[-1])
        reg.wants_token = False
        self.addCleanup(setattr, reg, "wants_token", True)
        browser = Browser()
        asked = self.until(browser, browser.follow(browser.submit(refused.forms()[0])))
        self.assertIn("is registered", self.confirm(browser, asked).visible())

    # -- care -------------------------------------------------------------------------------------

    def test_DRS6_nothing_secret_in_logs_and_pages(self):
        """DR-S6."""
        invitation = self.invite()
        url = self.platform.registration.start_url(invitation["url"])
        query_ = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        browser, asked = self.open(url)
        for page in (asked, self.confirm(browser, asked)):
            self.assertEqual("no-referrer", page.header("Referrer-Policy"))
            self.assertEqual("no-store", page.header("Cache-Control"))
            self.assertIn("default-src 'none'", page.header("Content-Security-Policy"))
            self.assertIn("frame-ancestors 'self' http", page.header("Content-Security-Policy"))
            self.assertIsNone(page.header("Content-Encoding"))
            for secret in (query_["registration_token"], query_["code"]):
                self.assertNotIn(secret, page.text)
        for secret in (query_["registration_token"], query_["code"],
                       invitation["approval_code"], "openid_configuration"):
            self.assertNotIn(secret, self.log_text())
        self.assertFalse(self.sql("SELECT 1 FROM registering WHERE token_sealed LIKE '%%%s%%'"
                                  % query_["registration_token"]))

    def test_one_that_waits_is_not_in_the_way(self):
        """Anybody who was invited may claim an issuer: logins of the one that is approved go on,
        also when they bring no client id (I4)."""
        mine = self.register("https://claimed.test", "c")
        waits = self.register("https://claimed.test", "other")
        self.refused(mine.login(Browser(), client_id=GONE).answer, 400)
        self.sql("UPDATE registration SET state = 'pending' WHERE registration_id = %s"
                 % waits.registration)
        self.begun(mine.login(Browser(), client_id=GONE))

    def test_forms_want_their_token(self):
        _, asked = self.open(self.platform.registration.start_url(self.invite()["url"]))
        form = asked.forms()[0]
        before = self.platform.count("register")
        self.assertEqual(403, Browser().submit(form, csrf="").status)
        self.assertEqual(403, Browser().submit(form, csrf="x" * 43).status)
        self.assertEqual(403, Browser().submit(form, attempt="0" * 64).status)
        self.assertEqual(before, self.platform.count("register"))

    def test_approval_by_a_person(self):
        """DR-S4: refused stays refused; a wrong code tells nothing."""
        invitation = self.invite()
        at = self.stack.url + "/approve"
        self.assertIn("Nothing has registered", Browser().post(
            at, {"code": invitation["approval_code"]}).visible())
        self.through(invitation=invitation)
        made = self.newest()
        page = Browser().get(at)
        self.assertEqual("Approval code", page.visible().split("platform ", 1)[1][:13])
        self.assertNotIn(" http", page.header("Content-Security-Policy"))
        wrong = Browser().post(at, {"code": "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"})
        self.assertEqual(403, wrong.status)
        page = Browser().post(at, {"code": invitation["approval_code"]})
        refuse = page.forms()[1]
        self.assertEqual("refuse", refuse["fields"]["do"])
        self.assertEqual(403, Browser().submit(refuse, csrf="x").status)
        self.assertEqual("pending", self.newest()["state"])
        self.assertIn("Refused.", Browser().submit(refuse).visible())
        self.assertEqual("disabled", self.newest()["state"])
        self.assertIn("decided already", Browser().submit(page.forms()[0]).visible())
        self.assertEqual("disabled", self.newest()["state"])
        self.assertNotIn(invitation["approval_code"], self.log_text())
        self.stack.run("platform", "approve", str(made["id"]))
        self.assertEqual("active", self.newest()["state"])

    def test_DRS7_only_an_administrator_changes_what_is_approved(self):
        """DR-S7, DR-S4: the platform registers again with other keys; a row of its own waits."""
        invitation = self.invite("--auto-approve")
        self.through(invitation=invitation)
        first = self.newest()
        self.assertEqual("active", first["state"])
        self.patch(config=lambda c: {**c, "jwks_uri": self.platform.base + "/other"})
        self.through()
        second = self.newest()
        self.assertNotEqual(first["id"], second["id"])
        self.assertEqual("pending", second["state"])
        again = [r for r in self.stack.json("platform", "list") if r["id"] == first["id"]]
        self.assertEqual([first], again)

    def test_a_worker_that_dies_while_the_platform_answers(self):
        """I109: it is not known whether the platform has registered us: never a second POST."""
        browser, asked = self.open(self.platform.registration.start_url(self.invite()["url"]))
        before = self.platform.count("register")
        self.misbehave({"on": "register", "do": "slow", "seconds": 20, "times": 1})
        answer = browser.submit(asked.forms()[0])
        stack.wait_for(lambda: self.platform.count("register") == before + 1)
        attempt = "state = 'sent'"
        stack.wait_for(lambda: self.count("registering", attempt) == 1)
        # what a crash leaves: the claim runs out, another worker goes on
        self.sql("UPDATE job SET lease_until_ms = 1 WHERE kind = 'register.send' "
                 "AND state = 'running'")
        page = self.until(browser, browser.follow(answer), 60)
        self.assertIn("does not know whether", page.visible())
        self.assertEqual(before + 1, self.platform.count("register"))


class OnPostgres(Everything, Registering):
    database = "postgresql"


class Canvas(Registering):
    """The Canvas manner: an issuer of another name, placements, no deployment told."""
    manner = "canvas"
    conf = {**OPEN, "issuer_aliases": "canvas.instructure.com=127.0.0.1"}

    def canvas(self, **more):
        p = Platform(manner="canvas", issuer="https://canvas.instructure.com", **more)
        self.addCleanup(p.stop)
        return p.start()

    def test_registers_and_learns_its_deployment(self):
        """DR-2, DR-S2: an alias speaks for the issuer; the administrator took a scope away."""
        p = self.canvas()
        p.registration.keep_scopes = {AGS + "lineitem", AGS + "score"}
        invitation = self.invite("--issuer-host", "canvas.instructure.com", "--auto-approve")
        asked, done = self.through(p, invitation)
        self.assertNotIn("Look closely", asked.visible())
        self.assertIn("Example School <b>", asked.visible())
        self.assertNotIn("School <b>", asked.text)
        self.assertIn("turn the key on", done.visible())
        self.assertIn("Open Waymark once", done.visible())
        body = p.registration.asked[-1]
        tool = body[CONFIG]
        lti = "https://canvas.instructure.com/lti/"
        self.assertEqual("name_only", tool[lti + "privacy_level"])
        places = {tuple(m["placements"]): m for m in tool["messages"]}
        self.assertEqual({("course_navigation",), ("account_navigation",),
                          ("assignment_selection", "link_selection")}, set(places))
        self.assertIs(False, places["course_navigation",][lti + "course_navigation/"
                                                          "default_enabled"])
        self.assertEqual("admins", places["account_navigation",][lti + "visibility"])
        self.assertEqual({"context_id_history", "link_id_history"} & set(tool["custom_parameters"]),
                         set(tool["custom_parameters"]))
        self.assertIn("noticehandlers", body["scope"])
        self.assertNotIn("contextgroup", body["scope"])
        made = self.newest()
        self.assertEqual("active", made["state"])
        shown = self.stack.json("platform", "show", str(made["id"]))
        self.assertEqual([], shown["deployments"])
        self.assertNotIn("result.readonly", str(shown["granted"]["scopes"]))
        # the first launch tells the deployment; a person admits it
        launcher = Launcher(self.stack.url, p.keyring, made["issuer"], made["client_id"],
                            deployment="7:abc", services=p)
        begin = launcher.login(Browser())
        self.refused(launcher.attempt(login=begin), 403, "DEPLOYMENT_PENDING")
        page = Browser().post(self.stack.url + "/approve", {"code": invitation["approval_code"]})
        self.assertIn("7:abc", page.visible())
        page = Browser().submit(page.forms()[0])
        self.assertIn("The deployment is approved", page.visible())
        browser = Browser()
        self.opened(launcher.attempt(browser=browser), browser)

    def test_the_token_belongs_to_the_configuration_too(self):
        p = self.canvas()
        _, answer = self.open(p.registration.start_url(self.invite()["url"], token="wrong"))
        self.assertEqual(400, answer.status)
        self.assertRegex(answer.visible(), "does not give.*401")

    def test_I105_an_issuer_of_another_host_without_alias(self):
        p = Platform(manner="canvas", issuer="https://canvas.example.com").start()
        self.addCleanup(p.stop)
        asked, _ = self.through(p)
        self.assertIn("Look closely", asked.visible())


class Limits(Registering):
    """DR-S8, with the limits as they come."""
    conf = {"register_rate": "10", "job_workers": "4"}

    def calm(self, ask):
        """What the program answers, not nginx, whose own limit is told apart by its page."""
        answers = []

        def ours():
            answers[:] = [ask()]
            return "<center>nginx" not in answers[0].text
        stack.wait_for(ours, 20, every=0.1, why="nginx")
        return answers[0]

    def test_DRS8_ten_an_hour(self):
        url = self.invite()["url"]
        statuses = []
        for i in range(12):
            at = url + "&" + urllib.parse.urlencode(
                {"openid_configuration": "https://10.0.0.%d/" % i})
            statuses.append(self.calm(lambda a=at: Browser().get(a)).status)
        self.assertEqual([400] * 10 + [429] * 2, statuses)
        marks = self.sql("SELECT source_mark FROM attempt_count")
        self.assertNotIn("127.0.0.1", str(marks))
        at = self.stack.url + "/approve"
        statuses = [self.calm(lambda n=i: Browser().post(at, {"code": "wrong%d" % n})).status
                    for i in range(12)]
        self.assertEqual([403] * 10 + [429] * 2, statuses)
        # nginx has a limit of its own, before us
        burst = [Browser().get(at).status for _ in range(60)]
        self.assertIn(429, burst)
        self.assertEqual(200, self.calm(lambda: Browser().get(at)).status)

    def test_DRS8_three_at_once(self):
        self.sql("DELETE FROM attempt_count")
        seen, now, lock = [], [0], threading.Lock()
        inner = self.platform.registration.configuration

        def slow(req):
            with lock:
                now[0] += 1
                seen.append(now[0])
            stack.wait_for(lambda: len(seen) >= 3, 10)
            threading.Event().wait(0.5)
            with lock:
                now[0] -= 1
            return inner(req)
        self.platform.registration.configuration = slow
        self.addCleanup(setattr, self.platform.registration, "configuration", inner)
        urls = [self.platform.registration.start_url(self.invite()["url"]) for _ in range(6)]
        for u in urls:
            self.assertEqual(200, self.calm(lambda a=u: Browser().get(a)).status)
        stack.wait_for(lambda: self.count("registering", "state = 'ask'") == 6, 30)
        self.assertEqual(3, max(seen))


class Networks(Registering):
    """DR-S3: an installation that may reach nothing private."""
    conf = {**OPEN, "private_networks": "127.0.0.9/32",
            "platform_ports": "*"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.listener = Platform(host="127.0.0.1").start()
        cls.addClassCleanup(cls.listener.stop)

    def test_I103_a_name_that_leads_inwards(self):
        """DR-S3: names that are harmless to the form, and loopback to the guard."""
        url = self.invite()["url"]
        before = sum(self.listener.counts.values())
        for host in ("127.0.0.1", "localhost", "ip6-localhost", socket.gethostname()):
            for scheme in ("http", "https"):
                with self.subTest(host=host, scheme=scheme):
                    at = url + "&" + urllib.parse.urlencode({
                        "openid_configuration": "%s://%s:%d/mod/lti/openid-configuration.php"
                        % (scheme, host, self.listener.port)})
                    _, answer = self.open(at)
                    self.assertEqual(400, answer.status, answer.visible())
        self.assertEqual(before, sum(self.listener.counts.values()))


if __name__ == "__main__":
    unittest.main()
