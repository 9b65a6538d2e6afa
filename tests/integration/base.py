"""What the tests through nginx share: one Waymark and one stand-in for each class."""
import json
import re
import sqlite3
import subprocess
import unittest

from tests.integration.browser import Browser
from tests.integration.launcher import Launcher
from tests.platform.server import Platform
from tests.support import stack

REFERENCE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")


def query(s, text):
    """Run a statement on the database of a Stack; the rows."""
    url = s.values["database"]
    if url.startswith("sqlite:"):
        con = sqlite3.connect(url[7:], timeout=10)
        try:
            rows = con.execute(text).fetchall()
            con.commit()
            return rows
        finally:
            con.close()
    out = subprocess.run(["psql", url, "-XAtqF", "\t", "-c", text], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return [tuple(line.split("\t")) for line in out.splitlines()]


def dump(s):
    """Everything that the database of a Stack holds, as text."""
    url = s.values["database"]
    if url.startswith("sqlite:"):
        con = sqlite3.connect(url[7:], timeout=10)
        try:
            return "\n".join(con.iterdump())
        finally:
            con.close()
    return subprocess.run(["pg_dump", "--data-only", url], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


class Case(unittest.TestCase):
    """database and conf may be set by the class."""
    database = "sqlite"
    conf = {}
    manner = "moodle"
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        stack.turn_signals_into_exit()
        cls.platform = Platform(manner=cls.manner).start()
        cls.addClassCleanup(cls.platform.stop)
        cls.stack = stack.Stack(cls.database, conf=cls.conf)
        cls.addClassCleanup(cls.stack.stop)
        cls.client = "q8T2vFZxXnQ4bGd"
        cls.stack.add_platform(cls.platform, cls.client)
        cls.launcher = Launcher(cls.stack.url, cls.platform.keyring, cls.platform.world.issuer,
                                cls.client, services=cls.platform)

    # -- registrations ------------------------------------------------------------------------

    @classmethod
    def register(cls, issuer, client, *more, deployments=("1",)):
        """Another registration that uses the stand-in's endpoints: a Launcher for it."""
        ends = cls.platform.endpoints
        args = ["--issuer", issuer, "--client-id", client, "--auth-url", ends["auth"],
                "--token-url", ends["token"], "--jwks-url", ends["jwks"], *more]
        for d in deployments:
            args += ["--deployment", d]
        made = cls.stack.json("platform", "add", *args)["id"]
        launcher = cls.launcher.copy(iss=issuer, client_id=client)
        launcher.registration = made
        return launcher

    @classmethod
    def sql(cls, text):
        """Run a statement on the program's database; the rows."""
        return query(cls.stack, text)

    def count(self, table, where="1 = 1"):
        return int(self.sql("SELECT count(*) FROM %s WHERE %s" % (table, where))[0][0])

    # -- outcomes ------------------------------------------------------------------------------

    def fault_of(self, answer):
        """The fault that the log has for an error page."""
        found = REFERENCE.search(answer.visible())
        self.assertTrue(found, "no reference on the page: " + answer.visible()[:300])
        for row in reversed(self.stack.log_lines()):
            if row.get("reference") == found.group():
                return row.get("fault") or row.get("text")
        return self.fail("the log does not have " + found.group())

    def refused(self, answer, status, *faults):
        """A page for people with that status, a reference id, no session, no redirect; and,
        where given, one of those faults in the log."""
        allowed = status if isinstance(status, tuple) else (status,)
        self.assertIn(answer.status, allowed, answer.visible()[:300])
        self.assertIsNone(answer.location)
        self.assertTrue((answer.header("Content-Type") or "").startswith("text/html"))
        self.assertFalse([c for c in answer.all("Set-Cookie") if c.startswith("__Host-wm_")
                          and "Max-Age=0" not in c])
        self.assertNotIn('name="s"', answer.text)
        fault = self.fault_of(answer)
        if faults:
            self.assertIn(fault, faults)
        return fault

    def begun(self, login):
        """A login that went on to the LMS, and nowhere else."""
        self.assertIn(login.answer.status, (302, 303), login.answer.visible()[:300])
        ends = self.platform.endpoints["auth"]
        self.assertTrue(login.answer.location.startswith(ends + "?"), login.answer.location)
        return login

    def opened(self, answer, browser):
        """A launch that opened: the page at its end."""
        self.assertEqual(303, answer.status, answer.visible()[:300])
        self.assertTrue(answer.location.startswith(self.stack.url + "/"), answer.location)
        self.assertTrue([c for c in answer.all("Set-Cookie") if c.startswith("__Host-wm_")])
        page = browser.follow(answer)
        self.assertEqual(200, page.status, page.visible()[:300])
        return page

    def opens(self, launcher=None, header=None, token=None, form=None, login=None, key=None,
              **changes):
        """A fresh launch that must open: the page."""
        launcher, browser = launcher or self.launcher, Browser()
        begin = self.begun(launcher.login(browser, **(login or {})))
        answer = launcher.attempt(header=header, token=token, form=form, login=begin, key=key,
                                  **changes)
        return self.opened(answer, browser)

    def refuses(self, status, *faults, launcher=None, header=None, token=None, form=None,
                login=None, key=None, **changes):
        """A fresh login and a launch that must be refused."""
        launcher = launcher or self.launcher
        begin = self.begun(launcher.login(Browser(), **(login or {})))
        answer = launcher.attempt(header=header, token=token, form=form, login=begin, key=key,
                                  **changes)
        self.refused(answer, status, *faults)
        return answer

    def staff_page(self, page):
        """Did the launch open a teacher's page?"""
        return not self.learner_page(page)

    def learner_page(self, page):
        return "/panel" in page.url

    def memory_is_flat(self, most_kb):
        """No worker ever held more. Sanitizer builds hold on to what they freed: not there."""
        if "release" not in stack.build_dir():
            self.skipTest("memory is measured on the release build")
        peaks = {pid: self.stack.peak_kb(pid) for pid in self.stack.workers()}
        self.assertTrue(peaks)
        self.assertLessEqual(max(peaks.values()), most_kb, peaks)

    def log_json(self):
        return json.dumps(self.stack.log_lines())
