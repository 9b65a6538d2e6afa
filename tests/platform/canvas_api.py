"""Canvas's REST API, version 1, and its OAuth2, as its public documentation describes them.

Nothing here is recorded: the shapes are those of the documentation, the course is the recorded
one of a Moodle in Canvas's dress, its people are invented. What tests change: `scopes` (of the
token; None: all), `rights` (of its user), `room` (of the rate limit; None: plenty),
`submit()`, `grade()`, `excuse()`, `hide()`, `only_overrides`; what they look at: `overrides`,
`messages`, `events`, `asked`.
"""
import datetime
import json
import re
import secrets
import urllib.parse

from .web import Answer

UNAUTHORIZED = {"status": "unauthorized",
                "errors": [{"message": "user not authorized to perform that action"}]}
NO_SCOPE = {"errors": [{"message": "Insufficient scopes on access token."}]}
BAD_TOKEN = {"errors": [{"message": "Invalid access token."}]}
NOT_FOUND = {"errors": [{"message": "The specified resource does not exist."}]}
TAKEN = {"errors": {"assignment_override_students": [
    {"attribute": "assignment_override_students", "type": "taken",
     "message": "already belongs to an assignment override"}]}}
TYPES = {"page": "Page", "url": "ExternalUrl", "quiz": "Quiz", "assign": "Assignment",
         "forum": "Discussion", "lti": "ExternalTool"}
ROLES = {"student": "StudentEnrollment", "editingteacher": "TeacherEnrollment",
         "teacher": "TaEnrollment"}
COURSE = r"/api/v1/courses/(?P<course>[^/]+)"
ROUTES = [(re.compile("^" + p + "$"), name, scope) for p, name, scope in (
    ("/api/v1/users/self", "self", "/api/v1/users/:id"),
    ("/api/v1/users/(?P<user>[^/]+)/profile", "profile", "/api/v1/users/:user_id/profile"),
    ("/api/v1/courses", "courses", "/api/v1/courses"),
    (COURSE, "course", "/api/v1/courses/:id"),
    (COURSE + "/permissions", "permissions", "/api/v1/courses/:course_id/permissions"),
    (COURSE + "/assignments", "assignments", "/api/v1/courses/:course_id/assignments"),
    (COURSE + "/modules", "modules", "/api/v1/courses/:course_id/modules"),
    (COURSE + r"/modules/(?P<module>\d+)/items", "items",
     "/api/v1/courses/:course_id/modules/:module_id/items"),
    (COURSE + "/enrollments", "enrollments", "/api/v1/courses/:course_id/enrollments"),
    (COURSE + "/students/submissions", "submissions",
     "/api/v1/courses/:course_id/students/submissions"),
    (COURSE + r"/quizzes/(?P<quiz>\d+)/questions", "questions",
     "/api/v1/courses/:course_id/quizzes/:quiz_id/questions"),
    (COURSE + "/groups", "groups", "/api/v1/courses/:course_id/groups"),
    (COURSE + "/outcome_group_links", "outcomes",
     "/api/v1/courses/:course_id/outcome_group_links"),
    (COURSE + "/outcome_results", "outcome_results",
     "/api/v1/courses/:course_id/outcome_results"),
    (COURSE + r"/assignments/(?P<target>\d+)/overrides", "overrides",
     "/api/v1/courses/:course_id/assignments/:assignment_id/overrides"),
    (COURSE + r"/assignments/(?P<target>\d+)/overrides/(?P<override>\d+)", "override",
     "/api/v1/courses/:course_id/assignments/:assignment_id/overrides/:id"),
    (COURSE + r"/modules/(?P<target>\d+)/assignment_overrides", "module_overrides",
     "/api/v1/courses/:course_id/modules/:context_module_id/assignment_overrides"),
    ("/api/v1/conversations", "conversations", "/api/v1/conversations"),
    ("/api/v1/calendar_events", "calendar", "/api/v1/calendar_events"),
)]
NEEDS = {"enrollments": "read_roster", "submissions": "view_all_grades",
         "outcome_results": "view_all_grades",
         "questions": "manage_assignments_edit", "overrides": "manage_assignments_edit",
         "override": "manage_assignments_edit", "module_overrides": "manage_course_content_edit",
         "conversations": "send_messages", "calendar": "manage_calendar"}


