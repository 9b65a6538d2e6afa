"""The wizard of what opens when, in Chromium, inside the stand-in's iframe."""
import unittest

from tests.browser import base


class Openings(base.Sites):
    def test_openings(self):
        self.steps("openings.mjs")


if __name__ == "__main__":
    unittest.main()
