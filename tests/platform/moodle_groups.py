"""Groups of a Moodle course through its web services, and what "Restrict access" says of an
activity. Made up after Moodle's own code (group/externallib.php): nobody was recorded who may
manage groups."""
import re


class Groups:
    """Refusals are raised as WebServices.call wants them."""

    def __init__(self, world):
        self.world = world
        self.rows = {}       # id -> {"id", "courseid", "name", "idnumber", "description"}
        self.members = {}    # id -> set of person numbers
        self.rules = {}      # course module -> JSON text of its restriction
        self.calls = []      # (function, how many persons)
        self.next_id = 501
        self.functions = {
            "core_group_get_course_groups": self.of_course,
            "core_group_create_groups": self.create,
            "core_group_get_group_members": self.get_members,
            "core_group_add_group_members": self.add_members,
        }

    def restricted(self, module):
        """The module as the course page lists it."""
        rule = self.rules.get(module["id"])
        return module if rule is None else {**module, "availability": rule}

    def by_name(self, name):
        return next((g["id"] for g in self.rows.values() if g["name"] == name), None)

    def of_person(self, num):
        """As the list of a course's people has them."""
        return [{"id": g["id"], "name": g["name"]} for g in self.rows.values()
                if num in self.members[g["id"]]]

    def delete(self, number):
        del self.rows[number], self.members[number]

    def of_course(self, form):
        course = int(form.get("courseid", ""))
        return [{**g, "descriptionformat": 1, "enrolmentkey": ""} for g in self.rows.values()
                if g["courseid"] == course]

    def create(self, form):
        course = int(form.get("groups[0][courseid]", ""))
        name, mark = form["groups[0][name]"], form.get("groups[0][idnumber]", "")
        same = [g for g in self.rows.values() if g["courseid"] == course]
        if any(g["name"] == name or (mark and g["idnumber"] == mark) for g in same):
            raise ValueError("Group with the same name already exists in the course")
        row = {"id": self.next_id, "courseid": course, "name": name, "idnumber": mark,
               "description": form.get("groups[0][description]", "")}
        self.next_id += 1
        self.rows[row["id"]] = row
        self.members[row["id"]] = set()
        return [row]

    def _numbers(self, form, pattern):
        return [int(v) for k, v in form.items() if re.match(pattern, k)]

    def get_members(self, form):
        asked = self._numbers(form, r"groupids\[\d+\]$")
        if any(g not in self.rows for g in asked):
            raise KeyError("groups")
        return [{"groupid": g, "userids": sorted(self.members[g])} for g in asked]

    def add_members(self, form):
        """All of them or none, as in one transaction of the database."""
        groups = self._numbers(form, r"members\[\d+\]\[groupid\]$")
        users = self._numbers(form, r"members\[\d+\]\[userid\]$")
        self.calls.append(("add", len(users)))
        for g, u in zip(groups, users):
            if g not in self.rows:
                raise KeyError("groups")
            person = self.world.courses[self.rows[g]["courseid"]].people.get(u)
            if person is None or person.suspended:
                raise ValueError("Only enrolled users may be members of groups")
        for g, u in zip(groups, users):
            self.members[g].add(u)
        return None
