"""Reading rosters and grades: large ones with flat memory, twice with the same outcome, after a
kill in the middle, and what platforms get wrong (LTI.md 4 to 6, I90 to I98, V24 to V28)."""
import json
import os
import signal
import unittest

from tests.integration.base import Case
from tests.support import demo_course, stack

PEOPLE, PAGE = 10_000, 100
PEAK_KB = 32 * 1024


class Large:
    """A roster of 10,000 over 100 pages and as many results, in Canvas's manner."""
    manner = "canvas"
    kept = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from tests.platform import world
        w = cls.platform.world
        w.page_size = PAGE
        course = w.add_course(world.synthetic_course(50, PEOPLE, cls.platform.base))
        students = [p.num for p in course.people.values() if p.is_student]
        w.add_line_item(50, "Checkpoint", 10, {n: n % 11 for n in students},
                        resourceId="check", tag="check",
                        resourceLinkId=str(w.link_of(course)))
        page = demo_course.launch(cls.platform, cls.stack, 90_000, 50)
        if page.status != 200:
            raise RuntimeError(page.visible()[:400])
        cls.course = str(cls.stack.course("Big course 50")["course"])

    def outcome(self):
        """What the reading left, without times and row numbers."""
        people = self.sql("SELECT p.sub, e.roles, e.status FROM enrolment e JOIN person p ON "
                          "p.tenant_id = e.tenant_id AND p.person_id = e.person_id "
                          "JOIN course c ON c.tenant_id = e.tenant_id AND c.course_id = "
                          "e.course_id WHERE c.course_id = %s" % self.course)
        facts = self.sql("SELECT p.sub, e.fact_key, e.score, e.maximum FROM evidence e JOIN "
                         "person p ON p.tenant_id = e.tenant_id AND p.person_id = e.person_id "
                         "WHERE e.kind <> 'access'")
        return sorted(map(str, people)), sorted(map(str, facts))

    def sync(self):
        return self.stack.run("sync", "--course", self.course, "--wait", timeout=350)

    def test_1_killed_in_the_middle_and_resumed(self):
        before = self.platform.count("nrps")
        self.stack.run("sync", "--course", self.course)
        stack.wait_for(lambda: self.platform.count("nrps") - before >= 40, 120, why="40 pages")
        for pid in self.stack.workers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.sync()
        people, facts = self.outcome()
        self.assertEqual(PEOPLE + 1, len(people))
        self.assertEqual(PEOPLE, len(facts))
        # it went on where it was: at most a handful of pages were read again
        asked = self.platform.count("nrps") - before
        self.assertLessEqual(asked, 2 * (PEOPLE // PAGE + 1) + 20, asked)
        type(self).kept = people, facts

    def test_2_again_with_the_same_outcome(self):
        self.sync()
        people, facts = self.outcome()
        self.assertEqual((len(self.kept[0]), len(self.kept[1])), (len(people), len(facts)))
        self.assertEqual(self.kept, (people, facts))

    def test_3_memory_stays_flat(self):
        self.memory_is_flat(PEAK_KB)


class LargeOnSqlite(Large, Case):
    database = "sqlite"


class LargeOnPostgres(Large, Case):
    database = "postgresql"


class Readings:
    """The recorded course, read in the ways that platforms make hard."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    def setUp(self):
        self.addCleanup(self.platform.misbehave.set, [])

    def sync(self, check=True):
        return self.stack.run("sync", "--course", self.course, "--wait", timeout=120,
                              check=check)

    def ledger(self):
        return sorted(map(str, self.sql("SELECT fact_key FROM evidence WHERE kind <> 'access'")))

    def active(self):
        return self.count("enrolment", "status = 'active'")

    def test_what_was_read(self):
        # of 219 attempts one is a suspended student's, who is in no roster and no report
        self.assertEqual(5 * 218, self.count("evidence", "kind = 'answer'"))
        self.assertEqual(31, self.active())
        self.assertEqual(6, self.count("activity", "kind = 'quiz'"))
        self.assertEqual(3, self.count("activity", "kind = 'assign'"))

    def test_twice_changes_nothing(self):
        before = self.ledger()
        self.sync()
        self.assertEqual(before, self.ledger())

    def test_I94_links_that_go_in_circles_or_elsewhere(self):
        """NRPS-3: half a roster is an error, and never makes people inactive."""
        before = self.active()
        self.platform.world.page_size = 10
        self.addCleanup(setattr, self.platform.world, "page_size", 0)
        self.platform.misbehave.set([{"on": "nrps", "do": "loop"}])
        self.sync(check=False)
        self.assertEqual(before, self.active())
        self.platform.misbehave.set([{"on": "nrps", "do": "status", "code": 500, "skip": 1}])
        self.sync(check=False)
        self.assertEqual(before, self.active())
        self.platform.misbehave.set([])
        self.sync()
        self.assertEqual(before, self.active())

    def test_I95_broken_rosters(self):
        before = self.active()
        for rule in ({"do": "replace", "body": "{}"}, {"do": "badjson"}, {"do": "html"},
                     {"do": "replace", "body": json.dumps({
                         "id": "x", "context": {"id": "999"}, "members": []})},
                     {"do": "endless", "bytes": 80 << 20}, {"do": "status", "code": 403}):
            self.platform.misbehave.set([{"on": "nrps", **rule}])
            self.sync(check=False)
            self.assertEqual(before, self.active(), rule)

    def test_I90_token_endpoint(self):
        """SVC-1, SVC-3, SVC-4: told in words; and the stand-in is strict about the request."""
        self.sql("DELETE FROM access_token")
        for rule in ({"do": "html"}, {"do": "status", "code": 400,
                                      "body": '{"error":"invalid_client"}'},
                     {"do": "replace", "body": '{"access_token":"a\\r\\nb"}'},
                     {"do": "replace", "body": '{"token_type":"Bearer"}'},
                     {"do": "close"}):
            self.platform.misbehave.set([{"on": "token", **rule}])
            self.sync(check=False)
            self.assertEqual(0, self.count("access_token"), rule)
        self.assertEqual(200, self.stack.status_of("/readyz"))
        self.platform.misbehave.set([])
        self.sync()

    def test_expired_token_is_fetched_again(self):
        """SVC-5: 401 drops the token and asks once more."""
        self.sync()
        self.platform.world.tokens.clear()
        before, kept = self.platform.count("token"), self.count("access_token")
        self.sync()
        asked = self.platform.count("token") - before
        self.assertTrue(1 <= asked <= kept, (asked, kept))  # one for each set of scopes
        self.sync()
        self.assertEqual(before + asked, self.platform.count("token"))

    def test_rate_limit(self):
        self.platform.misbehave.set([{"on": "nrps", "do": "ratelimit", "after": 1, "times": 1}])
        told = self.sync(check=False)  # tells the first failure; the job itself goes on
        self.assertIn("busy", told.stdout + told.stderr)
        self.sync()

    def test_removed_member_becomes_inactive_and_comes_back(self):
        """NRPS-4."""
        course = self.platform.world.courses[3]
        before = self.active()
        person = course.people.pop(40)
        try:
            self.sync()
            self.assertEqual(before - 1, self.active())
            self.assertEqual(1, self.count("person", "sub = '40'"))
        finally:
            course.people[40] = person
        self.sync()
        self.assertEqual(before, self.active())

    def test_changed_grade_supersedes(self):
        """A new attempt is new evidence; the old rows stay."""
        course = self.platform.world.courses[3]
        before = self.ledger()
        old = course.grades[36, 9]
        course.grades[36, 9] = [90, None, (old[2] or 0) + 60]
        self.addCleanup(course.grades.__setitem__, (36, 9), old)
        self.sync()
        after = self.ledger()
        self.assertEqual(len(before) + 1, len(after))
        self.assertTrue(set(before) < set(after))


class TokenLater(Case):
    """The administrator gives the web service token after the first reading."""

    def test_own_link_is_one_activity(self):
        w = self.platform.world
        w.add_line_item(3, "My skills", 100, {demo_course.STUDENT: 40},
                        resourceLinkId=str(w.link_of(w.courses[3])))
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        self.assertEqual(200, page.status)
        course = str(self.stack.course()["course"])
        self.stack.run("sync", "--course", course, "--wait")
        self.assertEqual(1, self.count("activity", "kind = 'lti' AND source = 'ags'"))
        self.stack.give_moodle_token(self.platform)
        self.stack.run("sync", "--course", course, "--wait")
        self.assertEqual([("My skills", "moodle")], self.sql(
            "SELECT title, source FROM activity WHERE kind = 'lti'"))


class OursAlone(Case):
    """A course whose columns nobody but us has filled."""

    def test_scores_of_ours_are_no_evidence(self):
        """Moodle's grade book has the columns of our own links too, with what we posted."""
        course = self.platform.world.courses[3]
        ours = next(m for s in course.sections for m in s["modules"] if m["modname"] == "lti")
        course.grade_items.append({**course.grade_items[-1], "id": 999, "itemtype": "mod",
                                   "itemmodule": "lti", "itemnumber": 0, "cmid": ours["id"],
                                   "iteminstance": ours["instance"], "itemname": ours["name"]})
        course.grades[demo_course.STUDENT, 999] = (
            course.grade_items[-1]["grademax"], None, self.platform.world.now())
        demo_course.prepare(self.stack, self.platform)
        self.assertLess(0, self.count("evidence", "source_kind = 'moodle-ws' AND kind = 'grade'"))
        self.assertEqual(0, self.count(
            "evidence", "kind = 'grade' AND source_kind = 'moodle-ws' AND activity_id IN "
            "(SELECT activity_id FROM activity WHERE kind = 'lti')"))


class OnSqlite(Readings, Case):
    database = "sqlite"


class OnPostgres(Readings, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
