"""The tests of the 1EdTech certification suite for tools (LTI.md 9.1), played through nginx:
12 payloads that a tool must refuse, 2 x 9 that must launch, Deep Linking 7, Names and Roles 5,
Assignment and Grades.

The suite triggers nothing by itself: the services are used by the buttons of the console."""
import base64
import json
import re
import time
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import GONE, INSTRUCTOR, L, LEARNER, MEMBERSHIP
from tests.platform.keys import ToolKeys
from tests.platform.oidc import DL
from tests.support import stack

NAMES = ("name", "given_name", "family_name")
NRPS_ACCEPT = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


class Bad:
    """An error page with a reference, no session, nothing written."""

    def refused_payload(self, status, fault, **changes):
        before = [self.count(t) for t in ("person", "course", "session")]
        answer = self.refuses(status, fault, **changes)
        self.assertEqual(before, [self.count(t) for t in ("person", "course", "session")])
        return answer

    def test_bad_01_no_kid(self):
        self.refused_payload(401, "TOKEN_KID", header={"kid": None})

    def test_bad_02_wrong_kid(self):
        self.refused_payload(401, "KEY_UNKNOWN", header={"kid": "imstester_%d" % time.time()})

    def test_bad_03_wrong_version(self):
        self.refused_payload(400, "VERSION", version="11.3")

    def test_bad_04_no_version(self):
        self.refused_payload(400, "VERSION", version=GONE)

    def test_bad_05_not_an_lti_token(self):
        def token(login, claims):
            return self.launcher.sign({"name": "badltilaunch", **{
                k: v for k, v in claims.items() if not k.startswith("https://")}})
        self.refused_payload(400, "NOT_LTI", token=token)

    def test_bad_06_lti_claims_missing(self):
        keep = ("iss", "aud", "sub", "nonce", "iat", "exp", L + "version",
                L + "deployment_id", L + "message_type")

        def token(login, claims):
            return self.launcher.sign({k: claims[k] for k in keep})
        before = self.count("session")
        answer = self.refuses(400, "ROLES", "LINK_ID", "TARGET_CLAIM", token=token)
        self.assertTrue(answer.visible())
        self.assertEqual(before, self.count("session"))

    def test_bad_07_wrong_times(self):
        self.refused_payload(401, "EXP", iat=11111, exp=22222)
        now = int(time.time())
        self.refused_payload(401, "IAT", iat=now + 3600, exp=now + 7200)

    def test_bad_08_no_message_type(self):
        self.refused_payload(400, "MESSAGE_MISSING", message_type=GONE)

    def test_bad_09_no_roles_claim(self):
        self.refused_payload(400, "ROLES", roles=GONE)

    def test_bad_10_no_deployment_id(self):
        self.refused_payload(400, "DEPLOYMENT_MISSING", deployment_id=GONE,
                             login={"lti_deployment_id": GONE})

    def test_bad_11_no_resource_link_id(self):
        self.refused_payload(400, "LINK_ID", resource_link={"title": "no id"})
        self.refused_payload(400, "LINK_ID", resource_link=GONE)

    def test_bad_12_no_sub(self):
        self.refused_payload(400, "SUB", sub=GONE)


class Good:
    """Every one launches, as instructor and as student."""

    def launches(self, role, **changes):
        page = self.opens(**{"roles": [role], **changes})
        if changes.get("roles", [role]) and role == INSTRUCTOR and "roles" not in changes:
            self.assertTrue(self.staff_page(page))
        if role == LEARNER:
            self.assertTrue(self.learner_page(page))
        return page

    def both(self, **changes):
        for role in (INSTRUCTOR, LEARNER):
            self.launches(role, **changes)

    def test_good_1_standard(self):
        self.both()

    def test_good_2_several_roles(self):
        person = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
        self.assertTrue(self.staff_page(self.launches(
            INSTRUCTOR, roles=[INSTRUCTOR, person + "Instructor"])))
        self.launches(LEARNER, roles=[LEARNER, person + "Student"])

    def test_good_3_short_role(self):
        self.assertTrue(self.staff_page(self.launches(INSTRUCTOR, roles=["Instructor"])))
        self.launches(LEARNER, roles=["Learner"])

    def test_good_4_unknown_role(self):
        for role in (INSTRUCTOR, LEARNER):
            page = self.launches(role, roles=[MEMBERSHIP + "Unknown"])
            self.assertTrue(self.learner_page(page))  # least privilege

    def test_good_5_no_role(self):
        for role in (INSTRUCTOR, LEARNER):
            self.assertTrue(self.learner_page(self.launches(role, roles=[])))

    def test_good_6_mail_only(self):
        self.both(**{k: GONE for k in NAMES})

    def test_good_7_names_only(self):
        self.both(email=GONE)

    def test_good_8_no_personal_data(self):
        self.both(email=GONE, **{k: GONE for k in NAMES})

    def test_good_9_mail_without_context(self):
        self.both(context=GONE, **{k: GONE for k in NAMES})


