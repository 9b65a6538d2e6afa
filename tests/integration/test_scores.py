"""Our scores in the grade book: whose word is the last, the column itself, what is asked for
(LTI.md 4 and 5, through nginx and the job workers)."""
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.platform.oidc import AGS_SCOPE, NRPS_SCOPE
from tests.support import demo_course, stack

LABEL = "Skills mastered (Waymark)"
STUDENT = 36


class Scores:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])
        cls.world = cls.platform.world

    def sync(self, check=True):
        return self.stack.run("sync", "--course", self.course, "--wait", timeout=120,
                              check=check)

    def drain(self):
        """Until nothing waits and no job that brings more is open."""
        def done():
            self.sql("UPDATE outbox SET next_ms = 0 WHERE state = 'pending'")
            busy = self.count("job", "state IN ('ready', 'running') AND (kind LIKE "
                              "'recompute%' OR kind LIKE 'publish%' OR kind LIKE 'column%')")
            if busy == 0 and self.count("outbox", "state = 'pending'") == 0:
                return True
            if busy == 0:
                self.sql("UPDATE schedule SET next_ms = 0 WHERE name = 'publish.tick'")
            return False
        stack.wait_for(done, 60, every=0.2, why="the outbox to empty")

    def column(self):
        found = [n for n, i in self.world.line_items.items()
                 if i.get("resourceId") == "waymark-mastery" and i.get("tag") == "mastery"]
        self.assertLessEqual(len(found), 1, "one column, never two")
        return found[0] if found else None

    def again(self, sub):
        """Have one person's score put into the outbox once more."""
        self.sql("UPDATE state_run SET posted = NULL WHERE person_id = (SELECT person_id FROM "
                 "person WHERE sub = '%s')" % sub)

    def edit(self, user, score):
        with self.world.lock:
            self.world.scores[self.column(), user].update(score=score, at=self.world.now())

    def score(self, user):
        with self.world.lock:
            return self.world.scores[self.column(), user]["score"]

    def teacher(self):
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        link = next(x for x in page.text.split('"') if "/scores?" in x).replace("&amp;", "&")
        return browser, browser.get(link if "://" in link else self.stack.url + link)

    def press(self, browser, page, what, person=None):
        forms = [f for f in page.forms() if f["action"].endswith("/scores/change")]
        if person:
            forms = [f for f in forms if f["fields"].get("person") == person]
        self.assertTrue(forms, page.visible()[:500])
        answer = browser.submit(forms[0], do=what)
        return browser.follow(answer) if answer.status == 303 else answer

    def test_1_an_edited_score_stands(self):
        """AGS-7: a person has the last word, until a teacher lets Waymark write again."""
        self.drain()
        ours = self.score(STUDENT)
        self.edit(STUDENT, 80 if ours != 80 else 70)
        theirs = self.score(STUDENT)
        self.sync()
        self.assertEqual(1, self.count("override_seen", "allowed_ms = 0"))
        self.again(STUDENT)
        self.sync()
        self.drain()
        self.assertEqual(theirs, self.score(STUDENT))
        self.assertEqual(1, self.count("outbox", "state = 'held'"))
        browser, page = self.teacher()
        name = self.world.courses[3].people[STUDENT].name
        self.assertIn("%s: the score there was changed to %g of 100. Waymark had sent %g. "
                      "We leave it." % (name, theirs, ours), page.visible())
        after = self.press(browser, page, "allow")
        self.assertEqual(200, after.status)
        self.assertNotIn("We leave it", after.visible())
        self.drain()
        self.assertEqual(ours, self.score(STUDENT))
        self.assertEqual(0, self.count("override_seen"))
        self.sync()
        self.assertEqual(0, self.count("override_seen"))

    def test_1b_an_edit_that_is_taken_back(self):
        """AGS-7: what was held back meanwhile goes when the LMS holds ours again."""
        self.drain()
        ours = self.score(STUDENT)
        self.edit(STUDENT, ours + 20 if ours < 50 else ours - 20)
        self.sync()
        self.again(STUDENT)
        self.sync()
        self.drain()
        self.assertEqual(1, self.count("override_seen"))
        posts = self.platform.count("scores")
        self.edit(STUDENT, ours)
        self.sync()
        self.drain()
        self.assertEqual(0, self.count("override_seen"))
        self.assertGreater(self.platform.count("scores"), posts)

    def test_1c_a_refused_score(self):
        """AGS-8: told with the platform's words, escaped, and sent again when a teacher asks."""
        self.drain()
        self.platform.misbehave.set([{"on": "scores", "do": "status", "code": 422, "times": 1,
                                      "body": "<b>not gradable</b>"}])
        self.addCleanup(self.platform.misbehave.set, [])
        self.again(STUDENT)
        self.sync()
        self.drain()
        self.assertEqual(1, self.count("outbox", "state = 'failed'"))
        browser, page = self.teacher()
        self.assertIn("answers 422", page.visible())
        self.assertIn("not gradable", page.visible())
        self.assertNotIn("<b>not", page.text)
        after = self.press(browser, page, "again")
        self.assertNotIn("not gradable", after.visible())
        posts = self.platform.count("scores")
        self.drain()
        self.assertGreater(self.platform.count("scores"), posts)
        self.assertEqual(0, self.count("outbox", "state = 'failed'"))

    def test_2_missing_is_never_zero(self):
        """Moodle may send a grade of 0 without resultScore: our own 0 is not an edit."""
        self.drain()
        self.world.zero_without_score = True
        self.addCleanup(setattr, self.world, "zero_without_score", False)
        other = next(u for (n, u), s in self.world.scores.items()
                     if n == self.column() and s["score"] and u != STUDENT)
        kept = self.score(other)
        self.edit(other, 0)
        mine = ("person_id = (SELECT person_id FROM person WHERE sub = '%d')" % other)
        self.sql("UPDATE score_clock SET given = 0 WHERE " + mine)
        self.sync()
        self.assertEqual(0, self.count("override_seen"))
        # a score of ours that is gone was taken away by somebody
        self.sql("UPDATE score_clock SET given = %g WHERE %s" % (kept, mine))
        self.sync()
        self.assertEqual(1, self.count("override_seen", "theirs IS NULL"))
        _, page = self.teacher()
        self.assertIn("the score there was taken away", page.visible())
        # and is back: it ends
        self.world.zero_without_score = False
        self.edit(other, kept)
        self.sync()
        self.assertEqual(0, self.count("override_seen"))

    def test_3_the_columns_name(self):
        """AGS-4: our own column alone; a teacher's name and maximum stay."""
        self.drain()
        item = self.world.line_items[self.column()]
        item.update(label="Was alle können", scoreMaximum=50)
        other = self.world.add_line_item(3, LABEL, 10, resourceId="theirs", tag="quiz")
        self.sync()
        self.assertEqual("Was alle können", item["label"])
        self.assertEqual(50, item["scoreMaximum"])
        # an older name of ours becomes the new one
        item["label"] = "Mastery"
        self.sql("UPDATE line_item SET label = 'Mastery'")
        self.sync()
        self.assertEqual(LABEL, item["label"])
        self.assertEqual({"course": 3, "label": LABEL, "scoreMaximum": 10,
                          "resourceId": "theirs", "tag": "quiz"}, self.world.line_items[other])
        item["scoreMaximum"] = 100

    def test_4_column_deleted_in_the_lms(self):
        """AGS-3: another is made, once, and everybody's score goes there."""
        self.drain()
        old = self.column()
        posted = len([1 for n, _ in self.world.scores if n == old])
        self.world.line_items.pop(old)
        self.sync()
        self.drain()
        self.assertNotIn(self.column(), (None, old))
        self.assertEqual(posted, len([1 for n, _ in self.world.scores if n == self.column()]))

    def test_5_column_removed_by_the_teacher(self):
        """AGS-5: only what we made is deleted, when a teacher asks."""
        self.drain()
        browser, page = self.teacher()
        mine, others = self.column(), set(self.world.line_items)
        after = self.press(browser, page, "remove")
        self.drain()
        self.assertEqual(others - {mine}, set(self.world.line_items))
        self.sync()
        self.drain()
        self.assertIsNone(self.column(), "it stays away")
        browser, after = self.teacher()
        self.assertIn("The column was removed", after.visible())
        self.press(browser, after, "make")
        self.sync()
        self.drain()
        self.assertIsNotNone(self.column())

    def test_5b_a_removal_that_was_given_up(self):
        """The job that removes the column died with the LMS down: the next reading asks anew,
        where once the page said for ever that the column is being removed."""
        self.drain()
        self.sql("UPDATE line_item SET state = 'removing'")
        self.sync()
        self.drain()
        self.assertIsNone(self.column())
        browser, page = self.teacher()
        self.assertIn("The column was removed", page.visible())
        self.press(browser, page, "make")
        self.sync()
        self.drain()
        self.assertIsNotNone(self.column())

    def test_6_a_column_that_was_found_is_not_deleted(self):
        """AGS-5: somebody else made it, or a course copy brought it."""
        self.sql("UPDATE line_item SET made = 0")
        _, page = self.teacher()
        self.assertNotIn("Remove the column", page.visible())

    def test_7_only_scopes_of_the_claim(self):
        """SVC-6: what the launch does not offer is not asked for."""
        offered = [AGS_SCOPE + "lineitem.readonly", AGS_SCOPE + "result.readonly"]

        def fewer(claims):
            claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["scope"] = offered
            return claims
        self.drain()
        self.world.claims_patch = fewer
        demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        self.world.claims_patch = None
        self.sql("DELETE FROM access_token")
        self.world.asked.clear()
        self.again(STUDENT)
        self.sync()
        asked = {s for _, scopes in self.world.asked for s in scopes}
        self.assertLessEqual(asked, set(offered) | {NRPS_SCOPE})
        self.assertIn(AGS_SCOPE + "result.readonly", asked)
        demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        self.sync()
        self.drain()
        self.assertIn(AGS_SCOPE + "score", {s for _, scopes in self.world.asked for s in scopes})

    def test_8_token_host_is_not_the_service_host(self):
        """SVC-8: as on Blackboard, where the token comes from a gateway."""
        self.sql("DELETE FROM access_token")
        self.sql("UPDATE registration SET token_url = 'http://localhost:%d/mod/lti/token.php'"
                 % self.platform.port)
        before = self.platform.count("token")
        self.again(STUDENT)
        self.sync()
        self.drain()
        self.assertGreater(self.platform.count("token"), before)
        self.assertEqual(0, self.count("outbox", "state = 'pending'"))


class ScoresOnSqlite(Scores, Case):
    database = "sqlite"


class ScoresOnPostgres(Scores, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
