"""Running it: health, metrics, workers that are killed, graceful stop, reload."""
import concurrent.futures
import os
import signal
import time
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import pg, stack


class Operations:
    def test_health(self):
        self.assertEqual(200, self.stack.status_of("/healthz"))
        self.assertEqual(200, self.stack.status_of("/readyz"))

    def test_metrics(self):
        self.opens()
        self.refuses(401, "AUD", aud="x")
        page = Browser().get(self.stack.url + "/metrics")
        self.assertEqual(200, page.status)
        rows = dict(line.rsplit(" ", 1) for line in page.text.splitlines()
                    if line and not line.startswith("#"))
        self.assertGreaterEqual(int(rows['waymark_launches_total{outcome="ok"}']), 1)
        self.assertGreaterEqual(int(rows['waymark_launches_total{outcome="refused"}']), 1)

    def test_unknown_address(self):
        answer = Browser().get(self.stack.url + "/nothing-here")
        self.assertEqual(404, answer.status)
        self.assertIn("text/html", answer.header("Content-Type"))

    def test_killed_workers_come_back(self):
        for how in (signal.SIGKILL, signal.SIGABRT):
            before = self.stack.workers()
            for pid in before:
                os.kill(pid, how)
            stack.wait_for(lambda b=before: len(self.stack.workers()) >= len(b)
                           and not set(b) & set(self.stack.workers()), 15, why="new workers")
            self.stack.wait_ready()
            self.opens()

    def test_reload_keeps_serving(self):
        """SIGHUP: new workers with the file as it is now; no request is refused meanwhile."""
        before = set(self.stack.workers())
        master = self.stack.processes["waymark"].pid
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(lambda: Browser().get(self.stack.url + "/healthz").status)
                     for _ in range(50)]
            os.kill(master, signal.SIGHUP)
            asked += [pool.submit(lambda: Browser().get(self.stack.url + "/healthz").status)
                      for _ in range(200)]
            self.assertEqual({200}, {f.result() for f in asked})
        stack.wait_for(lambda: self.stack.workers() and not before & set(self.stack.workers()),
                       30, why="all workers replaced")
        self.opens()

    def test_status_command(self):
        self.opens()
        told = self.stack.json("status")
        self.assertLessEqual({"courses", "database", "jobs", "platforms"}, set(told))

    def test_configuration_is_checked(self):
        said = self.stack.run("config", "--check").stdout
        self.assertIn("sound", said)
        dump = self.stack.run("config", "--dump").stdout
        for name in self.stack.values:
            self.assertIn(name, dump)


class OnSqlite(Operations, Case):
    database = "sqlite"


class OnPostgres(Operations, Case):
    database = "postgresql"


class Loop(Case):
    conf = {"login_rate": "5"}

    def test_a_loop_of_looks_at_one_page_is_slowed_down(self):
        """Only launches were counted: a script that read one panel again and again wrote to the
        disk of all as fast as it could."""
        browser = Browser()
        page = self.opened(self.launcher.attempt(browser=browser), browser)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            seen = list(pool.map(lambda _: browser.get(page.url).status, range(1500)))
        self.assertEqual({200, 429}, set(seen))
        self.assertGreaterEqual(seen.count(200), 900)
        self.assertEqual(303, self.launcher.attempt().status)  # launches are counted apart


class Rush(Case):
    conf = {"login_rate": "5"}

    def test_C9_refused_rush_leaves_no_login_hint_in_a_log(self):
        """nginx wrote the whole address of each request that it refused for coming too often."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            seen = set(pool.map(lambda _: self.launcher.login(
                Browser(), method="GET", login_hint="hint-of-ana").answer.status, range(1400)))
        self.assertEqual({302, 429}, seen)
        self.assertNotIn("hint-of-ana", self.stack.logs(10_000_000))


class Stopping(Case):
    def test_graceful_stop_answers_what_is_under_way(self):
        """SIGTERM while launches run: each is answered as usual or refused by nginx; none is
        cut, and the program leaves nothing behind."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            running = [pool.submit(self.one) for _ in range(40)]
            time.sleep(0.05)  # some have begun
            workers = self.stack.workers()
            status = self.stack.end("waymark")
            seen = {f.result() for f in running}
        self.assertEqual(0, status)
        self.assertTrue(seen <= {303, 502, 503, 504}, seen)
        self.assertFalse([p for p in workers if os.path.exists("/proc/%d" % p)])
        self.stack.start_waymark()
        self.stack.wait_ready()
        self.opens()

    def one(self):
        login = self.launcher.login(Browser())
        if login.answer.status not in (302, 303):
            return login.answer.status
        return self.launcher.attempt(login=login).status


class DatabaseGone(Case):
    """I55's other half: when the once-only check cannot run, nobody is let in."""

    def test_database_goes_and_comes_back(self):
        cluster = pg.Cluster()
        self.addCleanup(cluster.stop)
        s = stack.Stack(cluster.database())
        self.addCleanup(s.stop)
        s.add_platform(self.platform, "gone")
        launcher = self.launcher.copy(tool_url=s.url, client_id="gone",
                                      login_url=s.url + "/lti/login",
                                      launch_url=s.url + "/lti/launch")
        self.assertEqual(303, launcher.attempt().status)
        login = launcher.login(Browser())
        with open(cluster.folder + "/data/postmaster.pid", encoding="ascii") as f:
            server = int(f.readline())
        os.kill(server, signal.SIGSTOP)
        os.kill(server, signal.SIGCONT)
        os.kill(server, signal.SIGQUIT)  # at once, as a crash
        stack.wait_for(lambda: not os.path.exists("/proc/%d" % server), why="PostgreSQL's end")
        answer = launcher.attempt(login=login)
        self.assertEqual(503, answer.status)
        self.assertEqual(503, s.status_of("/readyz"))
        self.assertEqual(200, s.status_of("/healthz"))
        cluster.restart()
        stack.wait_for(lambda: s.status_of("/readyz") == 200, 30, why="ready again")
        self.assertEqual(303, launcher.attempt().status)


if __name__ == "__main__":
    unittest.main()
