"""The Caliper receiver through nginx: envelopes of 1.1 and 1.2, what is refused and why, and what
an event does to a student's states."""
import unittest
import uuid

from tests.integration.base import Case
from tests.integration.test_xapi import Sender
from tests.support import demo_course
from tests.support.stack import wait_for

V1P1 = "http://purl.imsglobal.org/ctx/caliper/v1p1"
V1P2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"
BASE = "https://lms.example.test"


def event(kind="ViewEvent", action="Viewed", actor=7, obj=None, context=V1P1, **more):
    return {"@context": context, "id": "urn:uuid:%s" % uuid.uuid4(), "type": kind,
            "actor": {"id": BASE + "/user/profile.php?id=%s" % actor, "type": "Person"},
            "action": action, "object": obj or {"id": BASE + "/a/1", "type": "Page"},
            "eventTime": "2026-11-20T10:00:00.000Z", **more}


def grade(student, thing, given, maximum, base=BASE, day=3, attempt=None, **more):
    """A GradeEvent: the teacher acts, the attempt says whose it is."""
    return event("GradeEvent", "Graded", 66, {
        "id": attempt or "urn:attempt:%s" % uuid.uuid4(), "type": "Attempt", "count": 1,
        "assignee": {"id": base + "/user/profile.php?id=%s" % student, "type": "Person"},
        "assignable": thing}, eventTime="2026-11-%02dT10:00:00.000Z" % day,
        generated={"id": "urn:score:1", "type": "Score", "scoreGiven": given,
                   "maxScore": maximum}, **more)


def envelope(*data, version=V1P1, **more):
    return {"sensor": "https://sensor.example.test", "sendTime": "2026-11-20T10:00:01.000Z",
            "dataVersion": version, "data": list(data), **more}


