"""A platform that answers slowly, wrongly or not at all: its own launches wait two seconds at most
and one at a time, other platforms' launches and pages feel nothing (C-8, TOK-7, I84)."""
import concurrent.futures
import itertools
import threading
import time
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.platform.server import Platform

NUMBER = itertools.count()
LIMIT = 2.0   # what a launch may wait for keys
NOTHING = 0.6  # what is not felt, on a machine that is busy with other things


def share(times, part):
    """The value below which that part of the times lies."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


class Slow:
    conf = {"web_workers": 2}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow = Platform().start()
        cls.addClassCleanup(cls.slow.stop)

    def setUp(self):
        self.addCleanup(self.slow.misbehave.set, [])

    def slow_one(self):
        """A registration whose keys are on the slow platform and were never fetched."""
        ends, made = self.slow.endpoints, "https://slow%d.test" % next(NUMBER)
        self.stack.run("platform", "add", "--issuer", made, "--client-id", "k", "--auth-url",
                       ends["auth"], "--token-url", ends["token"], "--jwks-url", ends["jwks"],
                       "--deployment", "1")
        return self.launcher.copy(iss=made, client_id="k", keyring=self.slow.keyring)

    def timed(self, what, into):
        began = time.monotonic()
        answer = what()
        into.append((time.monotonic() - began, answer))
        return answer

    def beside(self, launchers, seconds=2.5, each=6):
        """Launch the slow ones, `each` at a time, while others launch and look at pages. Returns
        {slow, fast, pages}: lists of (seconds taken, answer)."""
        browser = Browser()
        page = self.opened(self.launcher.attempt(browser=browser), browser)
        for _ in range(8):  # both workers know the fast platform
            self.opens()
        out = {"slow": [], "fast": [], "pages": []}
        end = time.monotonic() + seconds
        go = threading.Event()

        def repeat(what, name):
            go.wait()
            while time.monotonic() < end:
                self.timed(what, out[name])

        def one_fast():
            answer = self.launcher.attempt(browser=Browser())
            self.assertEqual(303, answer.status)
            return answer

        def one_page():
            answer = browser.get(page.url)
            self.assertEqual(200, answer.status)
            return answer
        work = [(lambda k=k: k.attempt(browser=Browser()), "slow") for k in launchers] * each
        work += [(one_fast, "fast")] * 2 + [(one_page, "pages")]
        with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
            running = [pool.submit(repeat, *w) for w in work]
            go.set()
            for f in running:
                f.result()
        for name, rows in out.items():
            times = [t for t, _ in rows]
            print("%s %-5s %4d: p50 %3.0f ms, p95 %3.0f ms, most %4.0f ms" % (
                self.id().rsplit(".", 1)[-1][5:], name, len(rows), share(times, 0.5) * 1000,
                share(times, 0.95) * 1000, max(times) * 1000))
        return out

    def felt_nothing(self, out):
        for name in ("fast", "pages"):
            times = [t for t, _ in out[name]]
            self.assertGreater(len(times), 20, name)
            self.assertLess(max(times), LIMIT - 0.2, name)
            self.assertLess(share(times, 0.95), NOTHING, name)

    def waited_their_turn(self, out):
        """One waited, for two seconds; the others were told at once, by a page that comes back."""
        times = [t for t, _ in out["slow"]]
        self.assertLess(max(times), LIMIT + 2)  # the platform takes six seconds or more
        for _, answer in out["slow"]:
            self.assertEqual(503, answer.status)
        busy = [a for _, a in out["slow"] if any("id_token" in f["fields"] for f in a.forms())]
        self.assertTrue(busy, "nobody got the page that sends itself again")
        self.assertTrue(all(a.header("Retry-After") or "refresh" in a.text.lower() or
                            "<script" in a.text for a in busy))

    def test_one_slow_platform(self):
        self.slow.misbehave.set([{"on": "jwks", "do": "slow", "seconds": 6}])
        before = self.slow.count("jwks")
        out = self.beside([self.slow_one()])
        self.assertEqual(before + 1, self.slow.count("jwks"))
        self.assertEqual(1, sum(t > LIMIT - 0.1 for t, _ in out["slow"]))
        self.waited_their_turn(out)
        self.felt_nothing(out)

    def test_more_slow_platforms_than_workers(self):
        """Two slow platforms held both workers, and everybody waited two seconds."""
        self.slow.misbehave.set([{"on": "jwks", "do": "slow", "seconds": 6}])
        out = self.beside([self.slow_one() for _ in range(5)], each=2)
        self.waited_their_turn(out)
        self.felt_nothing(out)

    def test_nothing_but_a_drop_now_and_then(self):
        self.slow.misbehave.set([{"on": "jwks", "do": "drip", "seconds": 60}])
        out = self.beside([self.slow_one(), self.slow_one()], each=2)
        self.waited_their_turn(out)
        self.felt_nothing(out)

    def test_wrong_answers(self):
        """They cost the platform's launches no time at all, and are not asked for again at once."""
        for rule in ({"do": "status", "code": 500}, {"do": "html"}, {"do": "badjson"},
                     {"do": "close"}, {"do": "endless", "bytes": 8 << 20}):
            self.slow.misbehave.set([{"on": "jwks", **rule}])
            before = self.slow.count("jwks")
            out = self.beside([self.slow_one()], seconds=0.7)
            self.assertLessEqual(self.slow.count("jwks") - before, 2, rule)
            self.assertLess(max(t for t, _ in out["slow"]), LIMIT)
            for name in ("fast", "pages"):
                self.assertLess(share([t for t, _ in out[name]], 0.95), NOTHING, (name, rule))

    def test_whoever_was_told_to_come_back_gets_in(self):
        launcher = self.slow_one()
        self.slow.misbehave.set([{"on": "jwks", "do": "slow", "seconds": 1, "times": 1}])
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ended = list(pool.map(lambda n: (lambda b: (b, launcher.attempt(browser=b)))(Browser()),
                                  range(4)))
        told = [(b, a) for b, a in ended if a.status == 503]
        self.assertTrue(told)
        for browser, answer in told:
            form = next(f for f in answer.forms() if "id_token" in f["fields"])
            self.opened(browser.submit(form), browser)


class OnSqlite(Slow, Case):
    database = "sqlite"


class OnPostgres(Slow, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
