"""LTI.md 9.3, V1 to V33: unusual, but to be accepted; each through nginx."""
import json
import time
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import AGS, GONE, INSTRUCTOR, L, LEARNER, MEMBERSHIP, raw_sign

TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
COURSE_TYPE = "http://purl.imsglobal.org/vocab/lis/v2/course#"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"


class People:
    """V1 to V9."""

    def test_V1_roles(self):
        for roles in ([], ["http://nobody.test/role"], [LEARNER] * 3,
                      [MEMBERSHIP + "Role%d" % i for i in range(40)]):
            self.assertTrue(self.learner_page(self.opens(roles=roles)), roles)
        for roles in (["Instructor"], ["urn:lti:role:ims/lis/Instructor"],
                      [INSTRUCTOR, INSTRUCTOR]):
            self.assertTrue(self.staff_page(self.opens(roles=roles)), roles)

    def test_V2_several_roles(self):
        self.assertTrue(self.staff_page(self.opens(roles=[INSTRUCTOR, LEARNER])))
        self.opens(roles=[MEMBERSHIP + "Mentor"])
        self.opens(roles=[MEMBERSHIP + "Mentor"], role_scope_mentor=["36"])

    def test_V3_names(self):
        none = {"name": GONE, "given_name": GONE, "family_name": GONE, "email": GONE}
        self.opens(**none)
        self.opens(**{**none, "email": "a@b.test"})
        self.opens(email=GONE)
        for name in ("", "   ", "X", "\U0001f98a Foxglove", "\u0645\u062d\u0645\u062f",
                     "\u00e9" * 300, "a\u202eb"):
            self.opens(sub="n%d" % len(name), name=name, given_name=name, family_name=name,
                       email="")

    def test_V4_context(self):
        self.opens(context=GONE)
        for context in ({"id": "only-id"}, {"id": "t1", "type": []},
                        {"id": "t2", "type": ["Account"]}, {"id": "t3", "type": ["Group"]},
                        {"id": "t4", "type": [COURSE_TYPE + "CourseGroup"]},
                        {"id": "t5", "title": None, "label": None}):
            self.opens(context=context)

    def test_V5_resource_link(self):
        for link in ({"id": "r1"}, {"id": "r2", "title": None, "description": None},
                     {"id": "r3", "title": "", "description": ""},
                     {"id": "r4", "title": "A &amp; B &lt;i&gt;"}):
            self.opens(resource_link=link)

    def test_V6_audience(self):
        self.opens(aud=[self.client])
        self.opens(azp=self.client)

    def test_V7_numbers(self):
        now = time.time()
        self.opens(iat=float(int(now)), exp=now + 60.5)
        self.opens(iat=int(now) + 45, exp=int(now) + 120)
        key = self.platform.keyring.current

        def power(login, claims):
            text = json.dumps(claims).replace('"exp": %d' % claims["exp"],
                                              '"exp": %.1fe3' % (claims["exp"] / 1e3 + 1))
            return raw_sign(key, {"typ": "JWT", "alg": "RS256", "kid": key["kid"]}, text)
        self.opens(token=power)

    def test_V8_unknown_claims_and_escapes(self):
        deep = {"a": {"b": {"c": [1, 2, {"d": None}]}}}
        self.opens(**{"https://vendor.test/x": deep, "picture": None, "errors": {"errors": {}},
                      "website": None})
        key = self.platform.keyring.current

        def php(login, claims):
            rows = sorted(claims.items(), key=lambda kv: hash(kv[0]))
            text = json.dumps(dict(rows)).replace("/", "\\/")
            return raw_sign(key, {"typ": "jwt", "alg": "RS256", "kid": key["kid"]}, text)
        self.opens(token=php)

    def test_V9_subjects(self):
        subs = ["2", "3b0f0e9a-5d2c-4f0e-9f6b-0d7c6d1f2a10", "guid_123", "ana@school.test",
                "a+b/c=d:e|f", "Case", "case"]
        for sub in subs:
            self.opens(sub=sub)
        found = {r[0] for r in self.sql("SELECT sub FROM person")}
        self.assertTrue(set(subs) <= found)


