"""The platform's key set: fetched once, kept, rotated, broken (JWKS-1 to JWKS-5, I84 to I89)."""
import concurrent.futures
import itertools
import json
import time
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import b64
from tests.platform import keys

NUMBER = itertools.count()


class KeySets:
    def setUp(self):
        self.addCleanup(self.platform.misbehave.set, [])

    def fresh(self):
        """A registration whose keys were never fetched."""
        return self.register("https://jwks%d-%s.test" % (next(NUMBER), self.database), "k")

    def break_it(self, **rule):
        self.platform.misbehave.set([{"on": "jwks", **rule}])

    def forget_tries(self):
        """As if the last try of every key set lay long back."""
        self.sql("UPDATE platform_key_set SET tried_ms = 1")

    def test_no_call_when_keys_are_cached(self):
        self.opens()
        before = dict(self.platform.counts)
        self.opens()
        self.assertEqual(before, dict(self.platform.counts))

    def test_I84_unreachable_without_cache(self):
        for rule in ({"do": "status", "code": 404}, {"do": "status", "code": 500},
                     {"do": "close"}):
            launcher = self.fresh()
            self.break_it(**rule)
            before = self.platform.count("jwks")
            answer = self.refuses(503, "KEYS_DOWN", launcher=launcher)
            self.assertTrue(answer.header("Retry-After"))
            self.refuses(503, "KEYS_DOWN", "KEYS_BUSY", launcher=launcher)
            # a failed fetch is remembered for a short while, not tried at each launch
            self.assertLessEqual(self.platform.count("jwks") - before, 2)
            self.platform.misbehave.set([])
            self.forget_tries()
            self.opens(launcher)

    def test_I84_slow_key_set_does_not_hold_the_launch(self):
        """C-8."""
        launcher = self.fresh()
        self.break_it(do="slow", seconds=6)
        began = time.monotonic()
        self.refuses(503, "KEYS_DOWN", "KEYS_BUSY", launcher=launcher)
        self.assertLess(time.monotonic() - began, 4)

    def test_I85_stale_keys_serve_while_the_set_is_down(self):
        launcher = self.fresh()
        self.opens(launcher)
        self.break_it(do="status", code=500)
        hour_ago = int(time.time() * 1000) - 3_600_000
        self.sql("UPDATE platform_key_set SET expires_ms = %d, tried_ms = 1" % hour_ago)
        self.opens(launcher)  # whichever worker it is that has never seen the key

    def test_I86_broken_key_sets(self):
        good = json.loads(self.platform.keyring.current.export_public())
        for rule in ({"do": "html", "code": 200}, {"do": "badjson"},
                     {"do": "huge", "bytes": 300_000}, {"do": "endless", "bytes": 8 << 20},
                     {"do": "replace", "body": '{"keys": {}}'},
                     {"do": "replace", "body": '{"keys": []}'},
                     {"do": "replace", "body": "[]"}, {"do": "replace", "body": ""},
                     {"do": "replace", "body": json.dumps({"keys": [good] * 101})}):
            launcher = self.fresh()
            self.break_it(**rule)
            self.refuses((401, 503), "KEYS_DOWN", "KEY_UNKNOWN", launcher=launcher)

    def test_I87_unusable_keys(self):
        good = json.loads(self.platform.keyring.current.export_public())
        small = json.loads(keys.generate("s", size=1024).export_public())
        for change in ({"use": "enc"}, {"key_ops": ["encrypt"]}, {"e": "AQ"}, {"n": "AA"},
                       {"n": small["n"]}, {"kty": "oct", "k": "AAAA"}, {"alg": "RS512"},
                       {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
                       {"n": b64(b"\xff" * 1100)}, {"e": "AQAC"}):
            launcher = self.fresh()
            self.break_it(do="replace", body=json.dumps({"keys": [{**good, **change}]}))
            self.refuses((401, 503), "KEY_UNKNOWN", "KEYS_DOWN", launcher=launcher)

    def test_I88_redirects(self):
        for to in ("http://localhost:1/jwks", "http://169.254.169.254/latest", "file:///etc/",
                   "https://127.0.0.1:1/x", "http://10.0.0.1/"):
            launcher = self.fresh()
            self.break_it(do="redirect", to=to)
            self.refuses(503, "KEYS_DOWN", launcher=launcher)

    def test_I89_random_kids(self):
        launcher = self.fresh()
        self.opens(launcher)
        self.forget_tries()
        before = self.platform.count("jwks")
        for n in range(60):
            self.refuses(401, "KEY_UNKNOWN", launcher=launcher, header={"kid": "r%d" % n})
        self.assertLessEqual(self.platform.count("jwks") - before, 1)

    def test_one_fetch_at_a_time(self):
        """TOK-7: a class that opens the tool for the first time causes one fetch; whoever finds
        it busy gets a page that sends itself again, and that works."""
        launcher = self.fresh()
        self.break_it(do="slow", seconds=1.2)
        before = self.platform.count("jwks")

        def one(n):
            login = launcher.login(Browser())
            return login, launcher.attempt(login=login, sub="once-%d" % n)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            ended = list(pool.map(one, range(6)))
        self.assertEqual(before + 1, self.platform.count("jwks"))
        self.assertTrue({a.status for _, a in ended} <= {303, 503})
        for login, answer in ended:
            if answer.status == 503:
                form = next(f for f in answer.forms() if "id_token" in f["fields"])
                self.opened(login.browser.submit(form), login.browser)

    def test_rotation(self):
        launcher, old = self.fresh(), self.platform.keyring.current
        self.opens(launcher)
        self.platform.keyring.rotate()
        self.forget_tries()
        self.opens(launcher)
        self.opens(launcher, key=old)

    def test_wrong_key_under_a_known_kid(self):
        launcher = self.fresh()
        self.opens(launcher)
        self.refuses(401, "TOKEN_SIGNATURE", launcher=launcher,
                     key=keys.generate(self.platform.keyring.current["kid"]))


class OnSqlite(KeySets, Case):
    database = "sqlite"


class OnPostgres(KeySets, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
