"""The LMS stand-in answers as the recorded Moodle did. Basics first: when these fail, nothing
said by the other integration tests counts."""
import json
import time
import unittest
import urllib.parse

from jwcrypto import jwk, jws

from tests.integration.browser import Browser
from tests.platform import keys, services
from tests.platform.oidc import AGS_SCOPES, DL, NRPS_SCOPE, L
from tests.platform.server import Platform


class Tool:
    """A minimal tool: a key, and a form of each answer."""

    def __init__(self):
        self.key = keys.generate("tool-1")
        self.keys = {"keys": [json.loads(self.key.export_public())]}

    def assertion(self, platform, client, **changes):
        now = int(time.time())
        claims = {"iss": client, "sub": client, "aud": platform.endpoints["token"],
                  "iat": now - 5, "exp": now + 300, "jti": "j%f" % time.time(), **changes}
        return keys.sign(claims, self.key)


class StandIn(unittest.TestCase):
    manner = "moodle"

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform(manner=cls.manner).start()
        cls.addClassCleanup(cls.platform.stop)
        cls.tool = Tool()
        cls.reg = cls.platform.add_tool("http://tool.test")
        cls.reg.keys = keys.ToolKeys("http://unused")
        cls.reg.keys.keys = jwk.JWKSet.from_json(json.dumps(cls.tool.keys))
        cls.browser = Browser()

    def token(self, scopes=None, **changes):
        form = {"grant_type": "client_credentials", "client_assertion_type": services.ASSERTION,
                "client_assertion": self.tool.assertion(self.platform, self.reg.client_id,
                                                        **changes),
                "scope": " ".join(scopes or AGS_SCOPES + [NRPS_SCOPE])}
        return self.browser.post(self.platform.endpoints["token"], form)

    def bearer(self, **kw):
        return {"Authorization": "Bearer " + json.loads(self.token().body)["access_token"], **kw}

    def test_launch_ends_in_a_signed_token(self):
        course = self.platform.world.courses[3]
        url, fields = self.platform.oidc.initiation(self.reg, course, course.people[36])
        self.assertEqual("http://tool.test/lti/login", url)
        ask = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post",
               "prompt": "none", "client_id": self.reg.client_id, "state": "s1", "nonce": "n1",
               "redirect_uri": "http://tool.test/lti/launch",
               "login_hint": fields["login_hint"],
               "lti_message_hint": fields["lti_message_hint"]}
        answer = self.browser.get(self.platform.endpoints["auth"] + "?"
                                  + urllib.parse.urlencode(ask))
        form = answer.forms()[0]
        self.assertEqual("s1", form["fields"]["state"])
        token = jws.JWS()
        token.deserialize(form["fields"]["id_token"])
        published = json.loads(self.browser.get(self.platform.endpoints["jwks"]).body)
        token.verify(jwk.JWK(**published["keys"][0]), "RS256")
        claims = json.loads(token.payload)
        self.assertEqual("n1", claims["nonce"])
        self.assertEqual(fields["login_hint"], claims["sub"])
        # the hint is good for one launch
        again = self.browser.get(self.platform.endpoints["auth"] + "?"
                                 + urllib.parse.urlencode(ask))
        self.assertNotIn("id_token", again.text)

    def test_redirect_uri_must_be_exact(self):
        course = self.platform.world.courses[3]
        _, fields = self.platform.oidc.initiation(self.reg, course, course.people[36])
        ask = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post",
               "prompt": "none", "client_id": self.reg.client_id, "state": "s", "nonce": "n",
               "redirect_uri": "http://tool.test/lti/launch?x=1", **fields}
        answer = self.browser.post(self.platform.endpoints["auth"], ask)
        self.assertEqual(404, answer.status)
        self.assertNotIn("id_token", answer.text)

    def test_token_endpoint(self):
        self.assertEqual(200, self.token().status)
        self.assertIn("invalid_scope", self.token(["https://nothing.test/x"]).text)
        self.assertIn("Expired", self.token(exp=1).text)
        self.assertIn("iat prior", self.token(iat=int(time.time()) + 100).text)

    def test_roster_in_pages(self):
        url = self.platform.oidc.memberships_url(self.platform.world.courses[3]) + "?limit=10"
        seen, head = [], self.bearer(Accept=services.NRPS_TYPE)
        while url:
            answer = self.browser.get(url, headers=head)
            seen += json.loads(answer.body)["members"]
            links = answer.header("Link") or ""
            url = next((p.split(">")[0].strip(" <") for p in links.split(",")
                        if 'rel="next"' in p), None)
        self.assertEqual(31, len(seen))
        self.assertEqual(31, len({m["user_id"] for m in seen}))

    def test_services_need_a_token(self):
        url = self.platform.oidc.memberships_url(self.platform.world.courses[3])
        self.assertEqual(401, self.browser.get(url).status)

    def score(self, url, at, value):
        body = {"userId": self.platform.world.sub(self.platform.world.courses[3].people[36]),
                "scoreGiven": value, "scoreMaximum": 100, "timestamp": at,
                "activityProgress": "Completed", "gradingProgress": "FullyGraded"}
        return self.browser.post(url, json.dumps(body),
                                 headers=self.bearer(**{"Content-Type": services.SCORE_TYPE}))

    def test_column_scores_and_results(self):
        course = self.platform.world.courses[3]
        made = self.browser.post(
            self.platform.oidc.lineitems_url(course), '{"label":"Mastery","scoreMaximum":50}',
            headers=self.bearer(**{"Content-Type": services.ITEM_TYPE}))
        self.assertEqual(201, made.status)
        item = json.loads(made.body)["id"]
        url = urllib.parse.urlsplit(item)._replace(query="").geturl() + "/scores"
        self.assertLess(self.score(url, "2026-11-23T02:55:53.025Z", 90).status, 202)
        refused = 409 if self.manner == "moodle" else 400
        self.assertEqual(refused, self.score(url, "2026-11-23T02:55:53.025Z", 91).status)
        self.assertEqual(refused, self.score(url, "2026-01-01T00:00:00Z", 91).status)
        results = self.browser.get(url.replace("/scores", "/results"),
                                   headers=self.bearer(Accept=services.RESULTS_TYPE))
        row = json.loads(results.body)[0]
        self.assertEqual((45, 50), (row["resultScore"], row["resultMaximum"]))

    def test_misbehaviour(self):
        url = self.platform.endpoints["jwks"]
        self.platform.misbehave.set([{"on": "jwks", "do": "status", "code": 503, "times": 1},
                                     {"on": "jwks", "do": "badjson", "times": 1}])
        self.assertEqual(503, self.browser.get(url).status)
        with self.assertRaises(ValueError):
            json.loads(self.browser.get(url).body)
        self.assertIn("keys", json.loads(self.browser.get(url).body))

    def test_rotation(self):
        before = json.loads(self.browser.get(self.platform.endpoints["jwks"]).body)
        self.platform.keyring.rotate()
        after = json.loads(self.browser.get(self.platform.endpoints["jwks"]).body)
        self.assertEqual(len(before["keys"]) + 1, len(after["keys"]))

    def selection(self, settings=None, header=None, key=None, form=None, **changes):
        """An answer to a Deep Linking request: what the stand-in finds wrong with it."""
        course = self.platform.world.courses[3]
        self.platform.world.deep_link = settings or {}
        asked = self.platform.deep_link.settings(self.reg, course, course.people[66])
        self.platform.world.deep_link = {}
        now = int(time.time())
        claims = {"iss": self.reg.client_id, "aud": self.platform.world.issuer, "iat": now,
                  "exp": now + 300, "nonce": "n%f" % time.time(),
                  L + "message_type": "LtiDeepLinkingResponse", L + "version": "1.3.0",
                  L + "deployment_id": self.reg.deployment,
                  DL + "content_items": [{"type": "ltiResourceLink"}], **changes}
        if "data" in asked:
            claims.setdefault(DL + "data", asked["data"])
        token = keys.sign({k: v for k, v in claims.items() if v is not None},
                          key or self.tool.key, header)
        self.browser.post(asked["deep_link_return_url"], form or {"JWT": token})
        return self.platform.deep_link.answers[-1]["problems"]

    def test_deep_linking_answers_are_taken_strictly(self):
        one = {"type": "ltiResourceLink"}
        good = [{**one, "url": "https://tool.test/x", "title": "T", "custom": {"a": "$b", "c": ""},
                 "https://own.test/x": 1, "lineItem": {"scoreMaximum": 1.5},
                 "submission": {"endDateTime": "2026-12-01T08:00:00+05:30"}}]
        self.assertEqual([], self.selection(**{DL + "content_items": good}))
        self.assertEqual([], self.selection(**{DL + "content_items": []}))
        self.assertEqual([], self.selection(**{DL + "content_items": None}))
        self.assertEqual([], self.selection({"data": ""}))
        for changes in ({"iss": "other"}, {"aud": "https://other.test"}, {"nonce": None},
                        {"nonce": ""}, {"exp": 1}, {"exp": "9"}, {"iat": None}, {"sub": "36"},
                        {L + "message_type": "LtiDeepLinkingRequest"}, {L + "version": "1.3"},
                        {L + "deployment_id": "x"}, {DL + "data": "made up"},
                        {DL + "msg": 7}, {"short": 1}):
            self.assertTrue(self.selection(**changes), changes)
        for item in ({"type": "odd"}, {}, "text", {**one, "own": 1}, {**one, "title": "a\nb"},
                     {**one, "custom": {"a": None}}, {**one, "custom": {"a": {"b": "c"}}},
                     {**one, "lineItem": {}}, {**one, "lineItem": {"scoreMaximum": 0}},
                     {**one, "lineItem": {"scoreMaximum": "5"}}, {**one, "available": {}},
                     {**one, "available": {"startDateTime": "2026-12-01T08:00"}}):
            self.assertTrue(self.selection(**{DL + "content_items": [item]}), item)
        self.assertTrue(self.selection({"accept_multiple": False},
                                       **{DL + "content_items": [one, one]}))
        self.assertTrue(self.selection({"accept_lineitem": False}, **{DL + "content_items": good}))
        self.assertTrue(self.selection({"data": "d"}, **{DL + "data": "D"}))
        self.assertTrue(self.selection(key=keys.generate("tool-1")))
        self.assertTrue(self.selection(header={"jku": "https://tool.test/jwks"}))
        self.assertTrue(self.selection(form={"jwt": "x"}))
        self.assertEqual([], self.selection(nonce="once"))
        self.assertIn("nonce", self.selection(nonce="once"))


