"""Addresses that must not be reached, in every disguise and in every place that an address comes
from: a listener on each of them sees nothing (DR-S3, SVC-7, C-7, JWKS-6, I88, I94, I103).

As root it runs in a network of its own, with private, link-local and public addresses on one
machine and a name server that lies. Elsewhere what needs that is skipped, and says so."""
import itertools
import json
import time
import unittest
import urllib.parse

from tests.integration.base import query
from tests.integration.browser import Browser
from tests.integration.launcher import INSTRUCTOR, Launcher
from tests.integration.test_registration import OPEN as RATES
from tests.platform.server import Platform
from tests.support import netns, stack, tls

PUBLIC = "93.184.216.34"
HIDDEN = ["10.1.2.3", "172.16.5.4", "192.168.7.8", "100.64.1.2", "169.254.169.254", "127.8.8.8",
          "198.18.0.1", "203.0.113.9", "fc00::7", "fd12::7", "64:ff9b::7f00:1", "64:ff9b::a01:203",
          "2002:7f00:1::1", "2001:db8::7"]
ALWAYS = ["127.0.0.1", "::1"]
OPEN = ["2606:4700::1111"]  # public, so that a name may have such a one too

# Addresses written so that some reader or other takes them for one of the above.
DRESSED = """127.1 127.0.1 2130706433 017700000001 0x7f000001 0x7f.0.0.1 0177.0.0.1 0177.0.0.01
    00127.0.0.1 127.0.0.1. 127.000.000.001 0 0.0.0.0 [::] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1] [::ffff:10.1.2.3] [::ffff:a9fe:a9fe]
    [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1] [2002:a01:203::] [fe80::7]
    [fe80::7%25lo] [fe80::7%lo] [::1%25lo] [v1.::1] [0:0:0:0:0:0:0:1] localhost LOCALHOST
    localhost. x.localhost lms.test@127.0.0.1 lms.test:443@127.0.0.1 127.0.0.1%00.lms.test
    127.0.0.1%2flms.test %31%32%37.0.0.1 127.0.0.1%23@lms.test lms.test\\@127.0.0.1
    127.0.0.1\\@lms.test 167837955 0xa010203 012.1.2.3 10.66051 2852039166 0xA9FEA9FE
    \uff11\uff12\uff17.0.0.1 \u2460\u2461\u2466.\u24ea.\u24ea.\u2460 127\u30020\u30020\u30021
    127\uff0e0\uff0e0\uff0e1 \u217f\uff4fcalhost loc\u00adalhost""".split()
NUMBER = itertools.count(100)


def hosts():
    """Every private address as it is, mapped into IPv6, and everything dressed up."""
    for a in ALWAYS + HIDDEN:
        yield "[%s]" % a if ":" in a else a
        if ":" not in a:
            yield "[::ffff:%s]" % a
    yield from DRESSED


class Mine:
    """This module's network, or why there is none."""
    why = network = None


def setUpModule():
    Mine.why = netns.Network.possible()
    if Mine.why is None:
        Mine.network = netns.Network(HIDDEN + OPEN + [PUBLIC, "fe80::7"], names())


def turns(first, then):
    return lambda times: [first] if times == 1 else [then]


def names():
    """The lying name server's table."""
    table = {"lms.test": [PUBLIC], "inner.test": ["10.1.2.3"], "silent.test": None,
             "mixed.test": [PUBLIC, "10.1.2.3"], "mixed2.test": ["10.1.2.3", PUBLIC],
             "mixed6.test": [PUBLIC, *OPEN, "::1"], "mapped.test": [PUBLIC, "::ffff:10.1.2.3"],
             "turns.test": turns(PUBLIC, "127.0.0.1"),
             "turns2.test": turns("127.0.0.1", PUBLIC),
             "many.test": [PUBLIC, *OPEN] + ["10.0.%d.1" % i for i in range(24)]}
    return {**table, **{"inner%d.test" % i: [a] for i, a in enumerate(ALWAYS + HIDDEN)}}


