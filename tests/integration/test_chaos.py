"""Ten of the kills of `make chaos`, on each database."""
import unittest

from tests import chaos


class Chaos(unittest.TestCase):
    def test_ten_kills_on_sqlite(self):
        self.assertTrue(chaos.run("sqlite", 10, 7, say=None))

    def test_ten_kills_on_postgresql(self):
        self.assertTrue(chaos.run("postgresql", 10, 8, say=None))


if __name__ == "__main__":
    unittest.main()