class Surroundings:
    """V10 to V20."""

    def test_V10_link_ids(self):
        for link in ("3", "18938", "_18938_1"):
            self.opens(resource_link={"id": link})

    def test_V11_presentation(self):
        for p in (GONE, {"locale": "pt_br"}, {"locale": "en-US"}, {"locale": "x-klingon"},
                  {"locale": ""}, {"width": "800"}):
            self.opens(launch_presentation=p)

    def test_V12_custom(self):
        self.opens(custom={"due": "$ResourceLink.submission.endDateTime", "empty": "", "n": 7,
                           "a.b.c": "x", "\u043a\u043b\u044e\u0447": "y"})

    def test_V13_tool_platform(self):
        for p in (GONE, {"product_family_code": "canvas"}, {"guid": "g"}, {}):
            self.opens(tool_platform=p)

    def test_V14_services(self):
        items = self.platform.oidc.lineitems_url(self.platform.world.courses[3])
        for claim in (GONE, {"scope": [], "lineitems": items},
                      {"scope": [SCOPE + "lineitem"], "lineitems": items},
                      {"scope": [SCOPE + "score"],
                       "lineitem": items.replace("lineitems?", "lineitems/1/lineitem?")}):
            self.opens(**{AGS: claim})

    def test_V15_key_set_with_other_keys(self):
        ring = self.platform.keyring
        good = json.loads(ring.current.export_public())
        ring.extra[:] = [
            {"kty": "EC", "kid": "ec", "crv": "P-256", "x": "AA", "y": "AA"},
            {"kty": "unknown", "kid": "u"}, {"kty": "RSA"}, "text", None,
            {"kty": "RSA", "kid": "pad", "n": good["n"] + "==", "e": "AQAB", "x5c": ["MII"]}]
        self.addCleanup(ring.extra.clear)
        fresh = self.register("https://keys-%s.test" % self.database, "k")
        self.opens(fresh)
        self.opens(fresh, header={"kid": "pad"})

    def test_V15_key_set_as_text(self):
        body = json.dumps(self.platform.keyring.jwks())
        self.platform.misbehave.set([{"on": "jwks", "do": "replace", "body": body,
                                      "type": "text/plain"}])
        self.addCleanup(self.platform.misbehave.set, [])
        self.opens(self.register("https://text-%s.test" % self.database, "k"))

    def test_V16_long_kid(self):
        public = json.loads(self.platform.keyring.current.export_public())
        kid = "2025-02-01T01:16:43Z_3018685d-" + "a:b_c-d./" * 12
        for name in (kid, self.client):
            self.platform.keyring.extra.append({**public, "kid": name})
        self.addCleanup(self.platform.keyring.extra.clear)
        fresh = self.register("https://longkid-%s.test" % self.database, self.client)
        self.opens(fresh, header={"kid": kid})
        self.opens(fresh, header={"kid": self.client})

    def test_V17_login_forms(self):
        params = self.launcher.login_params(lti_message_hint="h" * 2000,
                                            login_hint='{"a":"b c"}%2Fx+y=')
        login = self.begun(self.launcher.login(Browser(), method="GET", params=params))
        self.assertEqual(params["login_hint"], login.params["login_hint"])
        self.assertEqual(params["lti_message_hint"], login.params["lti_message_hint"])
        self.opened(self.launcher.attempt(login=login), login.browser)
        import urllib.parse
        url = self.launcher.login_url + "?" + urllib.parse.urlencode(params)
        answer = Browser().post(url, "", headers={
            "Content-Type": "application/x-www-form-urlencoded"})
        self.assertIn(answer.status, (302, 303))
        empty = self.begun(self.launcher.login(Browser(), lti_message_hint=""))
        self.assertEqual("", empty.params["lti_message_hint"])
        absent = self.begun(self.launcher.login(Browser(), lti_message_hint=GONE))
        self.assertNotIn("lti_message_hint", absent.params)

    def test_V18_deployment_ids(self):
        ids = ("1", "189:8865aa05b4b79b64a91a86042e43af5ea8ae79eb",
               "0d4b8a0e-63a5-4f5f-9e6b-3a4a1d9f0001", "with a space")
        many = self.register("https://deployments.test", "d", deployments=ids)
        for d in ids:
            self.opens(many, login={"lti_deployment_id": d}, deployment_id=d)

    def test_V19_two_tabs_two_roles_at_once(self):
        """LOGIN-12, SES-2: each launch ends at an address of its own."""
        browser = Browser()
        one, two = self.launcher.login(browser), self.launcher.login(browser)
        second = self.opened(self.launcher.attempt(
            login=two, roles=[INSTRUCTOR], context={"id": "c-two", "title": "Second course"}),
            browser)
        first = self.opened(self.launcher.attempt(
            login=one, context={"id": "c-one", "title": "First course"}), browser)
        self.assertNotEqual(first.url, second.url)
        again, other = browser.get(first.url), browser.get(second.url)
        self.assertTrue(self.learner_page(again))
        self.assertIn("First course", again.visible())
        self.assertEqual(200, other.status)
        self.assertTrue(self.staff_page(other))
        self.assertNotIn("First course", other.visible())

    def test_V20_link_never_seen(self):
        context = {"id": "new-course", "title": "Copied course"}
        learner = self.opens(context=context, resource_link={"id": "new-link"})
        self.assertTrue(self.learner_page(learner))
        staff = self.opens(roles=[INSTRUCTOR], context=context,
                           resource_link={"id": "new-link"})
        self.assertTrue(self.staff_page(staff))


class Platforms:
    """V21 to V33, as far as launches go; services are in test_services.py."""

    def test_V21_lives(self):
        now = int(time.time())
        for life in (60, 1800):
            self.opens(iat=now, exp=now + life, nbf=now - 5, jti="j", auth_time=now, acr="0")

    def test_V23_target_with_query(self):
        target = self.launcher.launch_url + "?item=%C3%A9&x=1"
        self.opens(target_link_uri=target)
        self.opens(target_link_uri=self.stack.url + "/lti/launch?a=b",
                   login={"target_link_uri": self.stack.url + "/lti/launch"})

    def test_V29_preview_user(self):
        self.opens(sub="preview-1", roles=[LEARNER, TEST_USER])
        self.opens(sub="preview-2", roles=[LEARNER, TEST_USER])

    def test_V30_issuers(self):
        for iss in ("https://example.edu/moodle", "https://example.edu:8443",
                    "https://xn--bcher-kva.example"):
            self.opens(self.register(iss, "q"))

    def test_V31_unknown_parameters(self):
        self.opens(login={"canvas_region": "eu", "canvas_environment": "prod",
                          "lti_unknown": "x"},
                   form={"lti_storage_target": "_parent", "canvas_x": "y", "lti_y": "z"})

    def test_V32_clock_of_the_platform(self):
        now = int(time.time())
        for offset in (45, -45):
            self.opens(iat=now + offset, exp=now + offset + 60)

    def test_V33_registrations_that_share(self):
        one = self.register("https://first.test", "1")
        two = self.register("https://second.test", "1")
        three = self.register("https://second.test", "2")
        for launcher in (one, two, three):
            self.opens(launcher, sub="shared")
        people = self.count("person", "sub = 'shared'")
        self.assertEqual(3, people)


class OnSqlite(People, Surroundings, Platforms, Case):
    database = "sqlite"


class OnPostgres(People, Surroundings, Platforms, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