class Guarded:
    conf = {}

    @classmethod
    def setUpClass(cls):
        stack.turn_signals_into_exit()
        cls.cert = tls.Authority("DNS:lms.test,DNS:inner.test,IP:10.1.2.3,IP:" + PUBLIC)
        cls.addClassCleanup(cls.cert.remove)
        cls.platform = cls.stand_in(PUBLIC if Mine.network else "127.0.0.1", "lms.test")
        reached = ALWAYS + HIDDEN + ["fe80::7%lo"]
        cls.listeners = netns.Listeners(reached if Mine.network else ALWAYS)
        cls.addClassCleanup(cls.listeners.stop)
        cls.stack = stack.Stack("sqlite", conf={**cls.conf, "ca_file": cls.cert.ca})
        cls.addClassCleanup(cls.stack.stop)

    @classmethod
    def stand_in(cls, address, name):
        p = Platform(host=address, name=name, tls=cls.cert.pair).start()
        cls.addClassCleanup(p.stop)
        return p

    def needs_network(self):
        if Mine.why:
            self.skipTest(Mine.why)

    def tearDown(self):
        self.platform.misbehave.set([])
        self.platform.world.patch.clear()
        self.assertEqual([], self.listeners.got)

    # -- what is done -------------------------------------------------------------------------

    def add(self, **urls):
        """A registration with these addresses: a Launcher, or None where it was refused."""
        n = next(NUMBER)
        ends = {**self.platform.endpoints, **urls}
        done = self.stack.run("platform", "add", "--issuer", "https://p%d.test" % n,
                              "--client-id", "c", "--auth-url", ends["auth"], "--token-url",
                              ends["token"], "--jwks-url", ends["jwks"], "--deployment", "1",
                              "--json", check=False)
        if done.returncode != 0:
            self.assertIn("not an address", done.stderr)
            return None
        launcher = Launcher(self.stack.url, self.platform.keyring, "https://p%d.test" % n, "c",
                            services=self.platform)
        launcher.registration = str(json.loads(done.stdout)["id"])
        self.platform.add_tool(self.stack.url, "c")
        return launcher

    def everywhere(self):
        """(scheme, host:port) of each disguise; names too, where there can be some."""
        known = [n for n in names() if n not in ("lms.test", "silent.test")]
        for host in [*hosts(), *(known if Mine.network else [])]:
            for scheme in ("https", "http"):
                yield "%s://%s:%d" % (scheme, host, self.listeners.port)

    def context(self):
        return {"id": "x%d" % next(NUMBER), "title": "Somewhere"}

