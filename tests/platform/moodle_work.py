"""What a Moodle course's web services tell beside its grade book: completion, changes, work
handed in, competencies; and messages and calendar entries that a tool writes. Shapes as recorded
(fixtures/moodle/recorded/webservices), made up after Moodle's own code where nothing was."""
import re

MESSAGE_MAX = 4096


class Work:
    """Errors are raised as WebServices.call wants them."""

    def __init__(self, world, course_of):
        self.world, self.course_of = world, course_of
        self.completed = {}      # (course, user, course module) -> (state, seconds, by hand)
        self.touched = {}        # (course, course module) -> seconds: its settings changed
        self.handed_in = {}      # course -> [{"id", "assignment", "userid", ...}]
        self.competencies = {}   # course -> [{"idnumber", "shortname", "modules"}]
        self.sent = []           # messages: {"touserid", "text", "id"}
        self.silent = set()      # users who take no messages
        self.events = []         # calendar entries
        self.asked = []          # of whom completion was asked
        self.functions = {
            "core_completion_get_activities_completion_status": self.completion,
            "core_course_get_updates_since": self.updates,
            "mod_assign_get_assignments": self.assignments,
            "mod_assign_get_submissions": self.submissions,
            "tool_lp_data_for_course_competencies_page": self.course_competencies,
            "core_competency_list_course_module_competencies": self.module_competencies,
            "core_message_send_instant_messages": self.message,
            "core_calendar_create_calendar_events": self.calendar,
        }

    # -- what tests arrange ---------------------------------------------------------------------

    def complete(self, course, user, cmid, state=1, at=None, by_hand=False):
        """1 complete, 2 passed, 3 failed; the person was in the course then, too."""
        at = int(at or self.world.now())
        with self.world.lock:
            self.completed[course, user, cmid] = (state, at, by_hand)
            person = self.world.courses[course].people[user]
            person.access = max(person.access, at)

    def hand_in(self, course, user, assignment, at=None, status="submitted", number=0):
        rows = self.handed_in.setdefault(course, [])
        rows.append({"id": 9001 + len(rows), "assignment": assignment, "userid": user,
                     "attemptnumber": number, "status": status,
                     "timemodified": int(at or self.world.now())})
        return rows[-1]["id"]

    def align(self, course, idnumber, shortname, *modules):
        self.competencies.setdefault(course, []).append(
            {"idnumber": idnumber, "shortname": shortname, "modules": list(modules)})

    # -- reading --------------------------------------------------------------------------------

    def completion(self, form):
        course, user = self.course_of(form), int(form.get("userid", ""))
        person = course.people.get(user)
        if person is None:
            raise KeyError("user")
        self.asked.append(user)
        rows = []
        for m in course.modules():
            if not m.get("completion"):
                continue
            state, at, by_hand = self.completed.get((course.num, user, m["id"]), (0, 0, False))
            rows.append({"cmid": m["id"], "modname": m["modname"], "instance": m["instance"],
                         "state": state, "timecompleted": at, "tracking": m["completion"],
                         "overrideby": 66 if by_hand else None, "valueused": False,
                         "hascompletion": True, "isautomatic": m["completion"] == 2,
                         "istrackeduser": True, "uservisible": True, "details": [],
                         "isoverallcomplete": state in (1, 2)})
        return {"statuses": rows, "warnings": []}

    def _areas(self, course, since):
        """Course module -> names of what changed."""
        found = {}
        items = {i["id"]: i for i in course.grade_items}
        quizzes = {q["id"]: q["coursemodule"] for q in course.quizzes}
        for (_, item), (_, submitted, graded) in course.grades.items():
            if max(submitted or 0, graded or 0) > since and items[item].get("cmid"):
                found.setdefault(items[item]["cmid"], set()).add("usergrades")
        for a in course.attempts:
            if (a["attempt"].get("timefinish") or 0) > since:
                found.setdefault(quizzes.get(a["attempt"]["quiz"]), set()).add("userattempts")
        assigns = {m["instance"]: m["id"] for m in course.modules() if m["modname"] == "assign"}
        for row in self.handed_in.get(course.num, []):
            if row["timemodified"] > since:
                found.setdefault(assigns.get(row["assignment"]), set()).add("usersubmissions")
        for (number, cmid), at in self.touched.items():
            if number == course.num and at > since:
                found.setdefault(cmid, set()).add("configuration")
        found.pop(None, None)
        return found

    def updates(self, form):
        course, since = self.course_of(form), int(form.get("since", ""))
        return {"instances": [{"contextlevel": "module", "id": cmid,
                               "updates": [{"name": n} for n in sorted(names)]}
                              for cmid, names in sorted(self._areas(course, since).items())],
                "warnings": []}

    def assignments(self, form):
        course = self.course_of(form, "courseids[0]")
        rows = [{"id": m["instance"], "cmid": m["id"], "course": course.num, "name": m["name"],
                 "grade": 100, "duedate": 0} for m in course.modules()
                if m["modname"] == "assign"]
        return {"courses": [{"id": course.num, "fullname": course.title, "assignments": rows}],
                "warnings": []}

    def submissions(self, form):
        wanted = [int(v) for k, v in form.items() if re.match(r"assignmentids\[\d+\]$", k)]
        since, status = int(form.get("since", "0")), form.get("status", "")
        rows = [r for course in self.handed_in.values() for r in course
                if r["timemodified"] >= since and status in ("", r["status"])]
        return {"assignments": [{"assignmentid": n, "submissions": [
            {**{k: v for k, v in r.items() if k != "assignment"}, "timecreated": r["timemodified"],
             "groupid": 0, "gradingstatus": "notgraded"}
            for r in rows if r["assignment"] == n]} for n in wanted], "warnings": []}

    def course_competencies(self, form):
        course = self.course_of(form)
        names = {m["id"]: m["name"] for m in course.modules()}
        return {"courseid": course.num, "competencies": [
            {"competency": {"id": i, "shortname": c["shortname"], "idnumber": c["idnumber"]},
             "coursemodules": [{"id": m, "name": names.get(m, "")} for m in c["modules"]]}
            for i, c in enumerate(self.competencies.get(course.num, []), 1)]}

    def module_competencies(self, form):
        cmid = int(form.get("cmid", ""))
        return [{"competency": {"id": i, "shortname": c["shortname"], "idnumber": c["idnumber"]},
                 "coursemodulecompetency": {"cmid": cmid, "competencyid": i}}
                for rows in self.competencies.values() for i, c in enumerate(rows, 1)
                if cmid in c["modules"]]

    # -- writing --------------------------------------------------------------------------------

    def message(self, form):
        user, text = int(form["messages[0][touserid]"]), form["messages[0][text]"]
        if user in self.silent or len(text) > MESSAGE_MAX:
            return [{"msgid": -1, "errormessage": "This person takes no messages"}]
        self.sent.append({"touserid": user, "text": text, "id": 801 + len(self.sent)})
        return [{"msgid": self.sent[-1]["id"], "text": text,
                 "timecreated": int(self.world.now())}]

    def calendar(self, form):
        row = {"id": 701 + len(self.events), "name": form["events[0][name]"],
               "courseid": int(form["events[0][courseid]"]),
               "groupid": int(form.get("events[0][groupid]", "0")),
               "timestart": int(form["events[0][timestart]"]),
               "eventtype": form["events[0][eventtype]"]}
        self.events.append(row)
        return {"events": [row], "warnings": []}
