"""Platform storage, the browser's part: windows that keep values, and windows that do it badly."""
import unittest

from tests.browser import base


class Storage(base.Sites):
    def test_storage(self):
        self.steps("storage.mjs")


if __name__ == "__main__":
    unittest.main()