def iso(seconds):
    """A time as Canvas writes it, or None."""
    if not seconds:
        return None
    at = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def texts(value, key=""):
    """Ids as texts: Accept: application/json+canvas-string-ids."""
    if isinstance(value, dict):
        return {k: texts(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [texts(v, key[:-1] if key.endswith("_ids") else "") for v in value]
    is_id = key == "id" or key.endswith("_id")
    return str(value) if is_id and isinstance(value, int) else value


class CanvasApi:
    def __init__(self, world):
        self.world = world
        self.tokens = {"7~standin": None}  # token -> when it ends, or None
        self.keys = {}            # developer key: client id -> (secret, redirect URI)
        self.codes, self.refreshes = {}, {}
        self.scopes = None
        self.rights = {}
        self.room = None
        self.work = {}            # course -> {(assignment, user): [versions]}
        self.by_course = {}
        self.overrides = {}       # ("assignment" or "module", id) -> list
        self.only_overrides = set()  # assignments that are not for everybody
        self.next_id = 9000
        self.messages, self.events = [], []
        self.asked = []           # what was asked for, in order
        self.outcomes = []        # {"id", "title", "vendor_guid"}
        self.edited = {}          # assignment -> when a teacher changed it
        self.unknown = set()      # persons of whom it says that they do not exist
        self.marks = {}           # (assignment, user) -> {criterion: points}
        self.rubrics = {}         # assignment -> outcome ids
        self.new_quizzes = set()  # assignments that are New Quizzes
        self.outcome_results = []  # (assignment, user, outcome id, score, possible, when)
        self.token_life = 3600

    # -- the door ---------------------------------------------------------------------------

    def endpoint(self, path):
        """(name, function), or None when the path is none of the API."""
        for pattern, name, scope in ROUTES:
            m = pattern.match(path)
            if m:
                return "canvas:" + name, lambda req: self.serve(req, name, scope, m.groupdict())
        return None

    def serve(self, req, name, scope, found):
        self.asked.append(req.method + " " + req.target)
        if self.room is not None:
            self.room -= 1
            if self.room <= 0:
                return Answer(403, "403 Forbidden (Rate Limit Exceeded)", "text/plain",
                              {"X-Rate-Limit-Remaining": "0.0", "X-Request-Cost": "0.0"})
        token = req.headers.get("Authorization", "")[7:]
        if token not in self.tokens or (self.tokens[token] or 1e12) < self.world.now():
            return self.answer(req, BAD_TOKEN, 401,
                               {"WWW-Authenticate": 'Bearer realm="canvas-lms"'})
        if self.scopes is not None and "url:%s|%s" % (req.method, scope) not in self.scopes:
            return self.answer(req, NO_SCOPE, 401)
        if name in NEEDS and not self.rights.get(NEEDS[name], True):
            return self.answer(req, UNAUTHORIZED, 401)
        course = None
        if "course" in found:
            course = self.course_of(found.pop("course"))
            if course is None:
                return self.answer(req, NOT_FOUND, 404)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(req.target).query)
        with self.world.lock:
            value = getattr(self, "get_" + name)(req, query, course, **found)
        if isinstance(value, Answer):
            return value
        if isinstance(value, list) and req.method == "GET":
            return self.page(req, query, value, "outcome_results" if name == "outcome_results"
                             else None)
        return self.answer(req, value)

    def answer(self, req, value, status=200, headers=None):
        if "canvas-string-ids" in req.headers.get("Accept", ""):
            value = texts(value)
        room = 700.0 if self.room is None else float(self.room)
        more = {"X-Rate-Limit-Remaining": str(room), "X-Request-Cost": "0.1", **(headers or {})}
        body = "" if status == 204 else json.dumps(value)
        return Answer(status, body, "application/json; charset=utf-8", more)

    def page(self, req, query, rows, member=None):
        """Links as the documentation shows them; at most 100 a page."""
        size = max(1, min(int(query.get("per_page", ["10"])[0]), 100))
        number = int(query.get("page", ["1"])[0])
        last = max(1, -(-len(rows) // size))
        keep = [(k, v) for k, values in query.items() if k != "page" for v in values]

        def url(n):
            return "<%s%s?%s>" % (self.world.base, req.path,
                                  urllib.parse.urlencode([*keep, ("page", n)]))
        links = ['%s; rel="current"' % url(number)]
        if number < last:
            links.append('%s; rel="next"' % url(number + 1))
        links += ['%s; rel="first"' % url(1), '%s; rel="last"' % url(last)]
        cut = rows[(number - 1) * size:number * size]
        made = [r() if callable(r) else r for r in cut]
        return self.answer(req, {member: made} if member else made,
                           headers={"Link": ",".join(links)})

    def course_of(self, text):
        if text.startswith("lti_context_id:"):
            wanted = text.split(":", 1)[1]
            return next((c for c in self.world.courses.values()
                         if self.world.context_id(c) == wanted), None)
        return self.world.courses.get(int(text)) if text.isdigit() else None

    # -- people -----------------------------------------------------------------------------

    def get_self(self, req, query, course):
        return {"id": 1, "name": "Service Account", "short_name": "Service Account"}

    def get_profile(self, req, query, course, user):
        wanted = urllib.parse.unquote(user).replace("lti_1_3_id:", "")
        for c in self.world.courses.values():
            for p in c.people.values():
                if self.world.sub(p) == wanted and p.num not in self.unknown:
                    return {"id": p.num, "name": p.name, "short_name": p.given,
                            "sortable_name": "%s, %s" % (p.family, p.given),
                            "lti_user_id": secrets.token_hex(20), "login_id": p.username}
        return self.answer(req, NOT_FOUND, 404)

    def get_courses(self, req, query, course):
        return [{"id": c.num, "name": c.title} for c in self.world.courses.values()]

    def get_course(self, req, query, course):
        return {"id": course.num, "name": course.title, "course_code": course.label,
                "workflow_state": "available", "uuid": "U" + course.label}

    def get_permissions(self, req, query, course):
        return {r: self.rights.get(r, True) for r in query.get("permissions[]", [])}

    def get_enrollments(self, req, query, course):
        rows = []
        for p in course.people.values():
            for role in p.roles:
                kind = ROLES.get(role, "ObserverEnrollment")
                rows.append({
                    "id": 70000 + p.num, "course_id": course.num, "course_section_id": 1,
                    "enrollment_state": "active", "type": kind, "role": kind, "role_id": 3,
                    "user_id": p.num, "last_activity_at": iso(p.access),
                    "sis_user_id": p.sourcedid or None,
                    "user": {"id": p.num, "name": p.name, "short_name": p.given,
                             "sortable_name": "%s, %s" % (p.family, p.given),
                             "login_id": p.username, "sis_user_id": p.sourcedid or None}})
        return rows

    def get_groups(self, req, query, course):
        return [{"id": 700 + i, "name": "Group %d" % i, "users": [
            {"id": p.num, "name": p.name} for p in course.people.values() if i in p.groups]}
            for i in sorted({g for p in course.people.values() for g in p.groups
                             if isinstance(g, int)})]

    # -- catalogue --------------------------------------------------------------------------

    def items_of(self, course):
        """The columns that are assignments in Canvas."""
        return [i for i in course.grade_items if i.get("itemmodule") in ("quiz", "assign")]

    def assignment_id(self, item):
        return 1000 + item["id"]

    def get_assignments(self, req, query, course):
        modules = {m["id"]: m for m in course.modules()}
        rows = []
        for n, item in enumerate(self.items_of(course)):
            m = modules.get(item["cmid"], {})
            dates = {d.get("dataid"): d.get("timestamp") for d in m.get("dates", [])}
            number, quiz = self.assignment_id(item), item["itemmodule"] == "quiz"
            row = {"id": number, "name": item["itemname"], "position": n + 1,
                   "course_id": course.num, "points_possible": item["grademax"],
                   "grading_type": "points", "published": bool(m.get("visible", 1)),
                   "due_at": iso(dates.get("duedate") or dates.get("timeclose")),
                   "unlock_at": iso(dates.get("timeopen")),
                   "lock_at": iso(dates.get("cutoffdate")),
                   "updated_at": iso(self.edited.get(number, 1_700_000_000)),
                   "submission_types": ["online_quiz" if quiz else "online_text_entry"],
                   "is_quiz_assignment": quiz, "assignment_group_id": 1,
                   "html_url": "%s/courses/%d/assignments/%d" % (self.world.base, course.num,
                                                                 number),
                   "lti_context_id": "lti-%d" % number,
                   "only_visible_to_overrides": number in self.only_overrides}
            if quiz:
                row["quiz_id"] = 200 + item["iteminstance"]
            if number in self.new_quizzes:
                row["submission_types"] = ["external_tool"]
                row["is_quiz_lti_assignment"] = True
                row["external_tool_tag_attributes"] = {
                    "url": "https://quiz-lti.example.org/lti/launch", "new_tab": False}
            if number in self.rubrics:
                row["use_rubric_for_grading"] = True
                row["rubric"] = [{"id": "_%d" % i, "points": 5, "outcome_id": o,
                                  "description": "Criterion"}
                                 for i, o in enumerate(self.rubrics[number])]
            rows.append(row)
        for number, line in sorted(self.world.line_items.items()):
            if str(line["course"]) == str(course.num):  # a tool's column is an assignment too
                rows.append({"id": 5000 + number, "name": line.get("label"), "position": 900,
                             "course_id": course.num, "points_possible": line.get("scoreMaximum"),
                             "grading_type": "points", "published": True, "due_at": None,
                             "unlock_at": None, "submission_types": ["external_tool"],
                             "html_url": "%s/courses/%d/assignments/%d" % (
                                 self.world.base, course.num, 5000 + number),
                             "external_tool_tag_attributes": {"url": self.tool_url(),
                                                              "new_tab": False}})
        return rows

    def tool_url(self):
        return next((t.target for t in self.world.tools.values()), self.world.base)

    def get_modules(self, req, query, course):
        rows = [{"id": 300 + s["id"], "name": s["name"], "position": n + 1,
                 "published": bool(s["visible"]), "workflow_state": "active",
                 "items_count": len(s["modules"])}
                for n, s in enumerate(course.sections)]
        if "items" in query.get("include[]", []):
            for row, s in zip(rows, course.sections):
                row["items"] = [self.item(course, m, n) for n, m in enumerate(s["modules"])]
        return rows

    def get_items(self, req, query, course, module):
        section = next(s for s in course.sections if 300 + s["id"] == int(module))
        return [self.item(course, m, n) for n, m in enumerate(section["modules"])]

    def item(self, course, m, n):
        kind = TYPES.get(m["modname"], "SubHeader")
        row = {"id": m["id"], "title": m["name"], "position": n + 1, "indent": 0,
               "type": kind, "published": bool(m["visible"]),
               "html_url": "%s/courses/%d/modules/items/%d" % (self.world.base, course.num,
                                                               m["id"])}
        if kind == "Quiz":
            row["content_id"] = 200 + m["instance"]
        elif kind == "Assignment":
            item = next(i for i in course.grade_items if i.get("cmid") == m["id"])
            row["content_id"] = self.assignment_id(item)
        elif kind == "ExternalTool":
            row.update(content_id=m["instance"], external_url=self.tool_url())
        elif kind == "ExternalUrl":
            row["external_url"] = "https://example.org/"
        elif kind == "Page":
            row["page_url"] = "page-%d" % m["instance"]
        elif kind != "SubHeader":
            row["content_id"] = m["instance"]
        return row

    def get_outcomes(self, req, query, course):
        return [{"url": "/x", "context_id": course.num, "context_type": "Course",
                 "outcome": {**o, "mastery_points": 3, "points_possible": 5}}
                for o in self.outcomes]

    def get_outcome_results(self, req, query, course):
        return [{"id": 4000 + i, "score": score, "mastery": (score or 0) >= 3,
                 "possible": possible, "percent": None if score is None else score / possible,
                 "submitted_or_assessed_at": iso(at), "hidden": False, "hide_points": False,
                 "links": {"user": str(user), "learning_outcome": str(outcome),
                           "assignment": "assignment_%d" % number,
                           "alignment": "assignment_%d" % number}}
                for i, (number, user, outcome, score, possible, at)
                in enumerate(self.outcome_results)]

    def get_questions(self, req, query, course, quiz):
        for a in course.attempts:
            if a["attempt"]["quiz"] == int(quiz) - 200:
                return [{"id": int(quiz) * 100 + q[0], "quiz_id": int(quiz), "position": q[0],
                         "quiz_group_id": None,
                         "question_name": "Question %d" % q[0], "points_possible": float(q[3]),
                         "question_type": "multiple_choice_question"} for q in a["questions"]]
        return []

    # -- work -------------------------------------------------------------------------------

    def versions(self, course):
        """{(assignment, user): versions}, made of the recorded grades and attempts once."""
        if course.num in self.work:
            return self.work[course.num]
        work = self.work[course.num] = {}
        tries = {}
        for a in course.attempts:
            if a["attempt"]["state"] == "finished":
                tries.setdefault((a["attempt"]["quiz"], a["attempt"]["userid"]), []).append(a)
        for item in self.items_of(course):
            number, maximum = self.assignment_id(item), item["grademax"]
            for p in course.people.values():
                if not p.is_student:
                    continue
                raw, submitted, graded = course.grades.get((p.num, item["id"]),
                                                           (None, None, None))
                done = tries.get((item["iteminstance"], p.num), []) \
                    if item["itemmodule"] == "quiz" else []
                rows = [self.quiz_version(a, n + 1, maximum) for n, a in enumerate(done)]
                if not rows and (submitted or raw is not None):
                    rows = [self.version(1 if submitted else None, raw, submitted,
                                         graded or submitted)]
                work[number, p.num] = rows
        return work

    def version(self, attempt, score, submitted, graded, data=None):
        row = {"attempt": attempt, "score": score, "submitted_at": submitted,
               "graded_at": graded if score is not None else None, "excused": False,
               "missing": False, "late": False, "posted": score is not None,
               "state": "graded" if score is not None else "submitted"}
        if data:
            row["data"] = data
        return row

    def quiz_version(self, a, attempt, maximum):
        t = a["attempt"]
        data = [{"question_id": (200 + t["quiz"]) * 100 + q[0], "points": float(q[2]),
                 "correct": {"gradedright": True, "gradedwrong": False,
                             "gradedpartial": "partial"}.get(q[4], "undefined"), "text": ""}
                if q[2] not in (None, "") else
                {"question_id": (200 + t["quiz"]) * 100 + q[0], "points": 0,
                 "correct": "undefined", "text": ""} for q in a["questions"]]
        return self.version(attempt, t["sumgrades"], t["timefinish"], t["timefinish"], data)

    def shown(self, course, key, v):
        number, user = key
        row = {"id": number * 100000 + user, "assignment_id": number, "user_id": user,
               "attempt": v and v["attempt"], "score": v and v["score"],
               "grade": None if not v or v["score"] is None else str(v["score"]),
               "submitted_at": iso(v and v["submitted_at"]),
               "graded_at": iso(v and v["graded_at"]),
               "posted_at": iso(v["graded_at"]) if v and v["posted"] else None,
               "excused": bool(v and v["excused"]), "missing": bool(v and v["missing"]),
               "late": bool(v and v["late"]), "seconds_late": 0, "submission_type": None,
               "workflow_state": v["state"] if v else "unsubmitted",
               "entered_score": v and v["score"], "late_policy_status": None}
        if v and "data" in v:
            row["submission_data"] = v["data"]
        return row

    def whole(self, course, key, rows, history):
        row = self.shown(course, key, rows[-1] if rows else None)
        row.pop("submission_data", None)
        if rows and all("data" in v for v in rows) and row["score"] is not None:
            row["score"] = max(v["score"] for v in rows if v["score"] is not None)
        if key in self.marks:
            row["rubric_assessment"] = {k: {"points": p, "rating_id": None, "comments": ""}
                                        for k, p in self.marks[key].items()}
        if history:
            row["submission_history"] = [self.shown(course, key, v) for v in rows] or [dict(row)]
        return row

    def get_submissions(self, req, query, course):
        if query.get("student_ids[]") != ["all"]:
            return self.answer(req, UNAUTHORIZED, 401)
        history = "submission_history" in query.get("include[]", [])
        since = [(f, seconds_of(query[p][0])) for p, f in (("submitted_since", "submitted_at"),
                                                           ("graded_since", "graded_at"))
                 if p in query]
        state = query.get("workflow_state", [None])[0]
        chosen = []
        for key, rows in sorted(self.versions(course).items(), key=lambda x: (x[0][1], x[0][0])):
            now = rows[-1] if rows else None
            if since and not all(now and (now[f] or 0) > at for f, at in since):
                continue
            if state and (now["state"] if now else "unsubmitted") != state:
                continue
            chosen.append(lambda k=key, r=rows: self.whole(course, k, r, history))
        return chosen

    # -- what people do ---------------------------------------------------------------------

    def submit(self, course, assignment, user, score=None, data=None, at=None):
        """Hand in once more; with a score it is marked at once, as a quiz is."""
        with self.world.lock:
            rows = self.versions(self.world.courses[course]).setdefault((assignment, user), [])
            at = at or self.world.now()
            rows.append(self.version(len(rows) + 1, score, at, at, data))

    def grade(self, course, assignment, user, score, posted=True):
        """A teacher marks, or (None) takes the mark away."""
        with self.world.lock:
            rows = self.versions(self.world.courses[course]).setdefault((assignment, user), [])
            if not rows:
                rows.append(self.version(None, None, None, None))
            rows[-1].update(score=score, graded_at=self.world.now(), posted=posted,
                            state="graded" if score is not None else "submitted")

    def excuse(self, course, assignment, user):
        with self.world.lock:
            rows = self.versions(self.world.courses[course])[assignment, user]
            rows[-1].update(excused=True, score=None, graded_at=self.world.now())

    # -- writers ----------------------------------------------------------------------------

    def number(self):
        self.next_id += 1
        return self.next_id

    def taken(self, rows, ids, but=None):
        return any(i in o.get("student_ids", []) for o in rows if o is not but for i in ids)

    def get_overrides(self, req, query, course, target):
        rows = self.overrides.setdefault(("assignment", int(target)), [])
        if req.method == "GET":
            return list(rows)
        wanted = json.loads(req.body)["assignment_override"]
        ids = [int(i) for i in wanted.get("student_ids", [])]
        if not ids or not all(i in course.people for i in ids):
            return self.answer(req, {"errors": ["unknown student ids"]}, 400)
        if self.taken(rows, ids):
            return self.answer(req, TAKEN, 422)
        rows.append({"id": self.number(), "assignment_id": int(target), "student_ids": ids,
                     "title": wanted.get("title", "")})
        return self.answer(req, rows[-1], 201)

    def get_override(self, req, query, course, target, override):
        rows = self.overrides.get(("assignment", int(target)), [])
        row = next((o for o in rows if o["id"] == int(override)), None)
        if row is None:
            return self.answer(req, NOT_FOUND, 404)
        if req.method == "PUT":
            ids = [int(i) for i in json.loads(req.body)["assignment_override"]["student_ids"]]
            if self.taken(rows, ids, row):
                return self.answer(req, TAKEN, 422)
            row["student_ids"] = ids
        return self.answer(req, row)

    def get_module_overrides(self, req, query, course, target):
        rows = self.overrides.setdefault(("module", int(target)), [])
        if req.method == "GET":
            return [{"id": o["id"], "context_module_id": int(target), "title": o["title"],
                     "students": [{"id": i, "name": "S"} for i in o["student_ids"]]}
                    for o in rows]
        fresh = []
        for o in json.loads(req.body)["overrides"]:
            ids = [int(i) for i in o.get("student_ids", [])]
            if self.taken(fresh, ids):
                return self.answer(req, TAKEN, 422)
            fresh.append({"id": int(o.get("id") or self.number()), "student_ids": ids,
                          "title": o.get("title", "")})
        rows[:] = fresh
        return self.answer(req, None, 204)

    def get_conversations(self, req, query, course):
        body = json.loads(req.body)
        self.messages.append((body["recipients"], body["body"]))
        return self.answer(req, [{"id": self.number(), "subject": None}], 201)

    def get_calendar(self, req, query, course):
        event = json.loads(req.body)["calendar_event"]
        self.events.append(event)
        return self.answer(req, {"id": self.number(), "title": event["title"]}, 201)

    # -- OAuth2 -----------------------------------------------------------------------------

    def authorize(self, req):
        """GET /login/oauth2/auth: whoever opens it says yes at once."""
        q = req.query
        key = self.keys.get(q.get("client_id"))
        if key is None or q.get("redirect_uri") != key[1] or q.get("response_type") != "code":
            return Answer(400, "<h1>redirect_uri does not match client settings</h1>")
        code = secrets.token_hex(32)
        self.codes[code] = (q["client_id"], q.get("scope", ""))
        more = urllib.parse.urlencode({"code": code, "state": q.get("state", "")})
        return Answer(302, "", headers={"Location": key[1] + "?" + more})

    def token(self, req):
        """POST /login/oauth2/token with a code or a refresh token; None: not for us."""
        f, kind = req.form, req.form.get("grant_type")
        if kind not in ("authorization_code", "refresh_token"):
            return None
        key = self.keys.get(f.get("client_id"))
        if key is None or f.get("client_secret") != key[0]:
            return self.answer(req, {"error": "invalid_client",
                                     "error_description": "unknown client"}, 401)
        known = self.codes if kind == "authorization_code" else self.refreshes
        name = f.get("code" if kind == "authorization_code" else "refresh_token")
        if name not in known or known[name][0] != f["client_id"]:
            return self.answer(req, {"error": "invalid_grant",
                                     "error_description": "authorization_code not found"}, 400)
        if kind == "authorization_code":
            if f.get("redirect_uri") not in (None, key[1]):
                return self.answer(req, {"error": "invalid_grant"}, 400)
            refresh = secrets.token_hex(32)
            self.refreshes[refresh] = known.pop(name)  # a code is good once
        token = "7~" + secrets.token_hex(30)
        self.tokens[token] = self.world.now() + self.token_life
        body = {"access_token": token, "token_type": "Bearer", "expires_in": self.token_life,
                "user": {"id": 1, "name": "Service Account"}, "canvas_region": "us-east-1"}
        if kind == "authorization_code":
            body["refresh_token"] = refresh
        return Answer(200, json.dumps(body), "application/json; charset=utf-8")
