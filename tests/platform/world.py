"""What the stand-in knows: courses, people, tools, columns and scores."""
import copy
import json
import os
import threading
import time
import urllib.parse
import uuid

FIXTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                        "fixtures", "moodle")
RECORDED_BASE = "https://moodle.test:8443"
DAY = 86400
TIMES = (1_700_000_000, 1_900_000_000)  # integers in here are recorded times
ADMIN_NAMESPACE = uuid.UUID("6f0b6a0e-0c57-4a83-9d25-6d7b3b3f6a11")


def load(name, base):
    """A fixture with the recorded base URL replaced."""
    with open(os.path.join(FIXTURES, name), encoding="utf-8") as f:
        return json.loads(f.read().replace(RECORDED_BASE, base))


def shifted(value, delta):
    """A copy in which every recorded time is moved by delta seconds."""
    if isinstance(value, dict):
        return {k: shifted(v, delta) for k, v in value.items()}
    if isinstance(value, list):
        return [shifted(v, delta) for v in value]
    if isinstance(value, int) and not isinstance(value, bool) and TIMES[0] < value < TIMES[1]:
        return value + delta
    return value


def newest(value):
    """The latest recorded time in there, or 0."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return max((newest(v) for v in value), default=0)
    if isinstance(value, int) and not isinstance(value, bool) and TIMES[0] < value < TIMES[1]:
        return value
    return 0


class Person:
    """One enrolled person. roles are Moodle's short names."""

    def __init__(self, num, given, family, email="", username="", sourcedid="", roles=(),
                 groups=(), access=0, listed=True):
        self.num = num
        self.given, self.family = given, family
        self.name = (given + " " + family).strip()
        self.email, self.username, self.sourcedid = email, username, sourcedid
        self.roles, self.groups = list(roles), list(groups)
        self.access = access      # Moodle's lastcourseaccess, seconds or 0
        self.listed = listed      # in the names and roles service
        self.suspended = not listed and "student" in self.roles
        self.test_user = False

    @property
    def teaches(self):
        return any(r in ("editingteacher", "teacher", "manager") for r in self.roles)

    @property
    def is_student(self):
        return "student" in self.roles


class Course:
    """One course with what the services tell of it."""

    def __init__(self, num, title, label):
        self.num, self.title, self.label = num, title, label
        self.summary = {}
        self.sections = []        # as core_course_get_contents
        self.people = {}          # num -> Person
        self.quizzes = []
        self.attempts = []        # {"attempt", "grade", "questions"}
        self.grade_items = []
        self.grade_users = {}     # num -> constant part of the user's report
        self.grades = {}          # (user num, item id) -> [raw, submitted, graded]

    def modules(self):
        return [m for s in self.sections for m in s["modules"]]


