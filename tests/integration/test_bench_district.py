"""The short form of tests/bench/district.py: a few small courses of each kind of site, read as a
whole, read when nothing has changed, and after a change."""
import unittest

from tests.bench import district

PEOPLE, COURSES = 50, 4


class District(unittest.TestCase):
    def test_reads_everything_once_and_changes_alone(self):
        out = district.run(COURSES, PEOPLE, say=None, seconds=300)
        people = 2 * COURSES * PEOPLE
        whole, same, changes = out["whole"], out["same"], out["changes"]
        self.assertEqual(people, whole["states"])
        # for each kind: 2 quizzes with 5 answers, of 6 tasks four in five, each once
        self.assertGreater(whole["rows"], people * 16)
        self.assertEqual(0, same["rows"])
        self.assertLessEqual(same["requests"], 5 * 2 * COURSES)
        self.assertGreater(changes["rows"], 0)
        self.assertLess(changes["requests"], whole["requests"] / 20)
        self.assertLessEqual(out["peak_kb"], district.MEMORY_KB)


if __name__ == "__main__":
    unittest.main()
