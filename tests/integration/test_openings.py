"""What opens in the LMS when a unit is mastered (FEATURES.md 5.6, rows 24 and 55, Must 6): the
wizard, the dry run, the jobs, and the nightly look, through nginx."""
import json
import re
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.test_canvas import QUIZ_1, CanvasCase
from tests.support import demo_course, stack

TEACHER = 66
QUIZ_2 = 6  # course module
DAY = 86400


class Teacher:
    """What a teacher does, and what the program knows then."""

    # -- the teacher ---------------------------------------------------------------------------

    def teacher(self, cookies=True):
        browser = Browser(cookies=cookies)
        page = demo_course.launch(self.platform, self.stack, TEACHER, browser=browser)
        self.assertEqual(200, page.status, page.visible()[:300])
        return browser, page

    def link(self, browser, page, words):
        """The page behind a link."""
        found = re.search(r'<a class="[^"]*" href="([^"]+)"[^>]*>(?:<bdi>)?%s' % words, page.text)
        self.assertTrue(found, words + " is not on " + page.visible()[:500])
        page = browser.get(self.stack.url + found.group(1).replace("&amp;", "&"))
        self.assertEqual(200, page.status)
        return page

    def gates(self):
        browser, page = self.teacher()
        return browser, self.link(browser, page, "What opens when")

    def press(self, browser, page, do, **fields):
        """A button: its form is the one that speaks of that student (or of none), and, where the
        page has several openings, of that one."""
        wanted = {k: str(v) for k, v in fields.items() if k in ("person", "opening")}
        for form in page.forms():
            own = form["fields"]
            if not form["action"].endswith("/gates/do") or (do == "add") == ("opening" in own):
                continue
            if (do in ("open", "close")) != ("person" in own) or any(
                    own.get(k) != v for k, v in wanted.items()):
                continue
            sent = {**own, **{k: str(v) for k, v in fields.items()}, "do": do}
            return browser.follow(browser.post(form["action"], list(sent.items()),
                                               headers={"Origin": self.stack.url}))
        return self.fail("no form for %s on %s" % (do, page.visible()[:500]))

    def add(self, unit, percent, way, target=""):
        browser, page = self.gates()
        page = self.press(browser, page, "add", unit=unit, percent=percent, way=way,
                          target=str(target))
        self.assertEqual(200, page.status, page.visible()[:400])
        number = re.search(r'name="opening" value="(\d+)"', page.text).group(1)
        return browser, page, number

    def one(self, browser, page, number):
        """The page of one opening, from the list."""
        found = re.search(r'href="([^"]+opening=%s)"' % number, page.text)
        page = browser.get(self.stack.url + found.group(1).replace("&amp;", "&"))
        self.assertEqual(200, page.status)
        return page

    # -- what the program knows --------------------------------------------------------------

    def idle(self):
        """Nothing is being worked out or delivered."""
        busy = ("kind IN ('recompute.course', 'recompute.person', 'open.course', 'open.check', "
                "'publish.score') AND (state = 'running' OR (state = 'ready' AND run_ms <= %d))")
        now = int(self.platform.world.now() * 1000) + 1000
        stack.wait_for(lambda: self.count("job", busy % now) == 0, 90, why="jobs are done")

    def people(self, number):
        out = self.stack.json("gates", "--course", self.course_id, "--dry-run", "--json")
        one = next(o for o in out if str(o["opening"]) == number)
        subs = {str(p): str(s) for p, s in self.sql("SELECT person_id, sub FROM person")}
        return one, {subs[str(w["person"])]: w for w in one["who"]}

    def stands(self, number, word):
        return {s for s, w in self.people(number)[1].items() if w["stands"] == word}

    def person_id(self, sub):
        return self.sql("SELECT person_id FROM person WHERE sub = '%s'" % sub)[0][0]

    def check(self):
        self.stack.run("gates", "--course", self.course_id)
        self.idle()

    def switch_on(self, unit="numbers", percent=25, way="group", target=QUIZ_2):
        browser, page, number = self.add(unit, percent, way, target)
        page = self.press(browser, page, "activate", opening=number)
        self.assertIn("Switched on", page.visible())
        self.idle()
        return browser, number