class DeepLinking:
    """One request and its answer; what the suite checks about it, seven times."""

    back = "https://lms.test/deep_links?token=a%2Fb"

    def test_deep_linking(self):
        browser = Browser()
        settings = {"deep_link_return_url": self.back, "accept_types": ["ltiResourceLink"],
                    "accept_presentation_document_targets": ["iframe", "window"],
                    "accept_multiple": True, "data": "csrf:1"}
        page = self.opened(self.launcher.attempt(
            browser=browser, sub="66", roles=[INSTRUCTOR], resource_link=GONE,
            message_type="LtiDeepLinkingRequest",
            **{DL + "deep_linking_settings": settings}), browser)      # 1 request sent
        form = next(f for f in page.forms() if f["action"].endswith("/pick"))
        keep = [(k, v) for k, v in form["fields"].items() if k not in ("item", "do")]
        done = browser.post(form["action"], keep + [("item", "panel"), ("do", "add")],
                            headers={"Origin": self.stack.url})
        answer = done.forms()[0]                                       # 2 response received
        self.assertEqual((self.back, "POST", ["JWT"]), (
            answer["action"], answer["method"], list(answer["fields"])))
        token = answer["fields"]["JWT"]                                # 3 format
        self.assertRegex(token, r"^[\w-]+\.[\w-]+\.[\w-]+$")
        ours = ToolKeys(self.stack.url + "/lti/jwks.json")
        claims = ours.verify(token)                                    # 5 signature
        now = time.time()                                              # 4 timestamps
        self.assertTrue(now - 60 <= claims["iat"] <= now + 5 and now < claims["exp"] <= now + 3600)
        self.assertEqual((self.client, self.launcher.iss), (claims["iss"], claims["aud"]))
        self.assertEqual(("LtiDeepLinkingResponse", "1.3.0", "1"), tuple(
            claims[L + c] for c in ("message_type", "version", "deployment_id")))  # 6 claims
        self.assertTrue(claims["nonce"])
        self.assertEqual("csrf:1", claims[DL + "data"])
        items = claims[DL + "content_items"]
        self.assertEqual(["ltiResourceLink"], [i["type"] for i in items])  # 7 what was chosen


class Services:
    """What the console's buttons do, as the suite looks at it."""

    def console(self):
        """A launch by the instructor, and the console behind its first page."""
        browser = Browser()
        page = self.opened(self.launcher.attempt(browser=browser, sub="66", roles=[INSTRUCTOR],
                                                 name="Tess"), browser)
        link = re.search(r'href="([^"]*/console\?[^"]*)"', page.text).group(1)
        return browser.get(self.stack.url + link.replace("&amp;", "&")), browser

    def press(self, page, browser, kind, **fields):
        form = next(f for f in page.forms() if f["fields"].get("kind") == kind)
        page = browser.follow(browser.submit(form, **fields))

        def answered():
            nonlocal page
            page = browser.get(page.url)
            return "On its way." not in page.visible()
        stack.wait_for(answered, 30, every=0.2, why=kind)
        return page

    def heard(self, endpoint, method):
        return [r for name, r in self.platform.heard if name == endpoint and r.method == method]

    def test_names_and_roles(self):
        page, browser = self.console()                              # 1 instructor launch
        self.sql("DELETE FROM access_token")
        before = len(self.heard("nrps", "GET"))
        self.press(page, browser, "members")
        heard = self.heard("nrps", "GET")
        self.assertEqual(before + 1, len(heard))                    # 2 request received
        self.assertEqual(NRPS_ACCEPT, heard[-1].headers["Accept"])  # 3 Accept header
        kind, _, token = heard[-1].headers["Authorization"].partition(" ")
        self.assertEqual("Bearer", kind)                            # 4 bearer token
        self.assertIn(token, self.platform.world.tokens)
        asked = self.heard("token", "POST")[-1].form
        self.assertEqual(NRPS_SCOPE, asked["scope"])                # 5 scope
        self.assertIn(NRPS_SCOPE, self.platform.world.tokens[token][1])

    def test_assignments_and_grades(self):
        self.opens(sub="36", roles=[LEARNER])  # a learner's launch with the AGS claim
        page, browser = self.console()
        before = set(self.platform.world.line_items)
        for _ in range(2):
            page = self.press(page, browser, "create")
        made = set(self.platform.world.line_items) - before
        self.assertEqual(2, len(made))
        learner = str(self.sql("SELECT person_id FROM person WHERE sub = '36'")[0][0])
        for item in sorted(set(re.findall(r'<option value="(\d+)">Waymark console', page.text))):
            page = self.press(page, browser, "score", item=item, person=learner, score="90")
            self.assertIn("Post a score: done", page.visible())
            page = self.press(page, browser, "results", item=item)
            self.assertIn('"resultScore":90', page.visible())
        posted = [json.loads(r.body) for r in self.heard("scores", "POST")][-2:]
        self.assertEqual(["36", "36"], [b["userId"] for b in posted])
        for body in posted:
            self.assertRegex(body["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual({90.0}, {self.platform.world.scores[n, 36]["score"] for n in made})
        self.press(page, browser, "delete")
        self.assertEqual(before, set(self.platform.world.line_items))

    def test_the_key_set_is_at_its_address(self):
        answer = Browser().get(self.stack.url + "/lti/jwks.json")
        found = json.loads(answer.text)["keys"]
        self.assertTrue(all(k["kty"] == "RSA" and k["alg"] == "RS256" and k["kid"]
                            for k in found))
        assertion = self.heard("token", "POST")
        if assertion:
            part = assertion[-1].form["client_assertion"].split(".")[0]
            head = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            self.assertIn(head["kid"], [k["kid"] for k in found])


class OnSqlite(Bad, Good, DeepLinking, Services, Case):
    database = "sqlite"


class OnPostgres(Bad, Good, DeepLinking, Services, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
