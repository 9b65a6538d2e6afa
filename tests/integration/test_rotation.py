"""Our own keys: the next is published a day before it signs, the last one a week after; running
workers take it over on SIGHUP; what was signed before and after is good on both sides (JWKS-7,
C-12). Time is the age of the key files, which is what the program goes by."""
import json
import os
import signal
import time
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.test_deep_linking import Choosing
from tests.platform.keys import part
from tests.support import demo_course, stack

DAY = 86400


class Rotation(Case):
    cookies = True
    walk, picker, send = Choosing.walk, Choosing.picker, Choosing.send
    answer, items = Choosing.answer, Choosing.items

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course_id = str(cls.stack.course()["course"])

    def path(self, name):
        return os.path.join(self.stack.values["key_dir"], name + ".pem")

    def age(self, name, seconds):
        """As if that key played its part for so long."""
        then = time.time() - seconds
        os.utime(self.path(name), (then, then))

    def rotate(self, *more):
        return self.stack.run("platform", "rotate-key", *more, check=False)

    def kids(self):
        """What is published: next, current, previous."""
        page = Browser().get(self.stack.url + "/lti/jwks.json")
        self.assertEqual(200, page.status)
        self.assertIn("max-age=3600", page.header("Cache-Control"))
        keys = json.loads(page.body)["keys"]
        for k in keys:
            self.assertEqual({"kty", "alg", "use", "kid", "n", "e"}, set(k))
            self.assertEqual(("RSA", "RS256", "sig"), (k["kty"], k["alg"], k["use"]))
        return [k["kid"] for k in keys]

    def take_over(self, old):
        """SIGHUP: every worker has the new keys. Requests go on meanwhile."""
        before = set(self.stack.workers())
        os.kill(self.stack.processes["waymark"].pid, signal.SIGHUP)

        def done():
            self.assertIn(Browser().get(self.stack.url + "/lti/jwks.json").status, (200,))
            return not before & set(self.stack.workers()) and self.kids() != old
        stack.wait_for(done, 30, why="new workers")

    def calls(self):
        """A reading with a fresh token: the key that signed the assertion."""
        self.sql("DELETE FROM access_token")
        seen, original = [], self.platform.services._client_of

        def note(assertion):
            seen.append(part(assertion, 0)["kid"])
            return original(assertion)
        self.platform.services._client_of = note
        try:
            self.stack.run("sync", "--course", self.course_id, "--wait")
        finally:
            self.platform.services._client_of = original
        self.assertEqual(1, len(set(seen)), seen)
        return seen[0]

    def test_rotation(self):
        following, current = self.kids()
        self.assertEqual(current, self.calls())
        for name in ("next", "current"):
            self.assertEqual(0o600, os.stat(self.path(name)).st_mode & 0o777)

        # not before the next key was published for a day
        refused = self.rotate()
        self.assertEqual(1, refused.returncode)
        self.assertIn("less than a day", refused.stdout + refused.stderr)
        self.age("next", DAY - 60)
        self.assertEqual(1, self.rotate().returncode)
        self.assertEqual([following, current], self.kids())

        # begun with the old key, ended with the new one
        browser, page = self.picker()
        self.age("next", DAY + 60)
        done = self.rotate()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("SIGHUP", done.stdout)
        self.assertEqual([following, current], self.kids())  # the workers have it from a signal
        self.assertEqual(current, self.calls())
        self.take_over([following, current])
        newest, signing, last = self.kids()
        self.assertEqual((following, current), (signing, last))
        self.assertEqual(following, self.calls())
        noted = self.answer(browser, self.send(browser, page, "panel"))
        self.assertEqual(1, len(self.items(noted)))
        demo_course.launch(self.platform, self.stack, demo_course.TEACHER)

        # the last key stays a week; then the next rotation drops it
        self.age("next", 2 * DAY)
        for ago in (0, DAY, 7 * DAY - 60):
            self.age("previous", ago)
            refused = self.rotate()
            self.assertEqual(1, refused.returncode)
            self.assertIn("7 days", refused.stdout + refused.stderr)
        self.assertEqual([newest, following, current], self.kids())
        self.age("previous", 7 * DAY + 60)
        self.assertEqual(0, self.rotate().returncode)
        self.take_over([newest, following, current])
        latest = self.kids()
        self.assertEqual([newest, following], latest[1:])
        self.assertEqual(newest, self.calls())
        self.assertEqual(4, len({latest[0], newest, following, current}))  # none came back

    def test_worker_that_dies(self):
        """A worker started after a rotation nobody was told of has what its master has."""
        before = self.kids()
        self.assertEqual(0, self.rotate("--force").returncode)
        for pid in self.stack.workers():
            os.kill(pid, signal.SIGKILL)
        stack.wait_for(lambda: self.stack.status_of("/readyz") == 200, 30)
        self.assertEqual(before, self.kids())
        self.take_over(before)
        self.assertIn(before[0], self.kids())


if __name__ == "__main__":
    unittest.main()