class Receiving(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sender = Sender(cls.stack, "caliper", "/caliper")

    def post(self, *data, **more):
        return self.sender.ask(body=envelope(*data, **more))[:2]

    def test_both_versions_are_taken(self):
        for version in (V1P1, V1P2):
            self.assertEqual((200, {"taken": 1, "known": 0, "entities": 0}),
                             self.post(event(context=version), version=version))
        both = event(context=[V1P1 + "/ToolUseProfile-extension", V1P1])
        self.assertEqual(200, self.post(both)[0])
        for version in ("http://purl.imsglobal.org/ctx/caliper/v1p0", "1.1", ""):
            self.assertIn(self.post(event(), version=version)[0], (400, 422))

    def test_an_event_counts_once(self):
        one, two = event(), event()
        self.assertEqual((200, {"taken": 2, "known": 0, "entities": 0}),
                         self.post(one, two, one))
        self.assertEqual((200, {"taken": 0, "known": 2, "entities": 0}), self.post(two, one))
        other = {**two, "action": "Viewed", "eventTime": "2026-11-21T10:00:00.000Z"}
        self.assertEqual((400, 1), (lambda a: (a[0], a[1]["entry"]))(self.post(two, other)))
        status, told = self.post(event(), one, one, other)
        self.assertEqual((409, 3), (status, told["entry"]))

    def test_entities_are_let_go(self):
        person = {"@context": V1P1, "id": BASE + "/users/7", "type": "Person"}
        self.assertEqual((200, {"taken": 1, "known": 0, "entities": 1}),
                         self.post(person, event()))

    def test_one_bad_entry_refuses_the_envelope(self):
        before = self.count("statement")
        wrong = {
            "id: is no \"urn:uuid:\" with a UUID": {"id": "7"},
            "eventTime: is no ISO 8601 time with a zone": {"eventTime": "2026-11-20 10:00"},
            "actor: lacks \"type\"": {"actor": {"id": "x"}},
            "@context: names neither Caliper v1p1 nor v1p2": {"@context": "http://x.test"},
            "action: is none of a GradeEvent": {"type": "GradeEvent"},
            "object: is no object": {"object": 7},
        }
        for why, change in wrong.items():
            status, told = self.post(event(), event(), {**event(), **change}, event())
            self.assertEqual((400, 2, why), (status, told.get("entry"), told["error"]))
        bad = grade(7, {"id": BASE + "/a", "type": "Assessment"}, "9", 10)
        self.assertEqual("generated.scoreGiven: is no number", self.post(bad)[1]["error"])
        lacking = event()
        del lacking["object"]
        self.assertEqual("lacks \"object\"", self.post(lacking)[1]["error"])
        gaze = event(extensions={"org.example.eyeTracking": [1, 2]})
        self.assertIn("bodies", self.post(gaze)[1]["error"])
        self.assertEqual(before, self.count("statement"))

    def test_bad_envelopes(self):
        for raw in (b"", b"[]", b"{", b"7", b'{"data":[]}', b"\xff"):
            self.assertEqual(400, self.sender.ask(raw=raw)[0], raw)
        for change in ({"sensor": None}, {"sendTime": "now"}, {"data": {}}, {"data": []}):
            self.assertEqual(400, self.sender.ask(body={**envelope(event()), **change})[0])
        self.assertEqual(415, self.sender.ask(body=envelope(event()),
                                              Content_Type="text/plain")[0])
        self.assertEqual(413, self.post(*[event() for _ in range(501)])[0])
        self.assertEqual(200, self.post(*[event() for _ in range(500)])[0])
        self.assertEqual(405, self.sender.ask("GET")[0])

    def test_only_its_own_kind_of_key_opens_it(self):
        xapi = Sender(self.stack)
        for wrong in (None, xapi.credentials, "Bearer " + xapi.made["token"],
                      self.sender.credentials + "x", "Bearer", "Bearer ."):
            status, _, head = self.sender.ask(body=envelope(event()), Authorization=wrong)
            self.assertEqual(401, status, wrong)
            self.assertTrue(head["WWW-Authenticate"])
        self.stack.run("receiver", "revoke", xapi.key)


class ReceivingPostgres(Receiving):
    database = "postgresql"


class Learning(Case):
    """The recorded course: events become evidence of its students."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.base = cls.platform.base
        cls.group = {"id": cls.base + "/course/view.php?id=3", "type": "CourseSection"}

    def thing(self, path="/mod/assign/view.php?id=19", kind="AssignableDigitalResource"):
        return {"id": self.base + path, "type": kind}

    def take(self, sender, *events):
        data = [{"group": self.group, **e} for e in events]
        status, told, _ = sender.ask(body=envelope(*data))
        self.assertEqual(200, status, told)
        wait_for(lambda: "new" not in sender.counts(), 60, why="the job")
        return sender.counts()

    def skills(self, student):
        rows = self.sql("SELECT s.skill_code, s.word, s.p_mastery FROM state_skill s "
                        "JOIN person p ON p.tenant_id = s.tenant_id AND "
                        "p.person_id = s.person_id WHERE p.sub = '%s'" % student)
        return {r[0]: (r[1], float(r[2])) for r in rows}

    def idle(self, n, path="/mod/assign/view.php?id=19"):
        busy = {r[0] for r in self.sql(
            "SELECT DISTINCT p.sub FROM evidence e JOIN person p ON p.tenant_id = e.tenant_id "
            "AND p.person_id = e.person_id JOIN activity a ON a.tenant_id = e.tenant_id AND "
            "a.activity_id = e.activity_id WHERE a.url LIKE '%%%s'" % path)}
        return [p.num for p in self.platform.world.courses[3].people.values()
                if p.is_student and not p.suspended and str(p.num) not in busy][n]

    def sender(self):
        return Sender(self.stack, "caliper", "/caliper")

    def test_a_grade_and_its_correction(self):
        sender, student = self.sender(), self.idle(0)
        first = grade(student, self.thing(), 2, 10, self.base, attempt="urn:attempt:1")
        self.assertEqual({"used": 1}, self.take(sender, first))
        low = self.skills(student)["WRITE-EXPR"][1]
        later = grade(student, self.thing(), 10, 10, self.base, 4, "urn:attempt:1")
        self.take(sender, later)
        high = self.skills(student)["WRITE-EXPR"][1]
        self.assertGreater(high, low)
        # an older word that comes late changes nothing
        other = self.idle(0)
        self.take(sender, grade(other, self.thing(), 10, 10, self.base, 4, "urn:attempt:2"))
        before = self.skills(other)
        self.take(sender, grade(other, self.thing(), 2, 10, self.base, 3, "urn:attempt:2"))
        self.assertEqual(before, self.skills(other))

    def test_a_grade_of_a_question(self):
        sender, student = self.sender(), self.idle(0, "/mod/quiz/view.php?id=18")
        quiz = self.thing("/mod/quiz/view.php?id=18", "Assessment")
        item = {"id": self.base + "/mod/quiz/view.php?id=18#q1", "type": "AssessmentItem",
                "isPartOf": quiz}
        self.take(sender, *[grade(student, item, 1, 1, self.base, day) for day in (1, 5, 9, 13)])
        self.assertEqual("mastered", self.skills(student)["SYS-CHECK"][0])

    def test_what_tells_no_grade(self):
        sender, student = self.sender(), self.idle(1)
        before = self.skills(student)
        at = {"obj": self.thing(kind="Assessment")}
        unscored = grade(student, self.thing(), None, 10, self.base)
        nobody = grade(student, self.thing(), 5, 10, self.base)
        del nobody["object"]["assignee"]
        events = [event("AssessmentEvent", "Submitted", student, **at),
                  event("AssessmentEvent", "Paused", student, **at),
                  event("AssessmentItemEvent", "Completed", student, **at),
                  event("AssignableEvent", "Started", student, **at),
                  event("MediaEvent", "Muted", student, **at),
                  event("ViewEvent", "Viewed", student, **at),
                  event("MessageEvent", "Posted", student, **at),
                  event("ForumEvent", "Subscribed", student, **at),
                  event("SessionEvent", "LoggedIn", student, **at),
                  event("ToolUseEvent", "Used", student, **at), unscored, nobody]
        for e in events[:10]:
            e["actor"]["id"] = self.base + "/user/profile.php?id=%s" % student
        self.assertEqual({
            "used": 4, "dropped: on the way: tells nothing that counts": 2,
            "dropped: an answer without a score": 1, "dropped: tells nothing that counts": 1,
            "dropped: a session, not an activity": 1, "dropped: an event that is not used": 1,
            "dropped: a grade without a usable score": 1,
            "dropped: a grade that does not say whose it is": 1}, self.take(sender, *events))
        self.assertEqual(before, self.skills(student))

    def test_one_grade_by_xapi_and_by_caliper_counts_once(self):
        caliper, xapi, student = self.sender(), Sender(self.stack), self.idle(
            2, "/mod/assign/view.php?id=20")
        path = "/mod/assign/view.php?id=20"
        self.take(caliper, grade(student, self.thing(path), 8, 10, self.base))
        before = self.skills(student)
        self.assertIn("EQ-ONE", before)
        told = {"id": str(uuid.uuid4()), "timestamp": "2026-11-03T10:00:00Z",
                "actor": {"account": {"homePage": self.base, "name": str(student)}},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
                "object": {"id": self.base + path}, "result": {"score": {"scaled": 0.8}},
                "context": {"contextActivities": {"grouping": [{"id": self.group["id"]}]}}}
        self.assertEqual(200, xapi.ask(body=told)[0])
        wait_for(lambda: "new" not in xapi.counts(), 60, why="the job")
        self.assertEqual({"used": 1}, xapi.counts())
        self.assertEqual(before, self.skills(student))


class LearningPostgres(Learning):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
