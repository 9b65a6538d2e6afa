"""The short form of tests/bench/scores.py: some hundred scores, a rate limit, two killed workers;
nothing lost, doubled or out of order (AGS-7, AGS-8)."""
import unittest

from tests.bench import scores


class Scores(unittest.TestCase):
    def short(self, database):
        figures = scores.run(database, 400, 60, 2, 200, say=None, beside=False)
        self.assertGreaterEqual(figures["accepted"], 400)
        self.assertGreater(figures["refused"], 0, "the limit was never met")

    def test_on_sqlite(self):
        self.short("sqlite")

    def test_as_canvas_limits(self):
        """403 "Rate Limit Exceeded" without Retry-After, and X-Rate-Limit-Remaining before it."""
        figures = scores.run("sqlite", 300, 100, 0, 200, say=None, beside=False, manner="canvas")
        self.assertGreaterEqual(figures["accepted"], 300)

    def test_on_postgresql(self):
        self.short("postgresql")


if __name__ == "__main__":
    unittest.main()
