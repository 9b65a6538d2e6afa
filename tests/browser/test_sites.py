"""LMS and tool on two sites in a Chromium that keeps no cookies of other sites. Screenshots go to
build/browser/."""
import unittest

from tests.browser import base


class Sites(base.Sites):
    def test_sites(self):
        self.steps("sites.mjs")


if __name__ == "__main__":
    unittest.main()