class Openings(Teacher):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course_id = str(cls.stack.course()["course"])
        cls.course = cls.platform.world.courses[3]
        cls.ws = cls.platform.ws
        cls.groups = cls.platform.ws.groups

    def members(self, number):
        key = self.people(number)[0]["lms_key"]
        return {str(u) for u in self.groups.members[int(key)]}

    def masters(self, user, quiz, days=(4, 2)):
        """The student finishes a quiz twice, everything right, on two days."""
        course = self.course
        old = next(a for a in course.attempts if a["attempt"]["quiz"] == quiz)
        item = next(i for i in course.grade_items if i.get("itemmodule") == "quiz"
                    and i.get("iteminstance") == quiz)
        for back in days:
            at = int(self.platform.world.now()) - back * DAY
            number = max(a["attempt"]["id"] for a in course.attempts) + 1
            tries = [a["attempt"]["attempt"] for a in course.attempts
                     if a["attempt"]["quiz"] == quiz and a["attempt"]["userid"] == user]
            course.attempts.append({
                "attempt": {**old["attempt"], "id": number, "uniqueid": number, "userid": user,
                            "attempt": max(tries, default=0) + 1, "timestart": at - 900,
                            "timefinish": at, "timemodified": at,
                            "sumgrades": sum(q[3] for q in old["questions"])},
                "grade": 10, "questions": [[q[0], q[1], "%.2f" % q[3], q[3], "gradedright", at]
                                           for q in old["questions"]]})
            course.grades[user, item["id"]] = (item["grademax"], at, at)

    # -- tests ----------------------------------------------------------------------------------

    def test_1_wizard_dry_run_and_first_unlock(self):
        browser, page = self.gates()
        self.assertIn("Needs no access", page.visible())
        browser, page, number = self.add("numbers", 25, "group", QUIZ_2)
        text = page.visible()
        for words in ("Restrict access", "Waymark: Numbers, 25 %", "Not switched on yet",
                      "Quiz 2: Variables and expressions", "nothing is sent", "greyed out"):
            self.assertIn(words, text)
        ready = self.stands(number, "now")
        self.assertGreater(len(ready), 10)
        self.assertIn("it would open for %d students" % len(ready), text)
        self.assertEqual({}, self.groups.rows)  # nothing was sent
        self.assertEqual(0, self.count("opening_member"))
        near = [w for w in self.people(number)[1].values() if w["stands"] == "near"]
        self.assertTrue(all(w["missing"] for w in near))

        page = self.press(browser, page, "activate", opening=number)
        self.idle()
        self.assertEqual(ready, self.members(number))
        self.assertEqual(ready, self.stands(number, "open"))
        one, people = self.people(number)
        self.assertEqual(1, len(self.groups.rows))
        self.assertEqual("Waymark: Numbers, 25 %",
                         self.groups.rows[int(one["lms_key"])]["name"])
        for sub in ready:
            w = people[sub]
            self.assertEqual(("unit_percent", "group " + one["lms_key"]),
                             (w["rule"], w["receipt"]))
            self.assertGreater(w["opened_ms"], 0)
            self.assertNotEqual("[]", w["evidence"])
        # Many in one call.
        self.assertEqual([("add", len(ready))], self.groups.calls)

        # A student who is not there yet finishes the quiz: in the group at once.
        late = sorted(self.stands(number, "near") | self.stands(number, "far"))[0]
        self.masters(int(late), 1)
        self.stack.run("sync", "--course", self.course_id, "--wait", timeout=300)
        stack.wait_for(lambda: late in self.members(number), 60,
                       why="the student is in the group")
        self.idle()
        self.assertIn(late, self.stands(number, "open"))
        (waited,), = self.sql("SELECT m.opened_ms - m.granted_ms FROM opening_member m JOIN "
                              "person p ON p.person_id = m.person_id WHERE p.sub = '%s' AND "
                              "m.opening_id = %s" % (late, number))
        self.assertLess(int(waited), 60000)
        # Worse answers take nothing away, nothing is sent twice.
        calls = len(self.groups.calls)
        self.sql("UPDATE opening SET percent = 100 WHERE opening_id = %s" % number)
        self.stack.run("map", "import", demo_course.MAP, "--course", self.course_id)
        self.idle()
        self.assertEqual(ready | {late}, self.stands(number, "open"))
        self.assertEqual(calls, len(self.groups.calls))

    def test_2_the_nightly_look(self):
        browser, number = self.switch_on()
        key = int(self.people(number)[0]["lms_key"])
        inside = sorted(self.members(number))
        shut, lost, unsaid = inside[:3]
        other = sorted(self.stands(number, "far") | self.stands(number, "near"))[0]
        self.groups.members[key] -= {int(shut), int(lost)}
        self.groups.members[key].add(int(other))
        # A worker died: once before the LMS was asked, once before its answer was written down.
        for sub in (lost, unsaid):
            self.sql("UPDATE opening_member SET state = 'waiting', opened_ms = 0, receipt = '' "
                     "WHERE opening_id = %s AND person_id = %s" % (number, self.person_id(sub)))
        self.check()
        self.assertEqual({shut}, self.stands(number, "closed_there"))
        self.assertEqual({other}, self.stands(number, "seen"))
        self.assertEqual({lost, unsaid} & self.members(number),
                         {lost, unsaid} & self.stands(number, "open"))
        self.assertIn(lost, self.members(number))
        self.assertNotIn(shut, self.members(number))  # never silently
        self.check()
        self.assertNotIn(shut, self.members(number))
        browser, page = self.gates()
        self.assertIn("1 needs a look", page.visible())
        page = self.one(browser, page, number)
        self.assertIn("Shut in the learning site: 1", page.visible())
        page = self.press(browser, page, "open", person=self.person_id(shut))
        self.idle()
        self.assertIn(shut, self.members(number))
        self.assertEqual(1, self.count("decision", "kind = 'unlock_open'"))
        # Somebody else takes their own person out again: not ours to speak of.
        self.groups.members[key].discard(int(other))
        self.check()
        self.assertEqual(set(), self.stands(number, "seen"))
        # The group is gone: told in words, paused, and made anew when it is switched on again.
        before = self.members(number)
        self.groups.delete(key)
        self.check()
        one = self.people(number)[0]
        self.assertEqual("paused", one["state"])
        self.assertIn("not in the learning site any more", one["error"])
        self.assertNotIn(key, self.groups.rows)
        page = browser.get(page.url)
        self.press(browser, page, "activate", opening=number)
        self.idle()
        self.assertEqual(before, self.members(number))

    def test_3_refused_in_words(self):
        self.ws.denied = {"core_group_add_group_members"}
        browser, number = self.switch_on()
        waiting = self.stands(number, "waiting")
        self.assertGreater(len(waiting), 10)
        _, page = self.gates()
        self.assertIn("moodle/course:managegroups", page.visible())
        self.assertEqual(1, self.count("course_source",
                                       "source = 'gates' AND error LIKE '%managegroups%'"))
        # It is not asked again and again ...
        self.check()
        # ... but when it is mended, everybody comes in.
        self.ws.denied = set()
        self.sql("UPDATE opening SET next_ms = 0")
        self.check()
        self.assertEqual(waiting, self.members(number))
        self.assertEqual("", self.people(number)[0]["error"])

    def test_4_one_who_is_not_taken_holds_up_nobody(self):
        browser, page, number = self.add("numbers", 25, "group", QUIZ_2)
        ready = sorted(self.stands(number, "now"))
        odd = self.course.people[int(ready[2])]
        odd.suspended = True
        try:
            self.press(browser, page, "activate", opening=number)
            self.idle()
        finally:
            odd.suspended = False
        self.assertEqual({ready[2]}, self.stands(number, "failed"))
        self.assertEqual(set(ready) - {ready[2]}, self.members(number))
        self.assertIn("enrolled", self.people(number)[1][ready[2]]["receipt"])
        self.check()  # the nightly look tries again
        self.assertEqual(set(ready), self.members(number))

    def test_5_a_person_has_the_last_word(self):
        browser, number = self.switch_on(percent=100)
        self.assertEqual(set(), self.members(number))
        sub = sorted(self.stands(number, "far") | self.stands(number, "near"))[0]
        browser, page = self.teacher()
        # Two clicks: the student's page, the button.
        name = self.people(number)[1][sub]["name"]
        page = self.link(browser, page, re.escape(name))
        self.press(browser, page, "open", person=self.person_id(sub), opening=number)
        self.idle()
        self.assertEqual({sub}, self.members(number))
        self.assertEqual("by_hand", self.people(number)[1][sub]["rule"])
        page = browser.get(page.url)
        self.assertIn("Opened by hand", page.visible())
        said = self.press(browser, page, "close", person=self.person_id(sub), opening=number,
                          note="")
        self.assertIn("please say why", said.visible())
        said = self.press(browser, page, "close", person=self.person_id(sub), opening=number,
                          note="talked about it")
        self.assertIn("until you take them out there", said.visible())
        self.check()
        self.assertEqual({sub}, self.stands(number, "closed"))
        self.assertEqual({sub}, self.members(number))  # their own click, over there
        self.assertIn("your click", self.people(number)[1][sub]["receipt"])
        self.groups.members[int(self.people(number)[0]["lms_key"])].discard(int(sub))
        self.check()
        self.assertEqual({sub}, self.stands(number, "closed"))
        self.assertIn("not in", self.people(number)[1][sub]["receipt"])
        page = browser.get(page.url)
        self.assertIn("talked about it", page.visible())

    def test_6_is_it_locked(self):
        browser, number = self.switch_on()
        key = int(self.people(number)[0]["lms_key"])
        self.check()
        self.assertEqual("open", self.people(number)[0]["lock"])
        self.groups.rules[QUIZ_2] = '{"op":"&","c":[{"type":"group","id":%d}],"showc":[true]}' % key
        browser, page = self.gates()
        self.check()
        self.assertEqual("locked", self.people(number)[0]["lock"])
        del self.groups.rules[QUIZ_2]

    def test_7_by_score(self):
        """The gate's column opens; that the LMS took the score is the receipt."""
        browser, page, number = self.add("numbers", 50, "score")
        for words in ("Select content", "Leave “must be <” empty", "must be ≥", "weight 0"):
            self.assertIn(words, page.visible())
        self.press(browser, page, "activate", opening=number)
        self.idle()
        ready = self.stands(number, "waiting")  # there is no column yet
        self.assertGreater(len(ready), 0)
        column = self.platform.world.add_line_item(
            3, "Gate: Numbers", 100, resourceId="waymark-gate-numbers", tag="gate")
        self.stack.run("sync", "--course", self.course_id, "--wait", timeout=300)
        given = self.platform.world.scores

        def scored():
            return {str(u) for (n, u), x in given.items() if n == column and x["score"] >= 50}
        stack.wait_for(lambda: scored() == ready, 60, why="the scores are in the grade book")
        self.idle()
        self.sql("UPDATE schedule SET next_ms = 0 WHERE name = 'open.tick'")
        stack.wait_for(lambda: self.stands(number, "open") == ready, 60, why="receipts")
        people = self.people(number)[1]
        self.assertTrue(all(people[s]["receipt"] == "the score is in the grade book"
                            for s in ready))
        # By hand: the score rises to what is asked for.
        sub = sorted(self.stands(number, "far") | self.stands(number, "near"))[0]
        browser, page = self.gates()
        page = self.one(browser, page, number)
        self.assertNotIn("Select content", page.visible())  # the column is there
        self.press(browser, page, "open", person=self.person_id(sub), opening=number)
        stack.wait_for(lambda: given.get((column, int(sub)), {}).get("score") == 50, 60,
                       why="the score is raised")

    def test_8_an_lms_that_is_away(self):
        """It is tried again by itself, later and later; nobody is lost, nobody let in twice."""
        self.platform.misbehave.set([{"on": "ws:core_group_add_group_members", "do": "status",
                                      "code": 503, "times": 1}])
        browser, number = self.switch_on()
        waiting = self.stands(number, "waiting")
        self.assertGreater(len(waiting), 10)
        self.assertIn("503", self.people(number)[0]["error"])
        (tries, wait), = self.sql("SELECT tries, next_ms - %d FROM opening WHERE opening_id = %s"
                                  % (int(self.platform.world.now() * 1000), number))
        self.assertEqual(1, int(tries))
        self.assertLess(int(wait), 16000)
        stack.wait_for(lambda: self.stands(number, "open") == waiting, 90, why="it is tried again")
        self.assertEqual(waiting, self.members(number))
        self.assertEqual("", self.people(number)[0]["error"])

    def test_9_no_cookies_no_scripts_students_kept_out(self):
        browser = Browser(cookies=False)
        page = demo_course.launch(self.platform, self.stack, TEACHER, browser=browser)
        for _ in range(3):
            forms = [f for f in page.forms() if f["action"].endswith("/lti/continue")]
            if forms:
                page = browser.submit(forms[0])
        form = next(f for f in page.forms() if f["action"].endswith("/gates"))
        page = browser.submit(form)
        self.assertIn("What opens when", page.visible())
        page = self.press(browser, page, "add", unit="systems", percent="60", way="score",
                          target="")
        self.assertIn("Leave “must be <” empty", page.visible())
        self.assertIn("weight 0", page.visible())
        number = re.search(r'name="opening" value="(\d+)"', page.text).group(1)
        page = self.press(browser, page, "percent", opening=number, percent="70")
        self.assertIn("write 70", page.visible())
        page = self.press(browser, page, "activate", opening=number)
        self.assertIn("Switched on", page.visible())
        page = self.press(browser, page, "pause", opening=number)
        self.assertIn("Paused", page.visible())
        self.assertNotIn("l=", page.url.split("?")[-1])
        # A student has no business here, whatever the address says.
        other = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.STUDENT, browser=other)
        handle = re.search(r"[?&]l=([^&]+)", page.url).group(1)
        for path in ("/gates", "/gates/one?opening=%s" % number):
            mark = "&" if "?" in path else "?"
            answer = other.get("%s%s%sl=%s" % (self.stack.url, path, mark, handle))
            self.assertEqual(403, answer.status)


