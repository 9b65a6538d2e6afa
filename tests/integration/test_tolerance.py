"""What platforms really send, and what they must not get away with, in services (LTI.md 9.2 I91
to I98, 9.3 V24 to V28): through `waymark sync` and the outbox."""
import json
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.platform.oidc import AGS_SCOPE
from tests.support import demo_course, stack

PEAK_KB = 32 * 1024


class Services(Case):
    """One course, read again and again under different conditions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.platform.world
        link = str(w.link_of(w.courses[3]))
        cls.column = w.add_line_item(3, "Warm-up", 10, {36: 7, 37: 0, 38: 10},
                                     resourceId="warm-up", resourceLinkId=link)
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    def setUp(self):
        self.addCleanup(self.platform.misbehave.set, [])
        self.addCleanup(self.platform.world.patch.clear)

    def sync(self, check=True):
        return self.stack.run("sync", "--course", self.course, "--wait", timeout=120,
                              check=check)

    def patch(self, name, change):
        self.platform.world.patch[name] = change

    def active(self):
        return self.count("enrolment", "status = 'active'")

    def results(self):
        return self.count("evidence", "source_kind = 'ags'")

    def test_results_of_our_column_are_evidence(self):
        self.assertEqual(3, self.results())
        self.assertEqual(1, self.count("evidence", "source_kind = 'ags' AND score = 0"))

    def test_V24_token_answers(self):
        self.sql("DELETE FROM access_token")
        self.patch("token", lambda b: {"access_token": b["access_token"], "more": {"x": 1},
                                       "token_type": "bearer", "expires_in": "3600"})
        self.sync()
        self.assertGreaterEqual(self.count("access_token"), 1)

    def test_V26_rosters(self):
        before = self.active()
        for change in (
                lambda b: {**b, "members": [{"user_id": m["user_id"], "roles": m["roles"]}
                                            for m in b["members"]]},
                lambda b: {**b, "context": {"id": b["context"]["id"]}},
                lambda b: {**b, "members": [{**m, "status": "Active", "roles": [
                    "http://purl.imsglobal.org/vocab/lis/v2/membership#" + m["roles"][0]]}
                    for m in b["members"]]}):
            self.patch("nrps", change)
            self.sync()
            self.assertEqual(before, self.active())

    def test_V27_link_headers(self):
        """NRPS-2: all pages, whatever the header looks like."""
        before = self.active()
        world = self.platform.world
        world.page_size = 7
        self.addCleanup(setattr, world, "page_size", 0)
        self.addCleanup(setattr, world, "link_style", None)
        for style in (None, lambda t: t.replace('rel="next"', "rel=next"),
                      lambda t: t.replace('rel="next"', 'rel="prefetch next"'),
                      lambda t: t.replace('"', "\u201d").replace("&amp;", "&").replace(
                          "&", "&amp;"),
                      lambda t: [t, '<%s>; rel="differences"' % self.platform.base],
                      lambda t: t.replace("; rel", '; title="a, b; c" ; REL'),
                      lambda t: t.replace(self.platform.base, "")):
            world.link_style = style
            asked = self.platform.count("nrps")
            self.sync()
            self.assertEqual(before, self.active())
            self.assertEqual(asked + 5, self.platform.count("nrps"))

    def test_V28_somebody_the_roster_does_not_have(self):
        self.opens(sub="555", context={"id": "3", "title": "Algebra I"})
        self.sync()
        # not in a complete roster: inactive, but kept; the next launch brings them back
        where = ("person_id = (SELECT person_id FROM person WHERE sub = '555') AND status = ")
        self.assertEqual(1, self.count("enrolment", where + "'inactive'"))
        self.opens(sub="555", context={"id": "3", "title": "Algebra I"})
        self.assertEqual(1, self.count("enrolment", where + "'active'"))

    def test_I91_scope_not_granted(self):
        self.sql("DELETE FROM access_token")
        self.patch("token", lambda b: {**b, "scope": AGS_SCOPE + "score"})
        before = self.platform.count("nrps")
        told = self.sync(check=False)
        self.assertEqual(before, self.platform.count("nrps"))
        self.assertNotEqual("", (told.stdout + told.stderr).strip())
        self.platform.world.patch.clear()
        self.sql("DELETE FROM access_token")
        self.sync()

    def test_I92_odd_line_items(self):
        items = len(self.platform.world.line_items)
        for change in (lambda rows: {}, lambda rows: rows[0] if rows else {},
                       lambda rows: [{**rows[0], "id": "https://evil.test/item"}] + rows,
                       lambda rows: [{"label": None}, {"id": 7}, "text", None] + rows,
                       lambda rows: [{**r, "scoreMaximum": "text"} for r in rows]):
            self.patch("lineitems", change)
            self.sync(check=False)
        self.platform.world.patch.clear()
        self.sync()
        self.assertEqual(items, len(self.platform.world.line_items))

    def test_I96_odd_results(self):
        before = self.results()
        self.patch("results", lambda rows: [
            {"userId": "9999", "resultScore": 5, "resultMaximum": 10},
            {"userId": "39", "resultScore": "text", "resultMaximum": 10},
            {"userId": "40", "resultScore": 5, "resultMaximum": 0},
            {"userId": 41, "resultScore": 5}, "text", None, {}] + rows)
        self.sync()
        self.assertEqual(before, self.results())

    def test_I97_bombs_and_endless_answers(self):
        before = self.active()
        for rule in ({"do": "bomb"}, {"do": "endless", "bytes": 100 << 20},
                     {"do": "huge", "bytes": 60 << 20}):
            for name in ("nrps", "token", "ws"):
                self.sql("DELETE FROM access_token")
                self.platform.misbehave.set([{"on": name, **rule}])
                self.sync(check=False)
        self.platform.misbehave.set([])
        self.sync()
        self.assertEqual(before, self.active())
        self.memory_is_flat(PEAK_KB)

    def test_I98_redirects_are_not_followed(self):
        before = self.platform.count("unknown")
        for name in ("nrps", "token", "lineitems", "results", "ws"):
            self.sql("DELETE FROM access_token")
            self.platform.misbehave.set([{"on": name, "do": "redirect",
                                          "to": self.platform.base + "/elsewhere"}])
            self.sync(check=False)
        self.assertEqual(before, self.platform.count("unknown"))


class Posting(Case):
    """The outbox: every score arrives once, whatever the platform answers meanwhile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)

    def post_now(self):
        """Scores are due, and the clock's turn to post them has come."""
        self.sql("UPDATE outbox SET next_ms = 0 WHERE state = 'pending'")
        self.sql("UPDATE schedule SET next_ms = 0 WHERE name = 'publish.tick'")

    def drain(self, left=0):
        def done():
            if self.count("outbox", "state = 'pending'") <= left:
                return True
            if self.count("job", "kind LIKE 'publish%' AND state IN ('ready', 'running')") == 0:
                self.post_now()
            return False
        stack.wait_for(done, 60, every=0.2, why="the outbox to empty")

    def test_V25_I93_answers_to_scores(self):
        stack.wait_for(lambda: self.count("job", "state IN ('ready', 'running') AND kind LIKE "
                                                 "'recompute%'") == 0, 90, every=0.1,
                       why="everybody to be worked out: each of them brings a score")
        waiting = self.count("outbox", "state = 'pending'")
        self.assertGreater(waiting, 20)
        self.platform.misbehave.set([
            {"on": "scores", "do": "status", "code": 201, "body": "", "times": 4},
            {"on": "scores", "do": "status", "code": 202, "body": "x", "times": 4},
            {"on": "scores", "do": "status", "code": 204, "times": 4},
            {"on": "scores", "do": "html", "code": 200, "times": 4},
            # what is tried again: the platform had taken it, but its answer was lost
            {"on": "scores", "do": "status", "code": 500, "times": 2},
            {"on": "scores", "do": "close", "times": 1}])
        self.post_now()
        self.drain()
        self.assertEqual(0, self.count("outbox", "state = 'failed'"))
        # a lost answer is asked for again, with the same score
        scores = {}
        for s in self.platform.world.snapshot():
            scores.setdefault(s["userId"], set()).add(s["scoreGiven"])
        self.assertEqual({1}, {len(v) for v in scores.values()})
        self.assertEqual(waiting, len(scores))

    def test_zz_expired_token_in_the_middle(self):
        """I93: 401 brings a new token, once."""
        self.sql("UPDATE outbox SET state = 'pending', attempts = 0, next_ms = 0")
        self.platform.world.scores.clear()
        self.platform.world.tokens.clear()
        before = self.platform.count("token")
        self.post_now()
        self.drain()
        self.assertEqual(before + 1, self.platform.count("token"))


