"""Rosters in full: changes since the last reading, groups, what is kept, whose role counts
(LTI.md 6 and 8.1, through nginx and the job workers)."""
import unittest

from tests.integration.base import Case, dump
from tests.integration.browser import Browser
from tests.platform.groups import SCOPE as GROUP_SCOPE
from tests.support import demo_course


class Rosters:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = cls.platform.world
        cls.world.differences = True
        groups = cls.platform.groups.offer()
        groups.add_set(3, 7, "Labs")
        groups.add(3, 70, "Lab A", (36, 37), set_id=7)
        groups.add(3, "b-1", "Blue team", (36,))
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])
        cls.people = cls.world.courses[3].people

    def sync(self, check=True):
        return self.stack.run("sync", "--course", self.course, "--wait", timeout=120,
                              check=check)

    def status(self, num):
        rows = self.sql("SELECT e.status FROM enrolment e JOIN person p ON p.tenant_id = "
                        "e.tenant_id AND p.person_id = e.person_id WHERE p.sub = '%d'" % num)
        return rows[0][0] if rows else None

    def seen_since(self, before):
        """Addresses of the roster that were asked for since."""
        return [q for q in self.world.roster_queries[before:]]

    def since(self):
        return self.sql("SELECT nrps_differences_url FROM course")[0][0]

    def test_1_changes_alone(self):
        """NRPS-2: a reading of changes touches who is in it, and nobody else."""
        before = len(self.world.roster_queries)
        told = self.since()
        gone = self.people.pop(40)
        new = self.people[41].__class__(999, "Newton", "Late", roles=["student"])
        self.people[999] = new
        self.sync()
        asked = self.seen_since(before)
        self.assertEqual(1, len(asked), asked)
        self.assertIn("since", asked[0])
        self.assertEqual("inactive", self.status(40))
        self.assertEqual("active", self.status(999))
        self.assertEqual("active", self.status(36))
        self.assertNotEqual(told, self.since())
        self.people[40] = gone
        self.people.pop(999)
        self.sync()
        self.assertEqual(("active", "inactive"), (self.status(40), self.status(999)))

    def test_2_everybody_when_changes_fail(self):
        """NRPS-2, NRPS-4: the state is not known any more: the whole roster, at once."""
        self.world.rosters[:] = [None] * len(self.world.rosters)
        before = len(self.world.roster_queries)
        gone = self.people.pop(41)
        self.sync()
        asked = self.seen_since(before)
        self.assertIn("since", asked[0])
        self.assertNotIn("since", asked[1])
        self.assertEqual("inactive", self.status(41))
        self.people[41] = gone
        self.sync()
        self.assertEqual("active", self.status(41))

    def test_3_everybody_once_a_day(self):
        """NRPS-2: changes of changes are not believed for ever."""
        self.sql("UPDATE course SET nrps_full_ms = nrps_full_ms - 90000000")
        before = len(self.world.roster_queries)
        self.sync()
        self.assertNotIn("since", self.seen_since(before)[0])

    def test_4_groups(self):
        """8.1: names of groups for the teacher; ids are text or number."""
        self.assertEqual([("70", "Lab A", "7", "Labs"), ("b-1", "Blue team", "", "")],
                         [tuple(map(str, r)) for r in self.sql(
                             "SELECT group_id, name, set_id, set_name FROM course_group "
                             "ORDER BY group_id")])
        self.assertEqual(3, self.count("course_group_member"))
        self.assertIn(GROUP_SCOPE, {s for _, scopes in self.world.asked for s in scopes})
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        person = self.sql("SELECT person_id FROM person WHERE sub = '36'")[0][0]
        handle = page.url.split("l=")[1].split("&")[0]
        seen = browser.get("%s/person?l=%s&person=%s" % (self.stack.url, handle, person))
        self.assertIn("Groups in the learning site: Blue team Lab A", seen.visible())
        # who left a group is not in it after the next whole reading
        self.platform.groups.members[3]["b-1"] = set()
        self.platform.groups.groups[3].pop(0)
        self.sql("UPDATE course SET nrps_full_ms = 0")
        self.sync()
        self.assertEqual(1, self.count("course_group"))
        self.assertEqual(0, self.count("course_group_member", "group_id = 'b-1'"))

    def test_5_only_what_is_shown_is_kept(self):
        """NRPS-5: roster and launches tell mail addresses; none is kept."""
        self.assertTrue(self.people[37].email)
        held = dump(self.stack)
        self.assertIn("'37'" if self.database == "sqlite" else "\t37\t", held)
        self.assertNotIn(self.people[37].email, held)
        self.assertNotIn("email_sealed", held)
        self.assertEqual(1, self.count("person", "name_sealed IS NOT NULL AND sub = '37'"))

    def test_6_the_launch_beats_the_roster(self):
        """NRPS-6: Moodle's roster calls a non-editing teacher a learner; the launch knows."""
        teacher = next(p for p in self.people.values()
                       if "teacher" in p.roles and "editingteacher" not in p.roles)
        self.sql("DELETE FROM lms_credential")  # so that Moodle's own list cannot help
        page = demo_course.launch(self.platform, self.stack, teacher.num)
        self.assertIn("/course", page.url)
        self.sql("UPDATE course SET nrps_full_ms = 0")
        self.sync()
        rows = self.sql("SELECT e.is_staff, e.is_learner FROM enrolment e JOIN person p ON "
                        "p.tenant_id = e.tenant_id AND p.person_id = e.person_id "
                        "WHERE p.sub = '%d'" % teacher.num)
        self.assertEqual([("1", "0")], [tuple(map(str, r)) for r in rows])
        page = demo_course.launch(self.platform, self.stack, teacher.num)
        self.assertIn("/course", page.url)


class RostersOnSqlite(Rosters, Case):
    database = "sqlite"


class RostersOnPostgres(Rosters, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