class OnCanvas(Teacher, CanvasCase):
    """The same by "Assign to"."""
    database = "postgresql"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_token()
        cls.stack.run("map", "import", "-", "--course", cls.course, stdin=cls.whole_quizzes())
        cls.stack.run("sync", "--course", cls.course, "--wait", timeout=300)
        cls.course_id = cls.course
        cls.target = next(cls.api.assignment_id(i) for i in
                          cls.platform.world.courses[3].grade_items
                          if i.get("itemmodule") == "assign")

    @staticmethod
    def whole_quizzes():
        """The map with quizzes that tell about their skills as a whole: Canvas's questions have
        other names than Moodle's."""
        with open(demo_course.MAP, encoding="utf-8") as f:
            doc = json.load(f)
        for a in doc["activities"]:
            seen = {t["skill"]: {k: t[k] for k in ("skill", "weight")}
                    for t in sorted(a["tells"], key=lambda t: t["weight"])}
            a["tells"] = list(seen.values())
        return json.dumps(doc)

    def pass_often(self, num, days):
        """Quiz 1 with everything right, once a day."""
        now = int(self.platform.world.now())
        for d in days:
            self.api.submit(3, QUIZ_1, num, 10, [
                {"question_id": 20100 + i, "points": 2.0, "correct": True} for i in range(1, 6)],
                at=now - d * DAY)

    def numbers(self, subs):
        """The LMS's own numbers of persons."""
        known = dict(self.sql("SELECT sub, lms_id FROM person"))
        return {int(known[s]) for s in subs}

    def inside(self):
        return {i for o in self.api.overrides.get(("assignment", self.target), [])
                for i in o["student_ids"]}

    def test_1_assign_to(self):
        students = [p.num for p in self.platform.world.courses[3].people.values()
                    if p.is_student and p.listed]
        for num in students[:5]:
            self.pass_often(num, range(12, 0, -1))
        self.stack.run("sync", "--course", self.course_id, "--wait", timeout=300)
        self.idle()
        _, page = self.gates()
        self.assertIn("By “Assign to”", page.visible())
        browser, page, number = self.add("numbers", 25, "override", "assignment:%d" % self.target)
        for words in ("remove “Everyone”", "one such list", "Assign To"):
            self.assertIn(words, page.visible())
        ready = self.stands(number, "now")
        self.assertGreater(len(ready), 3)
        self.assertEqual(set(), self.inside())
        # One is assigned by name already: Canvas lets a student into one such list only.
        known = sorted(self.numbers(ready))[0]
        self.api.overrides["assignment", self.target] = [
            {"id": 77, "assignment_id": self.target, "student_ids": [known], "title": "Theirs"}]
        self.press(browser, page, "activate", opening=number)
        self.idle()
        self.assertEqual(self.numbers(ready), self.inside())
        self.assertEqual(ready, self.stands(number, "open"))
        self.assertEqual([known], self.api.overrides["assignment", self.target][0]["student_ids"])
        self.assertEqual(2, len(self.api.overrides["assignment", self.target]))
        people = self.people(number)[1]
        self.assertTrue(all("override" in people[s]["receipt"] for s in ready))
        # Who masters it next is in at once.
        for num in sorted(self.numbers(self.stands(number, "near") | self.stands(number, "far"))):
            self.pass_often(num, (0, 0, 0, 0))
        self.stack.run("sync", "--course", self.course_id, "--wait", timeout=300)
        stack.wait_for(lambda: self.stands(number, "open") - ready, 60, why="one more is in")
        self.idle()
        self.assertEqual(self.numbers(self.stands(number, "open")), self.inside())
        slow = self.sql("SELECT max(opened_ms - granted_ms) FROM opening_member WHERE opening_id "
                        "= %s AND by_person_id = 0" % number)[0][0]
        self.assertLess(int(slow), 60000)
        # Taken out over there: told, not undone.
        gone = sorted(self.stands(number, "open"))[0]
        for o in self.api.overrides["assignment", self.target]:
            o["student_ids"] = [i for i in o["student_ids"] if i not in self.numbers({gone})]
        self.check()
        self.assertEqual({gone}, self.stands(number, "closed_there"))
        self.assertNotIn(next(iter(self.numbers({gone}))), self.inside())
        # And is it for nobody else?
        self.assertEqual("open", self.people(number)[0]["lock"])
        self.api.only_overrides = {self.target}
        self.check()
        self.assertEqual("locked", self.people(number)[0]["lock"])

    def test_2_refused_in_words(self):
        self.api.rights["manage_assignments_edit"] = False
        try:
            browser, page, number = self.add("expressions", 20, "override",
                                             "assignment:%d" % self.target)
            self.press(browser, page, "activate", opening=number)
            self.idle()
        finally:
            self.api.rights = {}
        one = self.people(number)[0]
        self.assertNotEqual("", one["error"])
        self.assertIn("overrides", one["error"])
        self.assertEqual(set(), self.stands(number, "open"))


class OnSqlite(Openings, Case):
    pass


class OnPostgres(Openings, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