class Administration(Case):
    """What an administrator is told."""

    def test_platform_test(self):
        self.opens()
        number = str(self.stack.registration)
        said = self.stack.run("platform", "test", number).stdout
        self.assertIn("ok", said)
        self.assertNotIn("FAIL", said)
        for name, rule in (("jwks", {"do": "status", "code": 404}),
                           ("token", {"do": "status", "code": 400,
                                      "body": '{"error":"invalid_client"}'}),
                           ("nrps", {"do": "status", "code": 403})):
            self.platform.misbehave.set([{"on": name, **rule}])
            self.sql("DELETE FROM access_token")
            answer = self.stack.run("platform", "test", number, check=False)
            self.assertEqual(1, answer.returncode, name)
            self.assertIn("FAIL", answer.stdout)
        self.platform.misbehave.set([])

    def test_lists(self):
        rows = self.stack.json("platform", "list")
        self.assertEqual([self.client], [r["client_id"] for r in rows])
        shown = self.stack.json("platform", "show", str(self.stack.registration))
        self.assertEqual("1", shown["deployments"][0]["deployment_id"])

    def test_registering_twice_is_refused(self):
        """DR-S4."""
        ends = self.platform.endpoints
        again = self.stack.run("platform", "add", "--issuer", self.launcher.iss, "--client-id",
                               self.client, "--auth-url", "https://evil.test/a", "--token-url",
                               ends["token"], "--jwks-url", ends["jwks"], check=False)
        self.assertEqual(1, again.returncode)
        self.assertNotIn("evil", json.dumps(self.stack.json("platform", "list")))

    def test_wrong_moodle_token(self):
        self.opens()
        answer = self.stack.run("platform", "moodle", str(self.stack.registration), "--url",
                                self.platform.base, "--token-file", "-", stdin="wrong\n",
                                check=False)
        self.assertEqual(1, answer.returncode)
        self.assertIn("token", (answer.stdout + answer.stderr).lower())

    def test_key_rotation_keeps_the_old_key_published(self):
        def kids():
            page = Browser().get(self.stack.url + "/lti/jwks.json")
            self.assertEqual(200, page.status)
            keys = json.loads(page.body)["keys"]
            for k in keys:
                self.assertEqual(("RSA", "RS256", "sig"), (k["kty"], k["alg"], k["use"]))
                self.assertFalse({"d", "p", "q"} & set(k))
            return {k["kid"] for k in keys}
        before = kids()
        self.stack.run("platform", "rotate-key", "--force", check=False)
        self.assertLessEqual(before, kids())


if __name__ == "__main__":
    unittest.main()
