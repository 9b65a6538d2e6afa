"""The xAPI receiver through nginx: who may send, what is refused and why, what is kept, what a
sender can read again, and what a statement does to a student's panel."""
import base64
import json
import re
import urllib.error
import urllib.request
import uuid

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course, stack
from tests.support.stack import wait_for

VERBS = "http://adlnet.gov/expapi/verbs/"


class Sender:
    """Somebody who has a key."""

    def __init__(self, stack, kind="xapi", path="/xapi/statements", **more):
        args = [x for k, v in more.items() for x in ("--" + k, str(v))]
        self.made = stack.json("receiver", "add", "--kind", kind, "--platform",
                               str(stack.registration), "--label", "Test", *args)
        self.stack, self.path = stack, path
        self.key = self.made["key"]
        if kind == "xapi":
            raw = "%s:%s" % (self.key, self.made["secret"])
            self.credentials = "Basic " + base64.b64encode(raw.encode()).decode()
        else:
            self.credentials = "Bearer " + self.made["token"]

    def ask(self, method="POST", body=None, query="", raw=None, path=None, **headers):
        """(status, parsed answer, headers)."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        head = {"Authorization": self.credentials, "Content-Type": "application/json",
                "X-Experience-API-Version": "1.0.3",
                **{k.replace("_", "-"): v for k, v in headers.items()}}
        url = self.stack.url + (path or self.path) + query
        req = urllib.request.Request(url, data=data, method=method, headers={
            k: v for k, v in head.items() if v is not None})
        try:
            with urllib.request.urlopen(req, timeout=60) as r:
                return r.status, self._parse(r.read()), r.headers
        except urllib.error.HTTPError as e:
            return e.code, self._parse(e.read()), e.headers

    @staticmethod
    def _parse(text):
        try:
            return json.loads(text)
        except ValueError:
            return text.decode("utf-8", "replace")

    def counts(self):
        """{state or "state: reason": how many} of this key."""
        rows = self.stack.json("receiver", "show", self.key)["counts"]
        return {r["state"] + (": " + r["reason"] if r["reason"] else ""): r["n"] for r in rows}


def statement(verb="experienced", **more):
    return {"id": str(uuid.uuid4()),
            "actor": {"account": {"homePage": "https://lms.example.test", "name": "7"}},
            "verb": {"id": VERBS + verb}, "object": {"id": "https://lms.example.test/a/1"},
            "timestamp": "2026-11-20T10:00:00Z", **more}


class Receiving(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sender = Sender(cls.stack)

    def stored(self):
        return self.count("statement")

    # -- who may send -----------------------------------------------------------------------

    def test_about_asks_for_nothing(self):
        status, told, _ = self.sender.ask("GET", path="/xapi/about", Authorization=None,
                                          X_Experience_API_Version=None)
        self.assertEqual((200, ["1.0.3", "2.0.0"]), (status, told["version"]))

    def test_only_keys_that_are_good(self):
        before = self.stored()
        def basic(text):
            return "Basic " + base64.b64encode(text.encode()).decode()
        other = Sender(self.stack, "caliper")
        gone = Sender(self.stack)
        self.stack.run("receiver", "revoke", gone.key)
        for wrong in (None, "Basic", "Basic !", basic("x:y"), basic("nothing"), "Bearer x",
                      basic(self.sender.key + ":wrong"), basic(self.sender.key + ":"),
                      gone.credentials, other.credentials, "Digest x",
                      self.sender.credentials[:-4]):
            status, told, head = self.sender.ask(body=statement(), Authorization=wrong)
            self.assertEqual((401, True), (status, "error" in told), wrong)
            self.assertIn("Basic", head["WWW-Authenticate"])
        self.assertEqual(before, self.stored())
        self.assertEqual("revoked", self.stack.json("receiver", "show", gone.key)["state"])

    def test_the_secret_is_kept_nowhere(self):
        secret = self.sender.made["secret"]
        rows = self.sql("SELECT secret_hash FROM receiver_key")
        self.assertFalse([r for r in rows if secret in r[0]])
        self.assertNotIn(secret, self.stack.run("receiver", "list").stdout)

    def test_a_version_must_be_said(self):
        for version, answer in (("1.0.3", "1.0.3"), ("1.0", "1.0.3"), ("1.0.1", "1.0.3"),
                                ("2.0.0", "2.0.0"), ("2.0", "2.0.0")):
            status, _, head = self.sender.ask(body=statement(), X_Experience_API_Version=version)
            self.assertEqual((200, answer), (status, head["X-Experience-API-Version"]))
            self.assertTrue(head["X-Experience-API-Consistent-Through"])
        for version in (None, "0.95", "1.1", "3.0", "x"):
            self.assertEqual(400, self.sender.ask(body=statement(),
                                                  X_Experience_API_Version=version)[0])

    def test_a_key_has_a_rate(self):
        """nginx counts by key and by address: whoever sends too much is told to wait."""
        with stack.Stack(conf={"receiver_rate": "1"}) as s:
            s.add_platform(self.platform, tool=False)
            greedy = Sender(s)
            told = {greedy.ask("GET", path="/xapi/about")[0] for _ in range(1100)}
            self.assertEqual({200, 429}, told)

    # -- what comes in ------------------------------------------------------------------------

    def test_one_many_and_without_id(self):
        one, two = statement(), statement()
        self.assertEqual((200, [one["id"]]), self.sender.ask(body=one)[:2])
        bare = statement()
        del bare["id"]
        status, ids, _ = self.sender.ask(body=[two, bare])
        self.assertEqual((200, two["id"]), (status, ids[0]))
        self.assertEqual(str(uuid.UUID(ids[1])), ids[1])
        third = statement()
        self.assertEqual(204, self.sender.ask("PUT", third, "?statementId=" + third["id"])[0])
        self.assertEqual(400, self.sender.ask("PUT", third, "?statementId=" +
                                              str(uuid.uuid4()))[0])
        self.assertEqual(400, self.sender.ask("PUT", [third], "?statementId=" + third["id"])[0])
        self.assertEqual(400, self.sender.ask("PUT", third)[0])
        self.assertEqual(405, self.sender.ask("DELETE")[0])

    def test_again_is_the_same_and_other_content_a_conflict(self):
        batch = [statement() for _ in range(60)]
        self.assertEqual(200, self.sender.ask(body=batch)[0])
        before = self.stored()
        self.assertEqual(200, self.sender.ask(body=batch)[0])
        again = {**batch[3], "stored": "2026-11-20T10:00:05Z", "version": "1.0.0",
                 "id": batch[3]["id"].upper()}
        self.assertEqual(204, self.sender.ask("PUT", again, "?statementId=" + again["id"])[0])
        changed = {**batch[41], "verb": {"id": VERBS + "answered"}}
        status, told, _ = self.sender.ask(body=[statement(), changed, statement()])
        self.assertEqual((409, 1), (status, told["statement"]))
        status, told, _ = self.sender.ask(body=[*batch[:30], *[statement()] * 1, changed])
        self.assertEqual((409, 31), (status, told["statement"]))
        self.assertEqual(before, self.stored())

    def test_one_bad_statement_refuses_all_of_them(self):
        before = self.stored()
        bad = statement(result={"score": {"scaled": 1.5}})
        status, told, _ = self.sender.ask(body=[statement(), statement(), bad, statement()])
        self.assertEqual((400, 2), (status, told["statement"]))
        self.assertEqual("result.score.scaled: is not between -1 and 1", told["error"])
        twice = statement()
        self.assertEqual((400, 1), (lambda a: (a[0], a[1]["statement"]))(
            self.sender.ask(body=[twice, twice])))
        for raw in (b"", b"{", b"7", b"[7]", b'{"id":1}', b"\xff", b'"x"', b"[" * 100):
            status, told, _ = self.sender.ask(raw=raw)
            self.assertEqual((400, True), (status, "error" in told), raw)
        self.assertEqual(before, self.stored())

    def test_bodies_are_not_measured_here(self):
        gaze = statement(result={"extensions": {"https://x.test/ext/eye-tracking": {"x": 1}}})
        status, told, _ = self.sender.ask(body=[statement(), gaze])
        self.assertEqual((400, 1), (status, told["statement"]))
        self.assertIn("bodies", told["error"])

    def test_limits(self):
        self.assertEqual(413, self.sender.ask(body=[statement() for _ in range(501)])[0])
        self.assertEqual(200, self.sender.ask(body=[statement() for _ in range(500)])[0])
        long = statement(result={"response": "x" * 70000})
        self.assertEqual(413, self.sender.ask(body=long)[0])
        nearly = b" " * (4 * 1024 * 1024 - 2000) + json.dumps(statement()).encode()
        self.assertEqual(200, self.sender.ask(raw=nearly)[0])
        self.assertEqual(413, self.sender.ask(raw=nearly + b" " * 4000)[0])
        self.assertEqual(200, self.sender.ask(body=[])[0])
        # numbers grow when they are written out: 0.1 is 0.10000000000000001
        tenths = statement(context={"extensions": {"https://x.test/t": [0.1] * 1600}})
        told = self.sender.ask(body=[{**tenths, "id": str(uuid.uuid4())} for _ in range(490)])
        self.assertEqual((413, "the list is too large"), (told[0], told[1]["error"]))

    def test_multipart_and_other_types_are_refused_with_a_reason(self):
        for kind in ("multipart/mixed; boundary=x", "text/plain", None):
            status, told, _ = self.sender.ask(body=statement(), Content_Type=kind)
            self.assertEqual(400, status)
            self.assertIn("ontent-Type" if kind != "multipart/mixed; boundary=x"
                          else "fileUrl", told["error"])

    # -- what can be read ---------------------------------------------------------------------

    def test_a_sender_reads_its_own(self):
        mine, other = Sender(self.stack), Sender(self.stack)
        sent = statement(result={"score": {"scaled": 0.95}})
        mine.ask(body=sent)
        status, got, head = mine.ask("GET", query="?statementId=" + sent["id"])
        self.assertEqual(200, status)
        self.assertTrue(head["ETag"])
        self.assertEqual(sent, {k: got[k] for k in sent})
        self.assertEqual({"stored", "authority", "version"}, set(got) - set(sent))
        self.assertEqual(mine.key, got["authority"]["account"]["name"])
        self.assertEqual(404, other.ask("GET", query="?statementId=" + sent["id"])[0])
        self.assertEqual([], other.ask("GET")[1]["statements"])

    def test_lists_by_filter_and_page_by_page(self):
        mine = Sender(self.stack)
        sent = [statement("answered" if i % 3 else "completed",
                          object={"id": "https://lms.example.test/a/%d" % (i % 4)})
                for i in range(120)]
        mine.ask(body=sent[:60])
        mine.ask(body=sent[60:])
        ids = [s["id"] for s in sent]

        def listed(query):
            found, pages = [], 0
            status, told, _ = mine.ask("GET", query=query)
            while True:
                self.assertEqual(200, status, told)
                found += [s["id"] for s in told["statements"]]
                pages += 1
                if not told["more"]:
                    return found, pages
                status, told, _ = mine.ask("GET", path=told["more"], query="")
        self.assertEqual(sorted(ids), sorted(listed("")[0]))
        self.assertEqual(ids, listed("?ascending=true&limit=50")[0])
        self.assertEqual(ids[::-1], listed("?limit=7")[0])
        verb = [s["id"] for s in sent if s["verb"]["id"].endswith("completed")]
        self.assertEqual(verb, listed("?ascending=true&limit=9&verb=" + VERBS + "completed")[0])
        self.assertEqual(30, len(listed("?activity=https://lms.example.test/a/2")[0]))
        agent = json.dumps(sent[0]["actor"])
        self.assertEqual(120, len(listed("?agent=" + urllib.request.quote(agent))[0]))
        nobody = json.dumps({"mbox": "mailto:x@y.test"})
        self.assertEqual([], listed("?agent=" + urllib.request.quote(nobody))[0])
        told = mine.ask("GET", query="?limit=1&ascending=true")[1]["statements"][0]["stored"]
        self.assertEqual([], [i for i in listed("?until=" + told)[0] if i in ids[60:]])
        self.assertEqual([], listed("?since=2099-01-01T00:00:00Z")[0])
        for wrong in ("?limit=-1", "?limit=x", "?since=yesterday", "?verbs=1", "?more=abc",
                      "?ascending=yes", "?agent=7", "?statementId=7", "?format=canonical",
                      "?limit=1&limit=2"):
            self.assertEqual(400, mine.ask("GET", query=wrong)[0], wrong)

    def test_what_is_voided_is_read_as_voided(self):
        mine, other = Sender(self.stack), Sender(self.stack)
        first, second = statement(), statement()

        def voiding(target):
            return statement("voided", object={"objectType": "StatementRef",
                                               "id": target["id"]})
        mine.ask(body=[first, second])
        void = voiding(first)
        early = voiding(second)
        self.assertEqual(200, other.ask(body=voiding(second))[0])  # of another sender: nothing
        self.assertEqual(200, mine.ask(body=void)[0])
        self.assertEqual(404, mine.ask("GET", query="?statementId=" + first["id"])[0])
        self.assertEqual(200, mine.ask("GET", query="?voidedStatementId=" + first["id"])[0])
        self.assertEqual(200, mine.ask("GET", query="?statementId=" + second["id"])[0])
        shown = [s["id"] for s in mine.ask("GET")[1]["statements"]]
        self.assertEqual([void["id"], second["id"]], shown)
        late = statement()
        mine.ask(body=voiding(late))  # before what it voids
        mine.ask(body=late)
        self.assertEqual(404, mine.ask("GET", query="?statementId=" + late["id"])[0])
        self.assertEqual(400, mine.ask(body={**early, "object": first["object"]})[0])


class ReceivingPostgres(Receiving):
    database = "postgresql"


class Learning(Case):
    """The recorded course: statements become evidence of its students."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = cls.stack.course()["course"]
        cls.sender = Sender(cls.stack)
        cls.base = cls.platform.base

    def about(self, student, verb, path, day=1, **more):
        """A statement about an activity of the course, as a plugin of Moodle's would send it."""
        around = {"grouping": [{"id": self.base + "/course/view.php?id=3"}],
                  **more.pop("around", {})}
        return statement(verb, actor={"account": {"homePage": self.base, "name": str(student)}},
                         object={"id": self.base + path},
                         context={"contextActivities": around, **more.pop("context", {})},
                         timestamp="2026-11-%02dT10:00:00Z" % day, **more)

    def take(self, sender, *statements):
        """Send, and wait until all that this key sent was looked at."""
        status, told, _ = sender.ask(body=list(statements))
        self.assertEqual(200, status, told)
        return self.settled(sender)

    def settled(self, sender):
        wait_for(lambda: "new" not in sender.counts(), 60, why="the job")
        return sender.counts()

    def skills(self, student):
        """{skill: (state, p)} of a student."""
        rows = self.sql("SELECT s.skill_code, s.word, s.p_mastery FROM state_skill s "
                        "JOIN person p ON p.tenant_id = s.tenant_id AND p.person_id = s.person_id "
                        "WHERE p.sub = '%s'" % student)
        return {r[0]: (r[1], float(r[2])) for r in rows}

    def panel(self, student):
        answer = demo_course.launch(self.platform, self.stack, student)
        self.assertEqual(200, answer.status)
        return answer.visible()

    def question(self, student, slot, day, **result):
        return self.about(student, "answered", "/mod/quiz/view.php?id=18#q%d" % slot, day,
                          around={"parent": {"id": self.base + "/mod/quiz/view.php?id=18"}},
                          result=result)

    def idle(self, path="/mod/quiz/view.php?id=18"):
        """A student of whom nothing is known at an activity."""
        busy = {r[0] for r in self.sql(
            "SELECT DISTINCT p.sub FROM evidence e JOIN person p ON p.tenant_id = e.tenant_id "
            "AND p.person_id = e.person_id JOIN activity a ON a.tenant_id = e.tenant_id AND "
            "a.activity_id = e.activity_id WHERE a.url LIKE '%%%s'" % path)}
        return next(p.num for p in self.platform.world.courses[3].people.values()
                    if p.is_student and not p.suspended and str(p.num) not in busy)

    def test_answers_change_the_panel_and_voiding_takes_them_back(self):
        sender, student = Sender(self.stack), self.idle()
        before, panel = self.skills(student), self.panel(student)
        self.assertEqual("none", before.get("SYS-CHECK", ("none",))[0])
        sent = [self.question(student, 1, day, success=True) for day in (2, 5, 9, 12)]
        self.assertEqual({"used": 4}, self.take(sender, *sent))
        self.assertEqual("mastered", self.skills(student)["SYS-CHECK"][0])
        self.assertNotEqual(panel, self.panel(student))
        self.take(sender, *sent)  # again: nothing changes
        self.assertEqual(4, self.count("evidence", "source_kind = 'xapi' AND actor = "
                                       "'receiver:%s'" % sender.key))
        void = [statement("voided", object={"objectType": "StatementRef", "id": s["id"]})
                for s in sent]
        self.assertEqual({"used": 4, "voided": 4}, self.take(sender, *void))
        self.assertEqual(before.get("SYS-CHECK", ("none",))[0],
                         self.skills(student).get("SYS-CHECK", ("none",))[0])
        self.assertEqual(8, self.count("evidence", "source_kind = 'xapi' AND actor = "
                                       "'receiver:%s'" % sender.key))  # appended, not deleted
        self.stack.run("replay", "--verify")

    def test_voided_before_it_came(self):
        sender, student = Sender(self.stack), self.idle("/mod/assign/view.php?id=19")
        before = self.skills(student)
        one = self.about(student, "scored", "/mod/assign/view.php?id=19",
                         result={"score": {"scaled": 1}})
        self.take(sender, statement("voided", object={"objectType": "StatementRef",
                                                      "id": one["id"]}))
        self.assertEqual({"used": 1, "voided": 1}, self.take(sender, one))
        self.assertEqual(before, self.skills(student))

    def test_teachers_read_where_it_came_from(self):
        sender, student = Sender(self.stack), self.idle("/mod/assign/view.php?id=21")
        self.take(sender, self.about(student, "scored", "/mod/assign/view.php?id=21", 4,
                                     result={"score": {"raw": 3, "max": 4}}))
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, 66, browser=browser)
        handle = re.search(r"[?&]l=([\w-]+)", page.url).group(1)
        person = self.sql("SELECT person_id FROM person WHERE sub = '%s'" % student)[0][0]
        text = browser.get("%s/person?l=%s&person=%s" % (self.stack.url, handle,
                                                         person)).visible()
        self.assertIn("learning records (xAPI)", text)
        self.assertIn("3 of 4", text)
        sources = browser.get("%s/sources?l=%s" % (self.stack.url, handle)).visible()
        self.assertIn("Learning records (xAPI)", sources)

    def test_one_grade_by_two_routes_counts_once(self):
        """Moodle told this quiz answer by answer: what xAPI says of it changes no state."""
        student = 36
        before = self.skills(student)
        self.take(self.sender, *[
            self.about(student, verb, "/mod/quiz/view.php?id=3", 20, result={
                "score": {"raw": 1, "min": 0, "max": 10, "scaled": 0.1}})
            for verb in ("scored", "failed", "completed")])
        self.assertEqual(before, self.skills(student))

    def test_scored_passed_and_completed_of_one_try_are_one(self):
        sender, student = Sender(self.stack), self.idle("/mod/assign/view.php?id=19")
        first = self.about(student, "scored", "/mod/assign/view.php?id=19", 3,
                           result={"score": {"scaled": 1}})
        self.take(sender, first)
        once = self.skills(student)
        self.assertNotEqual(("none", 0.3), once["WRITE-EXPR"])
        self.take(sender, *[self.about(student, verb, "/mod/assign/view.php?id=19", 3,
                                       result={"score": {"scaled": 1}, "success": True})
                            for verb in ("passed", "completed")])
        self.assertEqual(once, self.skills(student))
        self.take(sender, self.about(student, "passed", "/mod/assign/view.php?id=19", 6,
                                     result={"score": {"scaled": 1}}))
        self.assertGreater(self.skills(student)["WRITE-EXPR"][1], once["WRITE-EXPR"][1])

    def test_absent_scores_stay_absent_and_completion_is_no_mastery(self):
        sender, student = Sender(self.stack), self.idle("/mod/assign/view.php?id=20")
        before = self.skills(student)
        path = "/mod/assign/view.php?id=20"
        told = self.take(
            sender, self.about(student, "completed", path, result={"completion": True}),
            self.about(student, "passed", path, result={"success": True}),
            self.about(student, "answered", path, result={"response": "7"}),
            self.about(student, "played", path),
            self.about(student, "experienced", path), self.about(student, "experienced", path),
            self.about(student, "progressed", path, result={"score": {"scaled": 1}}),
            {**self.about(student, "x", path), "verb": {"id": "https://x.test/verbs/completed"}})
        self.assertEqual({"used": 4, "dropped: a result without a usable score": 1,
                          "dropped: an answer without score and success": 1,
                          "dropped: a verb that is not used": 1,
                          "dropped: on the way: tells nothing that counts": 1}, told)
        self.assertEqual(before, self.skills(student))
        kinds = self.sql("SELECT kind, count(*) FROM evidence WHERE actor = 'receiver:%s' "
                         "GROUP BY kind" % sender.key)
        self.assertEqual({"completion": 1, "access": 1}, {k: int(n) for k, n in kinds})

    def test_what_is_not_known_waits_and_is_taken_up_later(self):
        sender = Sender(self.stack)
        self.take(sender,
                  self.about(9999, "scored", "/mod/assign/view.php?id=19",
                             result={"score": {"scaled": 1}}),
                  self.about(36, "scored", "/mod/assign/view.php?id=999",
                             result={"score": {"scaled": 1}}),
                  {**self.about(36, "scored", "/mod/assign/view.php?id=19",
                                result={"score": {"scaled": 1}}),
                   "actor": {"account": {"homePage": "https://other.test", "name": "36"}}},
                  {**self.about(36, "scored", "/mod/assign/view.php?id=19",
                                result={"score": {"scaled": 1}}), "context": {}},
                  self.about(66, "scored", "/mod/assign/view.php?id=19",
                             result={"score": {"scaled": 1}}))
        self.assertEqual({"waiting: nobody of the course goes by that name": 1,
                          "waiting: the course has no such activity": 1,
                          "waiting: nobody of the course has that account; its host is not one "
                          "of the platform's": 1,
                          "waiting: its course is not known here": 1,
                          "dropped: of somebody who is no student of the course": 1},
                         sender.counts())
        rows = self.sql("SELECT pending_n FROM course_source WHERE source = 'xapi'")
        self.assertGreaterEqual(int(rows[0][0]), 3)
        self.sql("UPDATE activity SET url = replace(url, 'id=21', 'id=999')")
        self.stack.run("sync", "--course", str(self.course), "--wait", timeout=120)
        self.sql("UPDATE activity SET url = replace(url, 'id=21', 'id=999')")
        self.sql("UPDATE statement SET state = 'new' WHERE state = 'waiting'")
        again = self.about(36, "paused", "/mod/assign/view.php?id=19")
        self.assertEqual(1, self.take(sender, again).get("used"))

    def test_a_key_for_one_course_needs_no_course_in_a_statement(self):
        sender = Sender(self.stack, course=self.course)
        student = self.idle("/mod/assign/view.php?id=21")
        one = self.about(student, "scored", "/mod/assign/view.php?id=21",
                         result={"score": {"raw": 3, "max": 4}})
        del one["context"]
        self.assertEqual({"used": 1}, self.take(sender, one))
        row = self.sql("SELECT score, maximum FROM evidence WHERE actor = 'receiver:%s'"
                       % sender.key)[0]
        self.assertEqual((3.0, 4.0), tuple(map(float, row)))


class LearningPostgres(Learning):
    database = "postgresql"
