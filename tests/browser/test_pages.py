"""Pages in Chromium, inside the stand-in's iframe on another site. Screenshots go to
build/browser/."""
import unittest

from tests.browser import base


class Pages(base.Sites):
    def test_pages(self):
        self.steps("pages.mjs")


if __name__ == "__main__":
    unittest.main()
