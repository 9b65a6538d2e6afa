"""What a real Moodle 4.5 sent, sent again: each recorded id_token is accepted at the second it was
issued; its claims, signed anew, and the recorded forms and headers open the tool through nginx;
each recorded refusal leads to its page (LTI.md 1.2, 1.4; I19, I21). Needs ../shared/captures."""
import glob
import json
import os
import subprocess
import unittest
import urllib.parse

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import L
from tests.platform.keys import part
from tests.support import stack

HERE = os.path.join(stack.ROOT, "..", "shared", "captures", "moodle")


def read(*path):
    with open(os.path.join(HERE, *path), encoding="utf-8") as f:
        return json.load(f)


def tokens():
    """{name: token} of every recorded id_token."""
    found = {}
    for path in sorted(glob.glob(HERE + "/*/*.jwt")):
        with open(path, encoding="ascii") as f:
            found[os.path.relpath(path, HERE)] = f.read().strip()
    return found


def recorded_headers(request):
    """What the browser sent, but for what belongs to the connection."""
    skip = ("host", "connection", "content-length", "accept-encoding", "content-type", "cookie")
    return {k: v for k, v in request["headers"] if k.lower() not in skip}


@unittest.skipUnless(os.path.exists(HERE), "../shared/captures is not here")
class Captures(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.known = {}
        for token in tokens().values():
            c = part(token, 1)
            cls.launcher_of(c["iss"], c["aud"], c[L + "deployment_id"])

    @classmethod
    def launcher_of(cls, iss, client, deployment):
        if (iss, client) not in cls.known:
            cls.known[iss, client] = cls.register(iss, client, deployments=(deployment,))
            cls.known[iss, client].deployment = deployment
        return cls.known[iss, client]

    def test_every_token_at_its_second(self):
        """The launch code itself, with Moodle's own signature."""
        jwks, checked = read("golden", "platform-jwks.json"), 0
        for name, token in tokens().items():
            c = part(token, 1)
            target = urllib.parse.urlsplit(c[L + "target_link_uri"])
            if target.scheme == "http":
                continue  # a trial without TLS: tests/unit/test_moodle_tokens.c has these two
            case = {"now": c["iat"], "skew": 60, "max_age": 900, "max_lifetime": 86400,
                    "registration": {"iss": c["iss"], "client_id": c["aud"], "deployments":
                                     [c[L + "deployment_id"]], "deployment_policy": "reject",
                                     "allow_anonymous": False, "algs": ["RS256"]},
                    "tool_base": "%s://%s/" % (target.scheme, target.netloc),
                    "nonce": c["nonce"], "jwks": jwks,
                    "vectors": [{"id": name, "ref": "", "expect": "accept", "why": "",
                                 "id_token": token}]}
            path = os.path.join(self.stack.folder, "case.json")
            with open(path, "w", encoding="ascii") as f:
                json.dump(case, f)
            out = subprocess.run([os.path.join(stack.build_dir(), "conformance"), path],
                                 stdout=subprocess.PIPE, text=True, check=False)
            self.assertEqual(0, out.returncode, (name, out.stdout))
            checked += 1
        self.assertGreaterEqual(checked, 20)
        print("%d recorded tokens accepted by the launch code" % checked)

    def replay(self, iss, client, claims, headers=None, initiation=None):
        """Login and launch with recorded claims; times, nonce and our address are of today."""
        launcher, browser = self.known[iss, client], Browser()
        login = self.begun(launcher.login(browser, params=initiation)
                           if initiation else launcher.login(browser))
        old = urllib.parse.urlsplit(claims[L + "target_link_uri"])
        text = json.dumps(claims).replace("%s://%s" % (old.scheme, old.netloc), self.stack.url)
        fresh = launcher.claims(login.nonce)
        claims = {**json.loads(text), **{k: fresh[k] for k in ("nonce", "iat", "exp")}}
        return browser, launcher.post(login, launcher.sign(claims), headers=headers)

    def test_every_launch_through_nginx(self):
        opened = 0
        for name, token in tokens().items():
            c = part(token, 1)
            if c["iss"].startswith("http:"):
                continue
            browser, answer = self.replay(c["iss"], c["aud"], c)
            self.assertEqual(303, answer.status, (name, answer.visible()[:200]))
            page = browser.follow(answer)
            self.assertEqual(200, page.status, (name, page.visible()[:200]))
            kind = c[L + "message_type"]
            if kind == "LtiDeepLinkingRequest":
                self.assertIn("/pick", page.url, name)
            elif kind == "LtiResourceLinkRequest":
                if any(r.endswith("membership#Instructor") for r in c[L + "roles"]):
                    self.assertTrue(self.staff_page(page), name)
                elif any(r.endswith("membership#Learner") for r in c[L + "roles"]):
                    self.assertTrue(self.learner_page(page), name)
            opened += 1
        self.assertGreaterEqual(opened, 20)

    def test_recorded_forms_byte_by_byte(self):
        """The login form as Moodle's page posted it, with Chromium's headers: what we ask Moodle
        for is what it took then; then its answer, with its headers."""
        seen = 0
        for path in sorted(glob.glob(HERE + "/launches/*-1-oidc-login-initiation.json")):
            first = read("launches", os.path.basename(path))
            second = read("launches", os.path.basename(path).replace(
                "1-oidc-login-initiation", "2-authentication-request"))
            third = read("launches", os.path.basename(path).replace(
                "1-oidc-login-initiation", "3-auth-response"))
            form = dict(urllib.parse.parse_qsl(first["request"]["body"], True))
            body = first["request"]["body"].replace(urllib.parse.quote(
                "https://tool.test:9443", safe=""), urllib.parse.quote(self.stack.url, safe=""))
            launcher = self.launcher_of(form["iss"], form["client_id"], form["lti_deployment_id"])
            answer = Browser().post(launcher.login_url, body, headers={
                **recorded_headers(first["request"]),
                "Content-Type": "application/x-www-form-urlencoded"})
            self.assertIn(answer.status, (302, 303), path)
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.location).query,
                                                True))
            taken = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(second["url"]).query,
                                                True))
            for k in ("scope", "response_type", "response_mode", "prompt", "client_id",
                      "login_hint", "lti_message_hint"):
                self.assertEqual(taken.get(k), asked.get(k), (path, k))
            self.assertEqual(set(taken), set(asked))
            browser, opened = self.replay(
                form["iss"], form["client_id"], third["id_token_decoded"]["payload"],
                recorded_headers(third["request"]), body)
            self.assertEqual(303, opened.status, path)
            self.assertTrue([c for c in opened.all("Set-Cookie") if "Partitioned" in c
                             and "SameSite=None" in c and "Secure" in c])
            seen += 1
        self.assertGreaterEqual(seen, 9)

    def test_recorded_refusals(self):
        """What Moodle posts to the tool instead of a token, each as recorded."""
        launcher = next(iter(self.known.values()))
        faults = {}
        for name, row in read("auth-errors", "auth-error-matrix.json").items():
            for post in row.get("posted_to_tool", []):
                fields = post["fields"]
                login = launcher.login(Browser())
                if "error" in fields:
                    form = {**fields, "state": login.state}
                    answer = login.browser.post(launcher.launch_url, form, headers={
                        "Origin": "https://moodle.test:8443"})
                    faults[fields["error"]] = self.refused(answer, (400, 403))
                    self.refused(launcher.attempt(login=login), 400, "STATE_UNKNOWN")
                elif fields["state"] == "":
                    self.refused(launcher.post(login, "x.y.z", state=""), 400, "STATE_MISSING")
                else:
                    self.assertIn("id_token", fields, name)
        self.assertLessEqual({"invalid_request", "access_denied", "unauthorized_client"},
                             set(faults))
        print("recorded refusals:", faults)

    def test_we_never_send_what_moodle_refused(self):
        """The requests that ended on Moodle's own error page: ours differ in just that point."""
        launcher = next(iter(self.known.values()))
        asked = launcher.login(Browser()).params
        self.assertEqual(("openid", "id_token", "form_post", "none"), tuple(
            asked[k] for k in ("scope", "response_type", "response_mode", "prompt")))
        self.assertEqual(launcher.launch_url, asked["redirect_uri"])
        for k in ("state", "nonce"):  # Moodle filters a state: quotes and tags do not come back
            self.assertRegex(asked[k], r"\A[A-Za-z0-9_-]{22,64}\Z")


if __name__ == "__main__":
    unittest.main()
