"""A course on Canvas, from its REST API to a student's panel, and what is written back (through
nginx and the job workers, against the stand-in)."""
import re
import time
import unittest
import urllib.parse

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.platform.canvas_api import ROUTES
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

    def sync(self, *more, check=True):
        """Read the course; what was asked of the API."""
        before = len(self.api.asked)
        self.stack.run("sync", "--course", self.course, "--wait", *more, timeout=300,
                       check=check)
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
        asked = self.sync("--changes")
        work = [a for a in asked if "students/submissions" in a]
        self.assertEqual(2, len(work), work)
        self.assertEqual(4, len(asked), asked)  # the assignments, and this quiz's questions
        self.assertIn("submitted_since=", work[0])
        self.assertIn("graded_since=", work[1])
        self.assertEqual([6.0, 9.0], self.evidence(36, "grade"))
        self.assertEqual([6.0, 4.0, 9.0], self.evidence(36, "attempt"))
        self.assertEqual(14, len(self.evidence(36, "answer")))  # one waits for a teacher
        again = self.count("evidence", "kind <> 'access'")
        self.sync("--changes")
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
            self.sync("--changes")
        self.api.excuse(3, essay, 40)
        self.sync("--changes")
        rows = self.evidence(40, "grade", essay)[len(before):]
        self.assertEqual([5.0, 7.0, 5.0, None], [float(r) if r not in (None, "") else None
                                                 for r in rows])

    def test_4_a_mark_taken_back_is_taken_off_its_attempt_too(self):
        """Only the grade was taken back; the attempt kept the mark, and went on counting."""
        essay = min(self.api.assignment_id(i) for i in
                    self.platform.world.courses[3].grade_items
                    if i.get("itemmodule") == "assign")
        before = len(self.evidence(45, "attempt", essay))
        self.api.submit(3, essay, 45)
        self.sync("--changes")
        for score in (7, None):
            self.api.grade(3, essay, 45, score)
            self.sync("--changes")
        rows = self.evidence(45, "attempt", essay)[before:]
        self.assertEqual([None, 7.0, None], [float(r) if r not in (None, "") else None
                                             for r in rows])

    def test_4_rubric(self):
        """A rubric that makes the grade counts line by line."""
        essay = min(self.api.assignment_id(i) for i in
                    self.platform.world.courses[3].grade_items
                    if i.get("itemmodule") == "assign")
        self.api.rubrics[essay] = [5, 6]
        self.api.marks[essay, 43] = {"_0": 4, "_1": 1}
        self.api.grade(3, essay, 43, 5)
        self.sync("--changes")
        self.assertEqual([4.0, 1.0], [float(s) for s in self.evidence(43, "answer", essay)])
        self.api.grade(3, essay, 43, 9)  # typed over the rubric: its lines count no more
        self.sync()
        rows = self.evidence(43, "answer", essay)
        self.assertEqual([None, None], [r if r else None for r in rows[2:]])

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

    def test_8_who_is_who(self):
        """Where a link's roster does not tell Canvas's numbers, people are asked for one by one;
        whom Canvas does not know is not asked for again."""
        def silent(body):
            for m in body["members"]:
                m.pop("message", None)
            return body
        world = self.platform.world
        stranger = next(p for p in world.courses[3].people.values() if p.is_student)
        before = dict(self.sql("SELECT sub, lms_id FROM person"))
        world.patch["nrps"] = silent
        self.sql("UPDATE person SET lms_id = NULL")
        self.api.unknown.add(stranger.num)
        try:
            asked = [a for a in self.sync() if "/profile" in a]
            again = [a for a in self.sync() if "/profile" in a]
        finally:
            world.patch.pop("nrps")
            self.api.unknown.clear()
        self.assertEqual(len([s for s in before]), len(asked))
        self.assertEqual([], again)
        found = dict(self.sql("SELECT sub, lms_id FROM person"))
        self.assertEqual("", found.pop(world.sub(stranger)))
        before.pop(world.sub(stranger))
        self.assertEqual(before, found)

    def kinds(self, num):
        """What is known of one skill of that person: rows and likelihood."""
        rows = self.sql("SELECT s.evidence_n, s.p_mastery FROM state_skill s JOIN person p ON "
                        "p.tenant_id = s.tenant_id AND p.person_id = s.person_id WHERE "
                        "p.lms_id = '%d' AND s.skill_code = 'EQ-KINDS'" % num)
        return (int(rows[0][0]), float(rows[0][1])) if rows else (0, 0.0)

    def test_9_outcomes(self):
        """The outcome of a New Quiz moves the skill of its code; where a rubric or the questions
        of a quiz make the grade, and where no grade is told, outcomes add nothing."""
        course, now = self.platform.world.courses[3], int(time.time())
        works = sorted(self.api.assignment_id(i) for i in course.grade_items
                       if i.get("itemmodule") == "assign")
        essay, quiz = works[0], works[-1]
        num = [p.num for p in course.people.values() if p.is_student and p.listed][-1]
        self.api.outcomes = [{"id": 5, "title": "Kinds of answers", "vendor_guid": "8.EE.C.7a"}]
        self.api.new_quizzes.add(quiz)
        self.api.rubrics[essay] = [5, 6]
        self.api.marks[essay, 43] = {"_0": 4, "_1": 1}
        self.api.grade(3, essay, 43, 5)
        self.api.grade(3, quiz, num, 3)
        self.api.grade(3, quiz, 43, 8, posted=False)
        self.sync()
        before = self.kinds(num)
        others = [self.evidence(43, "answer", essay), self.evidence(36, "answer"),
                  self.evidence(43, "answer", quiz)]
        self.api.outcome_results = [(quiz, num, 5, 4, 5, now - 60), (essay, 43, 5, 4, 5, now),
                                    (QUIZ_1, 36, 5, 1, 5, now), (quiz, 43, 5, 1, 5, now)]
        asked = self.sync()
        self.assertEqual(1, len([a for a in asked if "/outcome_results?" in a]), asked)
        self.assertEqual([4.0], [float(s) for s in self.evidence(num, "answer", quiz)])
        self.assertEqual("outcome:5", self.sql("SELECT item FROM evidence WHERE source_key = "
                                               "'outcome_result:4000'")[0][0])
        after = self.kinds(num)
        self.assertEqual(before[0] + 1, after[0])
        self.assertNotEqual(before[1], after[1])
        self.assertEqual(others, [self.evidence(43, "answer", essay), self.evidence(36, "answer"),
                                  self.evidence(43, "answer", quiz)])
        # the same again is nothing new, and a reading of changes does not ask
        rows, ties = self.count("evidence", "kind <> 'access'"), self.count("activity_skill")
        self.assertFalse([a for a in self.sync("--changes") if "/outcome_results" in a])
        self.sync()
        self.assertEqual(rows, self.count("evidence", "kind <> 'access'"))
        self.assertEqual(ties, self.count("activity_skill"))
        # a result that is taken back counts no more, and is no zero
        self.api.outcome_results[0] = (quiz, num, 5, None, 5, now - 60)
        self.sync()
        self.assertEqual([4.0, None], [float(s) if s else None
                                       for s in self.evidence(num, "answer", quiz)])
        self.assertEqual(before, self.kinds(num))
        # and when a rubric makes the grade from now on, its lines count alone
        self.api.outcome_results[0] = (quiz, num, 5, 2, 5, now - 60)
        self.sync()
        self.api.rubrics[quiz] = [5, 6]
        self.sync()
        self.assertEqual([4.0, None, 2.0, None], [
            float(s) if s else None for s in self.evidence(num, "answer", quiz)])
        # refused: everything else is read, and the reading went well
        self.api.scopes = {"url:GET|" + scope for _, _, scope in ROUTES
                           if not scope.endswith("/outcome_results")}
        try:
            asked = self.sync()
        finally:
            self.api.scopes = None
        self.assertTrue([a for a in asked if "students/submissions" in a])
        error = self.sql("SELECT error FROM course_source WHERE source = 'outcomes'")[0][0]
        self.assertIn("outcome_results", error)
        self.give_token()
        self.sync()
        error = self.sql("SELECT error FROM course_source WHERE source = 'outcomes'")[0][0]
        self.assertFalse(error)


