"""Course Groups 1.0 (LTI.md 8.1) as a platform answers it. Off until `offer()`: then launches
carry the claim, and the roster tells groups to who asks (?groups=true)."""
from .web import json_answer

SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
CLAIM = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"


class Groups:
    def __init__(self, world, services):
        self.world, self.services = world, services
        self.on, self.with_sets = False, True
        self.groups = {}  # course number -> [{"id", "name", "tag"?, "set_id"?}]
        self.sets = {}    # course number -> [{"id", "name"}]
        self.members = {} # course number -> {group id: set of person numbers}

    def offer(self, with_sets=True):
        self.on, self.with_sets = True, with_sets
        self.world.more_scopes.add(SCOPE)
        return self

    def add(self, course_num, group_id, name, people=(), set_id=None, tag=None):
        """A group with its people (numbers). ids may be text or number."""
        g = {"id": group_id, "name": name}
        if tag:
            g["tag"] = tag
        if set_id is not None:
            g["set_id"] = set_id
        with self.world.lock:
            self.groups.setdefault(course_num, []).append(g)
            self.members.setdefault(course_num, {})[str(group_id)] = set(people)
        return g

    def add_set(self, course_num, set_id, name):
        with self.world.lock:
            self.sets.setdefault(course_num, []).append({"id": set_id, "name": name})

    # -- claims and addresses -----------------------------------------------------------------

    def url(self, course, what="groups"):
        return "%s/api/lti/courses/%d/%s" % (self.world.base, course.num, what)

    def put_claims(self, claims, course):
        if not self.on:
            return
        claims[CLAIM] = {"context_groups_url": self.url(course), "scope": [SCOPE],
                         "service_versions": ["1.0"]}
        if self.with_sets:
            claims[CLAIM]["context_group_sets_url"] = self.url(course, "group_sets")

    def of_person(self, course, num):
        """group_enrollments of a member of the roster."""
        return [{"group_id": g["id"]} for g in self.groups.get(course.num, [])
                if num in self.members[course.num][str(g["id"])]]

    # -- endpoints ------------------------------------------------------------------------------

    def list_groups(self, req, course):
        refused = self.services.allowed(req, SCOPE)
        if refused:
            return refused
        rows = list(self.groups.get(course.num, []))
        user = req.query.get("user_id")
        if user:
            person = self.world.person_by_sub(course, user)
            rows = [g for g in rows
                    if person and person.num in self.members[course.num][str(g["id"])]]
        return self._answer(req, "groups", rows)

    def list_sets(self, req, course):
        return self.services.allowed(req, SCOPE) or self._answer(
            req, "sets", list(self.sets.get(course.num, [])))

    def _answer(self, req, name, rows):
        cut, headers = self.services.page(req, rows, curly=False)
        body = {"id": self.world.base + req.path, name: cut}
        return json_answer(self.services.patched(name, body), kind=TYPE, headers=headers)
