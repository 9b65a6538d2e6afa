"""What the browser tests share: the stand-in on lms.localhost and the tool on tool.localhost, two
sites to a browser, both https with certificates of an authority of our own."""
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


class Sites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack.turn_signals_into_exit()
        modules()
        os.makedirs(OUT, exist_ok=True)
        cls.cert = tls.Authority()
        cls.addClassCleanup(cls.cert.remove)
        cls.platform = Platform(name="lms.localhost", tls=cls.cert.pair).start()
        cls.addClassCleanup(cls.platform.stop)
        cls.stack = stack.Stack(host="tool.localhost", tls=cls.cert.pair,
                                conf={"allow_http": "no", "ca_file": cls.cert.ca,
                                      "private_networks": "127.0.0.0/8 ::1/128"})
        cls.addClassCleanup(cls.stack.stop)
        cls.platform.trust(cls.cert.ca)
        cls.stack.add_platform(cls.platform)
        demo_course.prepare(cls.stack, cls.platform, ca=cls.cert.ca)

    def steps(self, script, **more):
        """Run a script of steps ("ok - name", "not ok - name: why"): each is a test. `more` goes
        into its configuration."""
        config = {"lms": self.platform.base, "tool": self.stack.url,
                  "student": self.platform.course_url(3, 36),
                  "teacher": self.platform.course_url(3, 66), "out": OUT,
                  "launch": "%s/mod/lti/launch.php?course=3&user=36" % self.platform.base,
                  "control": "https://127.0.0.1:%d/control" % self.platform.port,
                  "toolHost": "tool.localhost", **more}
        run = subprocess.run(["node", HERE + "/" + script, json.dumps(config)], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280,
                             env={**os.environ, "NODE_EXTRA_CA_CERTS": self.cert.ca},
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
