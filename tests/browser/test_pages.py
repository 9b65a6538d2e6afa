"""Pages in Chromium, inside the stand-in's iframe on another site, over https with certificates
of our own. Screenshots go to build/browser/."""
import json
import os
import subprocess
import unittest

from tests.platform.server import Platform
from tests.support import demo_course, stack, tls

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(stack.ROOT, "build", "browser")


def modules():
    """Install playwright-core and axe-core where they are not."""
    if not os.path.isdir(HERE + "/node_modules/playwright-core"):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True,
                       stdout=subprocess.DEVNULL)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack.turn_signals_into_exit()
        modules()
        os.makedirs(OUT, exist_ok=True)
        cert = tls.Authority()
        cls.addClassCleanup(cert.remove)
        cls.platform = Platform(name="lms.localhost", tls=cert.pair).start()
        cls.addClassCleanup(cls.platform.stop)
        cls.stack = stack.Stack(host="tool.localhost", tls=cert.pair,
                                conf={"allow_http": "no", "ca_file": cert.ca,
                                      "private_networks": "127.0.0.0/8 ::1/128"})
        cls.addClassCleanup(cls.stack.stop)
        cls.platform.trust(cert.ca)
        cls.stack.add_platform(cls.platform)
        demo_course.prepare(cls.stack, cls.platform, ca=cert.ca)

    def test_pages(self):
        config = {"lms": self.platform.base, "tool": self.stack.url,
                  "student": self.platform.course_url(3, 36),
                  "teacher": self.platform.course_url(3, 66), "out": OUT}
        run = subprocess.run(["node", HERE + "/pages.mjs", json.dumps(config)], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280,
                             check=False)
        lines = run.stdout.split("\n")
        for line in lines:
            if line.startswith(("# ", "ok - ", "not ok - ")):
                print(line)
            if line.startswith(("ok - ", "not ok - ")):
                name, _, why = line.partition(" - ")[2].partition(": ")
                with self.subTest(name):
                    self.assertTrue(line.startswith("ok"), why)
        self.assertGreater(sum(x.startswith("ok - ") for x in lines), 0, run.stdout)
        self.assertIn(run.returncode, (0, 1), run.stdout)


if __name__ == "__main__":
    unittest.main()
