"""../shared/bench/ltibench, an independent prober, where it is at hand: 44 launches good and
bad, the replay race, many users; on both databases. Built in build/bench."""
import os
import re
import subprocess
import unittest

from tests.platform import keys
from tests.support import stack

SOURCE = os.path.join(stack.ROOT, "..", "shared", "bench")
BUILD = os.path.join(stack.ROOT, "build", "bench")


def build():
    os.makedirs(BUILD, exist_ok=True)
    for name, libraries in (("ltibench", ["-lcurl", "-lcrypto", "-lpthread"]),
                            ("ltiplatform", ["-lcrypto", "-lpthread"])):
        subprocess.run(["gcc", "-O2", "-o", os.path.join(BUILD, name),
                        os.path.join(SOURCE, name + ".c"), *libraries], check=True)


@unittest.skipUnless(os.path.exists(SOURCE + "/ltibench.c"), "../shared/bench is not here")
class OnSqlite(unittest.TestCase):
    database = "sqlite"

    @classmethod
    def setUpClass(cls):
        stack.turn_signals_into_exit()
        build()
        cls.key = os.path.join(BUILD, "platform-%s.pem" % cls.database)
        pair = keys.generate("bench-1")
        with open(cls.key, "wb") as f:
            f.write(pair.export_to_pem(private_key=True, password=None))
        cls.port = stack.free_port()
        cls.lms = "http://127.0.0.1:%d" % cls.port
        lms = subprocess.Popen([BUILD + "/ltiplatform", "--key", cls.key, "--port",
                                str(cls.port)], stdout=subprocess.DEVNULL,
                               preexec_fn=stack.with_parent)
        cls.addClassCleanup(lms.wait)
        cls.addClassCleanup(lms.terminate)
        cls.stack = stack.Stack(cls.database)
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.run("platform", "add", "--issuer", "https://lms.example.test", "--client-id",
                      "bench-client", "--auth-url", cls.lms + "/auth", "--token-url",
                      cls.lms + "/token", "--jwks-url", cls.lms + "/jwks", "--deployment", "1",
                      "--allow-anonymous")
        # keys are fetched at the first launch
        cls.prober("--launches", "4", "-c", "1")

    @classmethod
    def prober(cls, *args):
        argv = [BUILD + "/ltibench", "--key", cls.key, "--svc", cls.lms, "--login",
                cls.stack.url + "/lti/login", "--target", cls.stack.url + "/lti/launch",
                "--expect", '<main id="main">', *args]
        return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=200, check=False).stdout

    def test_negatives(self):
        out = self.prober("--negatives", "-v")
        self.assertRegex(out, r"\b0 WRONG", out)

    def test_race(self):
        out = self.prober("-c", "6", "--race", "40")
        self.assertRegex(out, r": 40 accepted once, 0 accepted more", out)

    def test_users(self):
        out = self.prober("--users", "50", "-c", "8", "-d", "4")
        found = re.search(r"(\d+) errors", out)
        self.assertTrue(found and int(found.group(1)) == 0, out)


class OnPostgres(OnSqlite):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
