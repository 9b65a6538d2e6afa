"""States are functions of the ledger: `waymark replay --verify`."""
import unittest

from tests.integration.base import Case
from tests.support import demo_course


class Replay:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)

    def test_states_are_as_the_ledger_says(self):
        self.assertGreater(self.count("state_skill"), 100)
        self.stack.run("replay", "--verify")

    def test_a_changed_state_is_noticed(self):
        one = ("person_id = (SELECT min(person_id) FROM state_skill) AND skill_code = 'SLOPE'")
        was = self.sql("SELECT p_mastery FROM state_skill WHERE " + one)[0][0]
        self.sql("UPDATE state_skill SET p_mastery = 0.123 WHERE " + one)
        answer = self.stack.run("replay", "--verify", check=False)
        self.assertEqual(1, answer.returncode, answer.stdout)
        self.assertIn("SLOPE", answer.stdout)
        self.sql("UPDATE state_skill SET p_mastery = %r WHERE %s" % (float(was), one))
        self.stack.run("replay", "--verify")


class OnSqlite(Replay, Case):
    database = "sqlite"


class OnPostgres(Replay, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