class Consent(CanvasCase):
    """A developer key: an administrator agrees in Canvas, tokens end and are renewed."""
    database = "postgresql"
    KEY, SECRET = "170000000000042", "s3cr3t/of+the=key"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api.keys[cls.KEY] = (cls.SECRET, cls.stack.url + "/lms/oauth")

    def address(self):
        """What the command prints for the administrator."""
        said = self.stack.run("platform", "canvas", str(self.stack.registration), "--url",
                              self.platform.base, "--client-id", self.KEY,
                              "--client-secret-file", "-", stdin=self.SECRET + "\n").stdout
        return re.search(r"^http\S+/login/oauth2/auth\S+$", said, re.M)[0]

    def come_back(self, browser, address=None):
        """Agree in Canvas: where its answer leads."""
        return browser.get(address or self.address()).location

    def finished(self, page, browser):
        """The page until it has stopped loading itself."""
        while 'http-equiv="refresh"' in page.text:
            page = browser.get(page.url)
        return page

    def test_1_consent(self):
        """The code comes to us once, becomes a token in a job, and is kept nowhere."""
        browser = Browser()
        back = self.come_back(browser)
        first = browser.get(back)
        self.assertEqual(303, first.status)
        self.assertNotIn("code=", first.location)
        page = self.finished(browser.get(first.location), browser)
        self.assertEqual(200, page.status)
        self.assertIn("That worked.", page.visible())
        row = self.sql("SELECT token_sealed, refresh_sealed, state_hash, token_expires_ms, "
                       "error FROM lms_credential")[0]
        self.assertTrue(row[0] and row[1])
        self.assertIn(row[2], (None, ""))
        self.assertGreater(int(row[3]), time.time() * 1000)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        self.assertFalse([r for r in self.sql("SELECT payload FROM job") if code in r[0]])
        self.assertEqual(403, browser.get(back).status)  # a second time
        self.assertTrue(any("students/submissions" in a for a in self.sync()))

    def test_2_renewed(self):
        """A token that ends is renewed before it is used, by one process."""
        def tokens():
            return sum(1 for name, r in self.platform.heard if name == "token" and
                       r.form.get("grant_type") == "refresh_token")
        before, old = tokens(), self.sql("SELECT token_sealed FROM lms_credential")[0][0]
        self.api.tokens = {k: v for k, v in self.api.tokens.items() if v is None}
        self.sql("UPDATE lms_credential SET token_expires_ms = %d" % (time.time() * 1000))
        self.assertTrue(any("students/submissions" in a for a in self.sync()))
        self.assertEqual(before + 1, tokens())
        self.assertNotEqual(old, self.sql("SELECT token_sealed FROM lms_credential")[0][0])
        self.sync()
        self.assertEqual(before + 1, tokens())

    def test_3_revoked(self):
        """A token that Canvas took back before its time: the consent gives another one."""
        self.api.tokens = {k: v for k, v in self.api.tokens.items() if v is None}
        self.sync(check=False)  # refused: the next reading asks what is wrong
        self.assertTrue(any("students/submissions" in a for a in self.sync()))

    def test_3_refused(self):
        """A state that is not ours, an administrator who says no, a code that is none."""
        browser = Browser()
        base = self.stack.url + "/lms/oauth"
        self.assertEqual(403, browser.get(base + "?state=made-up&code=x").status)
        self.assertEqual(400, browser.get(base + "?state=made-up").status)
        self.assertEqual(404, browser.get(base + "?w=" + "0" * 64).status)
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(self.address()).query)["state"][0]
        page = browser.get("%s?state=%s&error=access_denied" % (base, state))
        self.assertEqual(403, page.status)
        self.assertIn("nobody agreed", page.visible())
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(self.address()).query)["state"][0]
        page = browser.get("%s?state=%s&code=nonsense" % (base, state))
        page = self.finished(browser.get(page.location), browser)
        self.assertEqual(400, page.status)
        self.assertIn("did not accept", page.visible())
        self.assertTrue(self.sync())  # what was there goes on working

    def test_4_too_old(self):
        """A state is good for ten minutes."""
        browser = Browser()
        back = self.come_back(browser)
        self.sql("UPDATE lms_credential SET state_expires_ms = %d" % (time.time() * 1000 - 1))
        self.assertEqual(403, browser.get(back).status)

    def test_5_taken_back(self):
        """When Canvas refuses to renew, people read why."""
        self.api.refreshes.clear()
        self.sql("UPDATE lms_credential SET token_expires_ms = 1")
        self.sync(check=False)
        self.assertIn("consent", self.sql("SELECT error FROM lms_credential")[0][0])


if __name__ == "__main__":
    unittest.main()
