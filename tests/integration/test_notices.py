"""Notices through nginx (LTI.md 8.2: PNS-1, I111, I112, V34): each entry on its own, once, and
only from a platform that signed it."""
import json
import time
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import AGS, GONE, L, NRPS, raw_sign
from tests.platform import keys
from tests.platform.notices import COPY, HELLO
from tests.support.stack import wait_for

CLAIM = L + "platformnotificationservice"


class Inbox(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tool = cls.platform.world.tools[cls.client]
        cls.box = cls.platform.notices.offer()

    def setUp(self):
        super().setUp()
        self.opens()  # now the platform's keys are at hand
        self.url = self.stack.url + "/lti/notice"

    def send(self, *tokens):
        status, text = self.box.deliver(self.tool, list(tokens), self.url)
        return status, json.loads(text)

    def hello(self, **more):
        return self.box.notice(self.tool, HELLO, **more)

    def copied(self, new, old):
        return self.box.copy_notice(self.tool, new, old)

    def noted(self):
        return self.count("notice")

    def refuses_notice(self, status, *tokens):
        before = self.noted()
        got, told = self.send(*tokens)
        self.assertEqual((status, 0, len(tokens)), (got, told["taken"], told["refused"]), told)
        self.assertEqual(before, self.noted())

    # -- what is taken ------------------------------------------------------------------------

    def test_PNS_1_hello(self):
        before = self.noted()
        status, told = self.send(self.hello())
        self.assertEqual((200, 1), (status, told["taken"]))
        self.assertEqual(before + 1, self.noted())

    def test_V34_unknown_type_and_several(self):
        status, told = self.send(self.hello(), self.box.notice(self.tool, "LtiNewNotice"),
                                 self.copied("n1", "o1"))
        self.assertEqual((200, 3, 0), (status, told["taken"], told["refused"]))
        self.assertEqual(1, self.count("course_origin", "context_id = 'n1' AND "
                                       "origin_context_id = 'o1' AND source = 'notice'"))

    def test_V34_duplicate_delivery(self):
        twice = self.copied("n2", "o2")
        self.assertEqual(1, self.send(twice)[1]["taken"])
        status, told = self.send(twice)
        self.assertEqual((200, 0, 1), (status, told["taken"], told["duplicates"]))
        status, told = self.send(self.hello(), twice, twice)
        self.assertEqual((200, 1, 2), (status, told["taken"], told["duplicates"]))
        # the same notice under another signature, and another notice with a used nonce
        again = self.box.claims(self.tool, HELLO)
        self.send(self.platform.keyring.sign(again))
        for member, value in (("nonce", "another"), (L + "notice", {"id": "x", "type": HELLO})):
            status, told = self.send(self.platform.keyring.sign({**again, member: value}))
            self.assertEqual((200, 0, 1), (status, told["taken"], told["duplicates"]))

    def test_PNS_1_the_same_id_of_two_platforms(self):
        other = self.register("https://other-lms.test", "other-client")
        mine = self.box.claims(self.tool, HELLO)
        theirs = {**mine, "iss": other.iss, "aud": other.client_id, "azp": other.client_id}
        self.opens(other, **{AGS: GONE, NRPS: GONE})
        for claims in (mine, theirs):
            status, told = self.send(self.platform.keyring.sign(claims))
            self.assertEqual((200, 1), (status, told["taken"]))

    # -- what is refused ------------------------------------------------------------------------

    def test_I111_bad_entries_do_not_drop_the_others(self):
        stranger = keys.generate(self.platform.keyring.current["kid"])
        before = self.noted()
        status, told = self.send(
            self.hello(key=stranger), "rubbish", self.hello(deployment_id="no such"),
            self.hello(notice={"type": HELLO}), self.hello(notice={"id": "1"}),
            self.copied("n3", "o3"))
        self.assertEqual((200, 1, 5), (status, told["taken"], told["refused"]))
        self.assertEqual(before + 1, self.noted())

    def test_I111_bad_signatures(self):
        stranger = keys.generate(self.platform.keyring.current["kid"])
        self.refuses_notice(401, self.hello(key=stranger))
        self.refuses_notice(401, self.hello(key=stranger), "a.b.c", "")
        self.refuses_notice(401, self.hello(iss="https://nobody.test"))
        self.refuses_notice(401, self.hello(aud="nobody", azp=None))
        head = {"alg": "none", "kid": "x"}
        self.refuses_notice(401, self.launcher.forge(head, self.box.claims(self.tool, HELLO)))

    def test_I111_signed_but_wrong(self):
        now = int(time.time())
        for more in ({"deployment_id": "no such"}, {"deployment_id": None},
                     {"notice": None}, {"notice": {"id": "1"}}, {"notice": {"type": HELLO}},
                     {"notice": {"id": 7, "type": HELLO}}, {"nonce": None}, {"nonce": ""},
                     {"version": "1.1"}, {"version": None}, {"exp": now - 100, "iat": now - 200},
                     {"iat": now + 500}, {"iat": now - 4000}, {"azp": "other"},
                     {"aud": [self.client, "other"]}, {"exp": now + 90000}):
            self.refuses_notice(400, self.hello(**more))
        self.refuses_notice(400, self.box.notice(self.tool, COPY, context={"id": "n"}))
        self.refuses_notice(400, self.box.notice(self.tool, COPY, origin_contexts=["o"]))

    def test_I111_a_launch_is_no_notice(self):
        claims = self.launcher.claims("some-nonce")
        self.refuses_notice(400, self.launcher.sign(claims))
        both = {**claims, **self.box.claims(self.tool, HELLO)}
        self.refuses_notice(400, self.launcher.sign(both))

    def test_I112_a_notice_is_no_launch(self):
        login = self.launcher.login(Browser())
        claims = {**self.box.claims(self.tool, HELLO), "nonce": login.nonce}
        self.refused(self.launcher.post(login, self.platform.keyring.sign(claims)), 400,
                     "MESSAGE_MISSING")

    def test_I111_envelope(self):
        good = self.hello()
        before = self.noted()
        for body in (b"", b"null", b"[]", b"{}", b'{"notices":[]}', b'{"notices":{"jwt":"x"}}',
                     b'{"notices":[{"jwt":"x"}]', b"notices=1",
                     json.dumps({"notices": [{"jwt": good}] * 1000}).encode()[:1 << 20],
                     json.dumps({"notices": [{"jwt": "a.b.c"}] * 1000}).encode(),
                     json.dumps({"notices": [{"jwt": good}] * 101}).encode()):
            status, _ = self.box.post(self.url, body)
            self.assertEqual(400, status, body[:60])
        self.assertEqual(before, self.noted())

    def test_PNS_1_body_cap(self):
        filler = "x" * 700_000  # far above what a launch may bring
        body = json.dumps({"notices": [{"jwt": self.hello()}], "x": filler}).encode()
        self.assertEqual(200, self.box.post(self.url, body)[0])
        self.assertEqual(413, self.box.post(self.url, b" " * ((1 << 20) + 1))[0])

    def test_I111_wrong_method(self):
        self.assertEqual(405, self.stack.status_of("/lti/notice"))

    def test_PNS_1_a_disabled_deployment_is_not_heard(self):
        self.stack.run("platform", "disable", str(self.stack.registration), "--deployment", "1")
        try:
            self.refuses_notice(400, self.hello())
        finally:
            self.stack.run("platform", "approve", str(self.stack.registration),
                           "--deployment", "1")
        self.stack.run("platform", "disable", str(self.stack.registration))
        try:
            self.refuses_notice(401, self.hello())
        finally:
            self.stack.run("platform", "approve", str(self.stack.registration))

    def test_I111_raw_tokens(self):
        claims = json.dumps(self.box.claims(self.tool, HELLO))
        key = self.platform.keyring.current
        head = {"alg": "RS256", "kid": key.get("kid")}
        self.refuses_notice(401, raw_sign(key, head, claims[:-1] + ',"aud":"twice"}'))
        self.refuses_notice(401, raw_sign(key, head, "[]"))
        self.refuses_notice(401, raw_sign(key, {**head, "alg": "RS512"}, claims))


class OnSqlite(Inbox):
    database = "sqlite"


class OnPostgres(Inbox):
    database = "postgresql"


class Keys(Case):
    """A notice of a platform whose keys are not at hand: no call out in a web worker."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tool = cls.platform.world.tools[cls.client]
        cls.box = cls.platform.notices.offer()
        cls.url = cls.stack.url + "/lti/notice"

    def test_PNS_1_keys_that_are_not_at_hand(self):
        self.platform.misbehave.set([{"on": "jwks", "do": "slow", "seconds": 4, "times": 1}])
        begin = time.monotonic()
        notices = [self.box.copy_notice(self.tool, "n1", "o1"),
                   self.box.notice(self.tool, HELLO)]
        status, text = self.box.deliver(self.tool, notices, self.url)
        self.assertLess(time.monotonic() - begin, 1)
        self.assertEqual((202, 2), (status, json.loads(text)["waiting"]))
        # the job fetches the keys (slow for the first time) and takes what is worth it
        wait_for(lambda: self.count("job", "kind = 'notice.check' AND state = 'ready' "
                                    "AND attempts = 1"), 30)
        self.sql("UPDATE platform_key_set SET tried_ms = 0")
        self.sql("UPDATE job SET run_ms = 0 WHERE kind = 'notice.check' AND state = 'ready'")
        wait_for(lambda: self.count("course_origin", "context_id = 'n1'"), 30)
        self.assertEqual(1, self.count("notice"))
        # a batch under one unknown key is one question, not a hundred strangers
        self.sql("UPDATE platform_key_set SET tried_ms = 0")
        stranger = keys.generate("not published")
        batch = [self.box.notice(self.tool, COPY, key=stranger, context={"id": "b%d" % n},
                                 origin_contexts=["o"]) for n in range(100)]
        status, text = self.box.deliver(self.tool, batch, self.url)
        self.assertEqual((202, 100), (status, json.loads(text)["waiting"]))
        wait_for(lambda: self.count("job", "kind = 'notice.check' AND state = 'done'") == 101, 60)
        self.assertEqual(1, self.count("course_origin"))
        status, text = self.box.deliver(self.tool, notices, self.url)
        self.assertEqual((200, 1, 1), (status, json.loads(text)["taken"],
                                       json.loads(text)["duplicates"]))


class Flood(Case):
    """Whoever sends rubbish is not listened to for a while; and it costs little."""

    def test_PNS_1_too_many_refusals_from_one_address(self):
        self.opens()
        tool = self.platform.world.tools[self.client]
        box, url = self.platform.notices, self.stack.url + "/lti/notice"
        stranger = keys.generate(self.platform.keyring.current["kid"])
        bad = [box.notice(tool, HELLO, key=stranger) for _ in range(20)]
        answers = [box.deliver(tool, bad, url)[0] for _ in range(12)]
        self.assertIn(429, answers)
        self.assertEqual({401, 429}, set(answers))
        self.assertEqual(0, self.count("notice"))

    def test_PNS_1_strangers_cause_no_fetches(self):
        self.opens()
        tool = self.platform.world.tools[self.client]
        box, url = self.platform.notices, self.stack.url + "/lti/notice"
        before = self.platform.count("jwks")
        stranger = keys.generate("x")
        for n in range(20):
            claims = box.claims(tool, COPY, context={"id": "n"}, origin_contexts=["o"])
            box.deliver(tool, [keys.sign(claims, stranger, {"kid": "kid-%d" % n})], url)
        self.assertLessEqual(self.platform.count("jwks") - before, 1)
        self.assertLessEqual(self.count("job", "kind = 'notice.check'"), 20)


if __name__ == "__main__":
    unittest.main()