class Closed(Guarded, unittest.TestCase):
    conf = {"private_networks": "", **RATES}

    # -- the places that an address comes from ------------------------------------------------

    def test_0_a_listener_would_notice(self):
        """Else all the rest shows nothing."""
        self.assertGreaterEqual(len(self.listeners.sockets), 2)
        if Mine.network:
            self.assertEqual(len(ALWAYS + HIDDEN) + 1, len(self.listeners.sockets))
        self.assertEqual(len(self.listeners.sockets), self.listeners.reach())

    def test_key_sets(self):
        """JWKS-6, DR-S3: the address of a key set, fetched while a launch waits."""
        tried = 0
        for base in self.everywhere():
            launcher = self.add(jwks=base + "/jwks")
            if launcher:
                tried += 1
                answer = launcher.attempt(login=launcher.login(Browser()))
                self.assertEqual(503, answer.status, base)
        self.assertGreater(tried, 20)
        print("key sets: %d addresses, %d of them taken by the command line" %
              (len(list(self.everywhere())), tried))

    def test_key_set_redirects(self):
        """I88: a redirect leads nowhere else."""
        self.needs_network()
        for base in self.everywhere():
            launcher = self.add()
            self.platform.misbehave.set([{"on": "jwks", "do": "redirect", "to": base + "/x"}])
            answer = launcher.attempt(login=launcher.login(Browser()))
            self.assertEqual(503, answer.status, base)

    def test_token_endpoints(self):
        """SVC-7: asked by `platform test` and by every job that needs a token."""
        self.needs_network()
        for base in self.everywhere():
            launcher = self.add(token=base + "/token")
            if launcher is None:
                continue
            page = launcher.attempt(login=launcher.login(Browser()), context=self.context())
            self.assertEqual(303, page.status, base)
            told = self.stack.run("platform", "test", launcher.registration, check=False)
            self.assertEqual(1, told.returncode, base)
            self.assertIn("FAIL", told.stdout)

    def launch_with(self, launcher, base):
        """A launch whose services lie there: the course's context."""
        c = self.context()
        claims = {"context": c, "roles": [INSTRUCTOR],
                  "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                      "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/" + s for s in
                                ("lineitem", "result.readonly", "score")],
                      "lineitems": base + "/items", "lineitem": base + "/items/1"},
                  "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                      "context_memberships_url": base + "/members",
                      "service_versions": ["2.0"]},
                  "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice": {
                      "context_groups_url": base + "/groups", "service_versions": ["1.0"],
                      "context_group_sets_url": base + "/sets",
                      "scope": ["https://purl.imsglobal.org/spec/lti-gs/scope/"
                                "contextgroup.readonly"]},
                  "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice": {
                      "platform_notification_service_url": base + "/pns",
                      "service_versions": ["1.0"],
                      "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
                      "notice_types_supported": ["LtiContextCopyNotice",
                                                 "LtiHelloWorldNotice"]}}
        page = launcher.attempt(login=launcher.login(Browser()), **claims)
        self.assertEqual(303, page.status, base)
        return c["id"]

    def services(self, launcher, base):
        """The same, and a reading of that course."""
        number = query(self.stack, "SELECT course_id FROM course WHERE context_id = '%s'"
                       % self.launch_with(launcher, base))[0][0]
        return self.stack.run("sync", "--course", str(number), "--wait", check=False,
                              timeout=60)

    def test_service_claims(self):
        """I71, I72, SVC-7: signed by the platform, and guarded all the same."""
        self.needs_network()
        launcher = self.add()
        for name in [n for n in names() if n.startswith(("inner", "mixed", "mapped", "many"))]:
            told = self.services(launcher, "https://%s:%d" % (name, self.listeners.port))
            self.assertIn("network that must not be reached", told.stdout + told.stderr, name)
        for host in hosts():  # what an address tells by itself is not even kept
            self.launch_with(launcher, "https://%s:%d" % (host, self.listeners.port))
        self.idle()
        self.assertEqual([], query(self.stack, "SELECT ags_lineitems_url, nrps_url FROM course "
                                   "WHERE title = 'Somewhere' AND (ags_lineitems_url IS NOT NULL "
                                   "OR nrps_url IS NOT NULL) AND nrps_url NOT LIKE '%.test:%'"))

    def idle(self):
        """Everything that was asked for has been done."""
        stack.wait_for(lambda: not query(self.stack, "SELECT 1 FROM job WHERE state = 'running' OR "
                                         "(state = 'ready' AND attempts = 0)"), 60, why="jobs")

    def test_registration(self):
        """I103, DR-S3: the address of a configuration, and those that stand in one."""
        self.needs_network()
        bases = [b for b in self.everywhere() if ".test:" in b] + list(self.everywhere())[::9]
        for base in bases:
            url = self.stack.json("platform", "invite")["url"] + "&" + urllib.parse.urlencode({
                "openid_configuration": base + "/config", "registration_token": "t"})
            answer = Browser().get(url)
            self.assertIn(answer.status, (200, 202, 400), base)
        self.idle()
        self.assertEqual([], self.listeners.got)
        self.assertEqual([], query(self.stack, "SELECT 1 FROM registration WHERE state = "
                                   "'pending'"))

    def test_next_pages(self):
        """I94: a roster that goes on at a private address."""
        self.needs_network()
        launcher, world = self.add(), self.platform.world
        world.page_size = 10
        self.addCleanup(setattr, world, "page_size", 0)
        self.addCleanup(setattr, world, "link_style", None)
        before = self.platform.count("nrps")
        for base in [b for b in self.everywhere() if b.startswith("https")][::5]:
            world.link_style = lambda t, b=base: t.replace(self.platform.base, b).encode(
                "latin-1", "replace").decode("latin-1")
            c = {"id": "3", "title": "Algebra I"}
            launcher.attempt(login=launcher.login(Browser()), context=c)
            number = query(self.stack, "SELECT course_id FROM course WHERE context_id = '3'")
            self.stack.run("sync", "--course", str(number[-1][0]), "--wait", check=False)
        self.assertGreater(self.platform.count("nrps"), before)

    def test_web_services(self):
        """The LMS's own web services, as an administrator enters them."""
        launcher = self.add()
        for base in self.everywhere():
            done = self.stack.run("platform", "moodle", launcher.registration, "--url", base,
                                  "--token-file", "-", stdin="t\n", check=False)
            self.assertNotEqual(0, done.returncode, base)

    def test_a_name_that_turns_round(self):
        """DNS rebinding: one look-up a call, and what it said is what is connected to. The second
        call is in another process, which asks again and is told a private address."""
        self.needs_network()
        dns = Mine.network.dns
        for name in ("turns.test", "turns2.test"):
            dns.asked.clear()
            url = "https://%s:%d/k" % (name, self.listeners.port)
            for _ in range(2):
                launcher = self.add(jwks=url)
                told = self.stack.run("platform", "test", launcher.registration, check=False)
                self.assertIn("FAIL", told.stdout)
            self.assertEqual(2, dns.asked[name, 1], "look-ups of " + name)

    def test_a_silent_name_server(self):
        """C-8: it held the worker for 10 s, five times what a launch may wait."""
        self.needs_network()
        launcher = self.add(jwks="https://silent.test/k")
        began = time.monotonic()
        answer = launcher.attempt(login=launcher.login(Browser()))
        self.assertEqual(503, answer.status)
        self.assertLess(time.monotonic() - began, 3)

    def test_public_ones_are_reached(self):
        """The guard is no wall: the same launch and the same reading work from a public address,
        also under a name that has several."""
        self.needs_network()
        launcher = self.add()
        page = launcher.attempt(login=launcher.login(Browser()), context={"id": "3"},
                                roles=[INSTRUCTOR])
        self.assertEqual(303, page.status)
        told = self.stack.run("platform", "test", launcher.registration, check=False)
        self.assertNotIn("FAIL", told.stdout, told.stdout)