class CanvasManner(StandIn):
    manner = "canvas"

    def test_pages_of_fifty_at_most_a_hundred(self):
        self.assertEqual(50, self.platform.world.page_size)


class WebServices(unittest.TestCase):
    """What the recorded Moodle told, told again."""

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.addClassCleanup(cls.platform.stop)

    def call(self, function, token=None, **more):
        form = {"wstoken": token or self.platform.world.ws_token, "wsfunction": function,
                "moodlewsrestformat": "json", **more}
        answer = Browser().post(self.platform.base + "/webservice/rest/server.php", form)
        return json.loads(answer.body)

    def test_contents(self):
        sections = self.call("core_course_get_contents", courseid="3")
        quizzes = [m for s in sections for m in s["modules"] if m["modname"] == "quiz"]
        self.assertEqual(6, len(quizzes))
        self.assertTrue(quizzes[0]["url"].startswith(self.platform.base))

    def test_every_attempt_can_be_read(self):
        finished = marks = 0
        for quiz in self.call("mod_quiz_get_quizzes_by_courses",
                              **{"courseids[0]": "3"})["quizzes"]:
            rows = [a for user in self.platform.world.courses[3].people
                    for a in self.call("mod_quiz_get_user_attempts", quizid=quiz["id"],
                                       userid=user, status="all")["attempts"]]
            for a in rows:
                if a["state"] == "finished":
                    finished += 1
                    marks += len(self.call("mod_quiz_get_attempt_review",
                                           attemptid=a["id"], page="-1")["questions"])
        self.assertEqual((219, 1095), (finished, marks))

    def test_grades_of_everyone_in_one_call(self):
        report = self.call("gradereport_user_get_grade_items", courseid="3", userid="0")
        self.assertEqual(29, len(report["usergrades"]))

    def test_newest_time_is_yesterday(self):
        users = self.call("core_enrol_get_enrolled_users", courseid="3")
        newest = max(u["lastcourseaccess"] for u in users)
        self.assertEqual(int(time.time() // 86400) - 1, newest // 86400)

    def test_errors(self):
        self.assertEqual("invalidtoken", self.call("x", token="no")["errorcode"])
        self.assertEqual("invalidrecord", self.call("message_send_x")["errorcode"])
        self.assertEqual("invalidrecord", self.call("core_course_get_contents",
                                                    courseid="9")["errorcode"])


if __name__ == "__main__":
    unittest.main()
