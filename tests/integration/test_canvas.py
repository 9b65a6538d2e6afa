"""A course on Canvas, from its REST API to a student's panel, and what is written back (through
nginx and the job workers, against the stand-in)."""
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course

QUIZ_1 = 1003                     # the assignment that is the recorded course's first quiz


class CanvasCase(Case):
    manner = "canvas"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.platform.canvas
        cls.browser = Browser()
        demo_course.launch(cls.platform, cls.stack, demo_course.TEACHER)
        cls.course = str(cls.stack.course()["course"])
        cls.stack.run("map", "import", demo_course.MAP, "--course", cls.course)

    @classmethod
    def give_token(cls, *more, check=True):
        return cls.stack.run("platform", "canvas", str(cls.stack.registration), "--url",
                             cls.platform.base, "--token-file", "-", *more, check=check,
                             stdin="7~standin\n")

    def sync(self, check=True):
        """Read the course; what was asked of the API."""
        before = len(self.api.asked)
        self.stack.run("sync", "--course", self.course, "--wait", timeout=300, check=check)
        return self.api.asked[before:]

    def evidence(self, num, kind, activity=QUIZ_1):
        """Scores that stand in the ledger, in the order they came."""
        return [r[0] for r in self.sql(
            "SELECT v.score FROM evidence v JOIN person p ON p.tenant_id = v.tenant_id AND "
            "p.person_id = v.person_id JOIN activity_alias a ON a.tenant_id = v.tenant_id AND "
            "a.activity_id = v.activity_id WHERE p.lms_id = '%d' AND v.kind = '%s' AND "
            "v.source_kind = 'canvas' AND a.source_kind = 'canvas' AND a.source_key = "
            "'assignment:%d' ORDER BY v.evidence_id" % (num, kind, activity))]


class Canvas(CanvasCase):
    def test_1_token(self):
        """What the token may do is tried and printed, the token is kept sealed."""
        said = self.give_token().stdout
        self.assertIn("yes url:GET|/api/v1/courses/:course_id/students/submissions", said)
        self.assertIn("The token is kept, sealed.", said)
        row = self.sql("SELECT kind, token_sealed, probed_ms FROM lms_credential")[0]
        self.assertEqual("canvas", row[0])
        self.assertNotIn("standin", row[1])
        self.assertGreater(int(row[2]), 0)

    def test_2_whole(self):
        """From Canvas to a student's panel: activities open at Canvas's own addresses, attempts
        and answers count, people are known by Canvas's ids."""
        asked = self.sync()
        self.assertTrue(any("students/submissions" in a for a in asked))
        self.assertTrue(all("/courses/3/" in a for a in asked if "/courses/" in a and
                            "courses?" not in a), asked)
        self.assertEqual(0, self.count("person", "lms_id IS NULL"))
        known = dict(self.sql("SELECT sub, lms_id FROM person"))
        for p in self.platform.world.courses[3].people.values():
            if p.listed:
                self.assertEqual(str(p.num), known[self.platform.world.sub(p)])
        url = self.sql("SELECT v.url FROM activity v JOIN activity_alias a ON a.tenant_id = "
                       "v.tenant_id AND a.activity_id = v.activity_id WHERE a.source_key = "
                       "'assignment:%d'" % QUIZ_1)[0][0]
        self.assertEqual("%s/courses/3/assignments/%d" % (self.platform.base, QUIZ_1), url)
        self.assertEqual([6.0], self.evidence(36, "grade"))  # Canvas keeps the highest
        self.assertEqual([6.0, 4.0], self.evidence(36, "attempt"))
        self.assertEqual(10, len(self.evidence(36, "answer")))
        # a grade of 0 is a grade, and no grade is none
        course = self.platform.world.courses[3]
        nothing = [p.num for p in course.people.values() if p.is_student and p.listed
                   and not self.api.versions(course)[QUIZ_1, p.num]]
        for num in nothing:
            self.assertEqual([], self.evidence(num, "grade"))
        page = demo_course.launch(self.platform, self.stack, demo_course.STUDENT)
        self.assertEqual(200, page.status)
        self.assertIn("/courses/3/", page.text)

    def test_3_changes_alone(self):
        """One new result costs a handful of requests, and arrives."""
        self.api.submit(3, QUIZ_1, 36, 9, [
            {"question_id": 20100 + i, "points": 2.0, "correct": True} for i in range(1, 5)] +
            [{"question_id": 20105, "points": 0, "correct": "undefined"}])
        asked = self.sync()
        work = [a for a in asked if "students/submissions" in a]
        self.assertEqual(2, len(work), work)
        self.assertIn("submitted_since=", work[0])
        self.assertIn("graded_since=", work[1])
        self.assertEqual([6.0, 9.0], self.evidence(36, "grade"))
        self.assertEqual([6.0, 4.0, 9.0], self.evidence(36, "attempt"))
        self.assertEqual(14, len(self.evidence(36, "answer")))  # one waits for a teacher
        again = self.count("evidence", "kind <> 'access'")
        self.sync()
        self.assertEqual(again, self.count("evidence", "kind <> 'access'"))

    def test_4_every_change_is_kept(self):
        """5, 7, 5, excused: four rows; the last one has no score, which is not 0."""
        essay = min(self.api.assignment_id(i) for i in
                    self.platform.world.courses[3].grade_items
                    if i.get("itemmodule") == "assign")
        before = self.evidence(40, "grade", essay)
        for score in (5, 7, 5):
            self.api.grade(3, essay, 40, score)
            self.sync()
        self.api.excuse(3, essay, 40)
        self.sync()
        rows = self.evidence(40, "grade", essay)[len(before):]
        self.assertEqual([5.0, 7.0, 5.0, None], [float(r) if r not in (None, "") else None
                                                 for r in rows])

    def test_5_held_back(self):
        """A grade that Canvas does not show the student is not taken."""
        before = self.evidence(41, "grade")
        self.api.grade(3, QUIZ_1, 41, 1, posted=False)
        self.sync()
        self.assertEqual(before, self.evidence(41, "grade"))

    def test_6_refused(self):
        """Without the right, the teacher's page says which one; everything else is read."""
        self.api.scopes = {"url:GET|/api/v1/users/:id", "url:GET|/api/v1/courses",
                           "url:GET|/api/v1/courses/:course_id/assignments",
                           "url:GET|/api/v1/courses/:course_id/enrollments"}
        try:
            said = self.give_token().stdout
            self.assertIn("NO  url:GET|/api/v1/courses/:course_id/students/submissions", said)
            self.assertIn("Grades - view all grades", said)
            asked = self.sync()
            self.assertFalse([a for a in asked if "students/submissions" in a])
        finally:
            self.api.scopes = None
        self.give_token()

    def test_7_pause(self):
        """When Canvas asks for a pause, the job goes on later and nothing is lost."""
        self.api.submit(3, QUIZ_1, 42, 10)
        self.api.room = 2
        try:
            self.sync(check=False)
        finally:
            self.api.room = None
        self.sync()
        self.assertEqual(10.0, float(self.evidence(42, "grade")[-1]))


if __name__ == "__main__":
    unittest.main()