class Opened(Guarded, unittest.TestCase):
    """private_networks opens what it names, by address and by name, and nothing else."""
    conf = {"private_networks": "10.1.0.0/16, fd12::/32"}

    @classmethod
    def setUpClass(cls):
        if Mine.why:
            raise unittest.SkipTest(Mine.why)
        super().setUpClass()
        cls.inner = cls.stand_in("10.1.2.3", "inner.test")

    def test_what_is_open(self):
        for base in (self.inner.base, self.inner.base.replace("inner.test", "10.1.2.3")):
            urls = {k: u.replace(self.inner.base, base) for k, u in self.inner.endpoints.items()}
            launcher = self.add(**urls)
            launcher.keyring, launcher.services = self.inner.keyring, self.inner
            self.inner.add_tool(self.stack.url, "c")
            page = launcher.attempt(login=launcher.login(Browser()), context={"id": "3"})
            self.assertEqual(303, page.status, page.visible()[:300])
            told = self.stack.run("platform", "test", launcher.registration, check=False)
            self.assertNotIn("FAIL", told.stdout, told.stdout)

    def test_what_is_not(self):
        closed = [a for a in ALWAYS + HIDDEN if not a.startswith(("10.1.", "fd12:"))
                  and a != "64:ff9b::a01:203"]  # this one is 10.1.2.3 for a translator
        for host in ["[%s]" % a if ":" in a else a for a in closed] + [
                "inner0.test", "mixed6.test", "many.test", "turns2.test"]:
            launcher = self.add(jwks="https://%s:%d/k" % (host, self.listeners.port))
            answer = launcher.attempt(login=launcher.login(Browser()))
            self.assertEqual(503, answer.status, host)


if __name__ == "__main__":
    unittest.main()
