"""The page "Bring in grades" in Chromium, inside the stand-in's iframe on another site."""
import unittest

from tests.browser import base


class Import(base.Sites):
    def test_import(self):
        self.steps("import.mjs")


if __name__ == "__main__":
    unittest.main()
