"""LMS and tool on two sites in a Chromium that keeps no cookies of other sites. Screenshots go to
build/browser/."""
import unittest

from tests.browser import base


class Sites(base.Sites):
    def test_sites(self):
        self.steps("sites.mjs", toolHost="tool.localhost",
                   launch="%s/mod/lti/launch.php?course=3&user=36" % self.platform.base,
                   control="https://127.0.0.1:%d/control" % self.platform.port)


if __name__ == "__main__":
    unittest.main()