def recorded_course(base, now=None):
    """Course 3, "Algebra I", as a real Moodle told it; moved by whole days so that the newest
    recorded time is on yesterday's date."""
    now = now or time.time()
    contents, people = load("contents.json", base), load("people.json", base)
    grades, attempts = load("grades.json", base), load("attempts.json", base)
    last = max(newest(people), newest(grades["rows"]), newest(attempts["attempts"]))
    delta = (int(now // DAY) - 1 - last // DAY) * DAY
    contents, people, grades, attempts = (shifted(x, delta) for x in
                                          (contents, people, grades, attempts))
    course = Course(3, "Algebra I", "ALG1")
    course.summary = contents["course"]
    course.sections = [{**s["section"], "modules": s["modules"]} for s in contents["sections"]]
    for u in people["users"]:
        nrps = u["nrps"] or {}
        course.people[u["id"]] = Person(
            u["id"], u["firstname"], u["lastname"], u.get("email", ""),
            nrps.get("ext_user_username", ""), nrps.get("lis_person_sourcedid", ""),
            [r["shortname"] for r in u["roles"]], u["groups"], u["lastcourseaccess"],
            bool(nrps))
    course.quizzes, course.attempts = attempts["quizzes"], attempts["attempts"]
    course.grade_items = grades["items"]
    course.grade_users = {u["userid"]: u for u in grades["users"]}
    course.grades = {(r[0], r[1]): r[2:] for r in grades["rows"]}
    return course


def synthetic_course(num, size, base):
    """A course of `size` invented students and one teacher, with one quiz and no attempts."""
    course = Course(num, "Big course %d" % num, "BIG%d" % num)
    course.summary = {"id": num, "fullname": course.title, "shortname": course.label}
    for i in range(size):
        n = 100_000 + i
        course.people[n] = Person(n, "Student", "%05d" % (i + 1), "s%05d@school.test" % (i + 1),
                                  "s%05d" % (i + 1), "B%05d" % (i + 1), ["student"])
    course.people[90_000] = Person(90_000, "Tess", "Teacher", "tess@school.test", "tess", "T90",
                                   ["editingteacher"])
    course.sections = [{"id": 1, "name": "General", "visible": 1, "section": 0, "modules": []}]
    return course


class Tool:
    """The platform's side of a registration."""

    def __init__(self, client_id, login_url, redirect_uris, target, jwks_url, deployment="1",
                 name="Waymark", custom=None):
        self.client_id, self.deployment = client_id, deployment
        self.login_url, self.redirect_uris = login_url, list(redirect_uris)
        self.target, self.jwks_url = target, jwks_url
        self.name, self.custom = name, dict(custom or {})
        self.keys = None          # ToolKeys, made on first use


class World:
    """Everything that changes while the stand-in runs, behind one lock."""

    def __init__(self, base, manner="moodle", issuer=None):
        self.base, self.manner = base, manner
        self.issuer = issuer or base
        self.lock = threading.RLock()
        self.courses, self.tools = {}, {}
        self.links = {}           # resource link number -> {course, title, tool, custom}
        self.hints = {}           # one-time launch hints
        self.tokens = {}          # access token -> (client_id, scopes, until)
        self.roster_queries = []  # what each request for a roster asked
        self.differences = False  # does the roster tell where changes are?
        self.rosters = []         # states of a roster that were told
        self.gone = set()         # who was told to be Deleted last
        self.asked = []           # (client_id, scopes) of every token request
        self.line_items = {}      # number -> dict
        self.scores = {}          # (item, user num) -> dict
        self.score_log = []       # every accepted score post, in order
        self.next_item = 40
        self.clock = 0.0          # seconds our clock is ahead of the true one
        self.token_life = 3600
        self.page_size = 50 if manner == "canvas" else 0
        self.zero_without_score = False
        self.storage_target = None
        self.storage = None       # how platform storage answers: see storage.py
        self.ws_token = "30049b4bbc7467459def9fd6161b8627"
        self.patch = {}           # endpoint name -> function that changes what it answers
        self.link_style = None    # function that changes the text of a Link header
        self.more_scopes = set()  # of services that were switched on
        self.history = {}         # course number -> the courses it was copied from
        self.deep_link = {}       # changes to the settings of Deep Linking; None: left out
        self.selections = {}      # return URL -> what was asked for
        self.tool_nonces = set()  # of everything the tool signed
        self.claims_patch = None  # called with the claims of a launch before they are signed
        self.site = load("site.json", base)

    def now(self):
        return time.time() + self.clock

    def sub(self, person):
        """The `sub` of a person: Moodle's decimal id, Canvas's UUID."""
        if self.manner == "canvas":
            return str(uuid.uuid5(ADMIN_NAMESPACE, "%s/%d" % (self.base, person.num)))
        return str(person.num)

    def person_by_sub(self, course, sub):
        if self.manner != "canvas":
            return course.people.get(int(sub)) if str(sub).isdigit() else None
        return next((p for p in course.people.values() if self.sub(p) == sub), None)

    def context_id(self, course):
        if self.manner == "canvas":
            return uuid.uuid5(ADMIN_NAMESPACE, "%s/c%d" % (self.base, course.num)).hex
        return str(course.num)

    def add_course(self, course, link=True):
        """Add a course and, in its first section, a link to the tool."""
        with self.lock:
            self.courses[course.num] = course
            if link:
                number = 1 + len(self.links)
                cmid = 1000 + number
                self.links[number] = {"course": course.num, "title": "My skills", "custom": {}}
                course.sections[0]["modules"].insert(0, {
                    "id": cmid, "url": "%s/mod/lti/view.php?id=%d" % (self.base, cmid),
                    "name": "My skills", "instance": number, "visible": 1, "uservisible": True,
                    "visibleoncoursepage": 1, "modname": "lti", "completion": 0, "dates": []})
        return course

    def link_of(self, course):
        return next(n for n, l in self.links.items() if l["course"] == course.num)

    def variables(self, course, link):
        """The history variables (LTI.md 2.6); Moodle has none of links."""
        def joined(ids):
            return ",".join(urllib.parse.quote(str(i), safe="") for i in ids)
        known = {"$Context.id.history": joined(
            self.context_id(self.courses[n]) for n in self.history.get(course.num, []))}
        if self.manner == "canvas":
            known["$ResourceLink.id.history"] = joined(
                self.links.get(link, {}).get("history", []))
        return known

    def resolved(self, custom, course, link):
        """Custom parameters with the variables that this platform knows."""
        known = self.variables(course, link)
        return {k: known.get(v, v) for k, v in custom.items()}

    def add_line_item(self, course_num, label, maximum, results=None, **more):
        """A column of the tool. results: {user num: score}."""
        with self.lock:
            number = self.next_item
            self.next_item += 1
            self.line_items[number] = {"course": course_num, "label": label,
                                       "scoreMaximum": maximum, **more}
            for user, score in (results or {}).items():
                self.scores[number, user] = {"score": score, "maximum": maximum,
                                             "at": self.now() - DAY, "comment": None}
            return number

    def snapshot(self):
        """Scores posted so far, for tests."""
        with self.lock:
            return copy.deepcopy(self.score_log)
