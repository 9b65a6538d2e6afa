"""Dynamic Registration in Chromium, in the frame of an LMS on another site. Screenshots go to
build/browser/."""
import json
import os
import subprocess
import unittest

from tests.browser.base import HERE, OUT, modules
from tests.platform.server import Platform
from tests.support import stack, tls


class Registration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack.turn_signals_into_exit()
        modules()
        os.makedirs(OUT, exist_ok=True)
        cert = tls.Authority()
        cls.addClassCleanup(cert.remove)
        cls.platform = Platform(name="lms.localhost", tls=cert.pair).start()
        cls.addClassCleanup(cls.platform.stop)
        cls.odd = Platform(name="lms.localhost", tls=cert.pair,
                           issuer="https://elsewhere.example").start()
        cls.addClassCleanup(cls.odd.stop)
        cls.stack = stack.Stack(host="tool.localhost", tls=cert.pair,
                                conf={"allow_http": "no", "ca_file": cert.ca,
                                      "platform_ports": "*", "register_rate": "1000",
                                      "private_networks": "127.0.0.0/8 ::1/128"})
        cls.addClassCleanup(cls.stack.stop)

    def test_registration(self):
        invited = [self.stack.json("platform", "invite", "--name", "Test School")
                   for _ in range(3)]
        config = {"lms": self.platform.base, "tool": self.stack.url, "out": OUT,
                  "urls": [i["url"] for i in invited[:2]], "code": invited[0]["approval_code"],
                  "odd": self.odd.registration.start_url(invited[2]["url"])}
        run = subprocess.run(["node", HERE + "/registration.mjs", json.dumps(config)], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200,
                             check=False)
        for line in run.stdout.split("\n"):
            if line.startswith(("ok - ", "not ok - ")):
                print(line)
                name, _, why = line.partition(" - ")[2].partition(": ")
                with self.subTest(name):
                    self.assertTrue(line.startswith("ok"), why)
        self.assertEqual(0, run.returncode, run.stdout)


if __name__ == "__main__":
    unittest.main()
