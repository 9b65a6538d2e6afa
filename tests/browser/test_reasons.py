"""Reasons and what would change them, in Chromium: every page that shows a state, a lock, a
recommendation or a flag; then one change is done: the answers that a page asks for come in from
the LMS, and the state flips."""
import json
import time
import unittest

from tests.browser import base
from tests.integration.base import query

STUDENT = 36


class Reasons(base.Sites):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = str(cls.stack.course()["course"])
        cls.course = cls.platform.world.courses[3]
        cls.person = str(query(cls.stack, "SELECT person_id FROM person WHERE sub = '%d'"
                               % STUDENT)[0][0])

    def explain(self, *more):
        out = self.stack.run("explain", "--course", self.number, "--person", self.person,
                             "--json", *more).stdout
        return {s["skill"]: s for s in json.loads(out)}

    def activity(self, number):
        """(title, the LMS's quiz) of an activity of ours."""
        title = query(self.stack, "SELECT title FROM activity WHERE activity_id = %d"
                      % number)[0][0]
        return title, next((q for q in self.course.quizzes if q["name"] == title), None)

    def doable(self, change):
        """Answers to questions of quizzes, today."""
        return (change and change["days"] <= 1 and change["first"] == 0 and
                all("item" in a and self.activity(a["activity"])[1] for a in change["add"]))

    def answer(self, change):
        """Put the attempts that the change asks for into the LMS: right answers, just now."""
        now = int(time.time()) - 30
        for add in change["add"]:
            quiz = self.activity(add["activity"])[1]
            for _ in range(add["n"]):
                mine = [a["attempt"] for a in self.course.attempts
                        if a["attempt"]["quiz"] == quiz["id"] and
                        a["attempt"]["userid"] == STUDENT]
                number = 990_000 + len(self.course.attempts)
                now += 1
                self.course.attempts.append({
                    "attempt": {"id": number, "quiz": quiz["id"], "userid": STUDENT,
                                "attempt": len(mine) + 1, "uniqueid": number,
                                "state": "finished", "sumgrades": 1, "preview": 0,
                                "timestart": now, "timefinish": now, "timemodified": now},
                    "grade": 10,
                    "questions": [[int(add["item"]), "numerical", "1.00", 1, "gradedright",
                                   now]]})
            item = next(i["id"] for i in self.course.grade_items
                        if i.get("itemmodule") == "quiz" and i["iteminstance"] == quiz["id"])
            self.course.grades[STUDENT, item] = [10, now, now]

    def words(self, change, names, opens):
        """The sentence that a page must show, from the replay's change."""
        add = change["add"][0]
        n = "%d right answer%s" % (add["n"], "" if add["n"] == 1 else "s")
        if opens:
            return "With %s on “%s”, this opens." % (n, names[add["skill"]])
        return "With %s in “%s”, this is mastered." % (n, self.activity(add["activity"])[0])

    def test_reasons(self):
        names = dict(query(self.stack, "SELECT skill_code, title FROM skill"))
        before = self.explain()
        lock = next(s for s in before.values() if not s["ready"] and
                    self.doable(s["changes"].get("open")) and
                    len(s["changes"]["open"]["add"]) == 1)
        code = lock["changes"]["open"]["add"][0]["skill"]
        skill = before[code]
        self.assertNotEqual("mastered", skill["word"])
        self.assertTrue(self.doable(skill["changes"]["mastered"]))
        known = {"code": code, "lock": lock["skill"],
                 "name": self.course.people[STUDENT].name,
                 "words": self.words(skill["changes"]["mastered"], names, False),
                 "lockWords": self.words(lock["changes"]["open"], names, True)}
        self.steps("reasons.mjs", stage="walk", **known)
        self.answer(skill["changes"]["mastered"])
        self.stack.run("sync", "--course", self.number, "--wait", timeout=300)
        after = self.explain()
        self.assertEqual("mastered", after[code]["word"])
        self.assertTrue(after[lock["skill"]]["ready"])
        self.steps("reasons.mjs", stage="after", **known)
        self.stack.run("replay", "--course", self.number, "--verify", timeout=300)


if __name__ == "__main__":
    unittest.main()
