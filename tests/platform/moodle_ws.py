"""Moodle's web services (REST, JSON), as far as a read-only account reaches."""
import json

from .moodle_groups import Groups
from .moodle_work import Work
from .web import Answer, json_answer


def exception(kind, code, message):
    return json_answer({"exception": kind, "errorcode": code, "message": message})


class WebServices:
    """Errors come with status 200, as from a real Moodle."""

    def __init__(self, world):
        self.world = world
        self.functions = {
            "core_webservice_get_site_info": self.site_info,
            "core_course_get_contents": self.contents,
            "core_course_get_courses_by_field": self.courses,
            "gradereport_user_get_grade_items": self.grade_items,
            "core_enrol_get_enrolled_users": self.enrolled,
            "mod_quiz_get_quizzes_by_courses": self.quizzes,
            "mod_quiz_get_user_attempts": self.attempts,
            "mod_quiz_get_attempt_review": self.review,
        }
        self.groups = Groups(world)
        self.functions.update(self.groups.functions)
        self.work = Work(world, self._course)
        self.functions.update(self.work.functions)
        self.denied = set()    # functions that the token's user may not use
        self.withheld = set()  # functions that the token's service does not include
        self.tokens = {}       # more tokens -> functions withheld from each

    def call(self, form):
        """One call: the parameters of the POST body or of the query."""
        token = form.get("wstoken")
        if token != self.world.ws_token and token not in self.tokens:
            return exception("core\\exception\\moodle_exception", "invalidtoken",
                             "Invalid token - token not found")
        if form.get("moodlewsrestformat") != "json":
            return Answer(200, "<?xml version=\"1.0\"?><RESPONSE></RESPONSE>", "application/xml")
        function = self.functions.get(form.get("wsfunction"))
        if function is None:
            return exception("dml_missing_record_exception", "invalidrecord",
                             "Can't find data record in database table external_functions.")
        if form.get("wsfunction") in self._left_out(form):
            return exception("core\\exception\\webservice_access_exception", "accessexception",
                             "Access control exception")
        try:
            if form.get("wsfunction") in self.denied:
                raise PermissionError
            value = function(form)
        except (ValueError, TypeError):
            return exception("invalid_parameter_exception", "invalidparameter",
                             "Invalid parameter value detected")
        except PermissionError:
            return exception("core\\exception\\required_capability_exception", "nopermissions",
                             "Sorry, but you do not currently have permissions to do that "
                             "(Review course enrolments).")
        except KeyError as e:
            return exception("dml_missing_record_exception", "invalidrecord",
                             "Can't find data record in database table %s." % e.args[0])
        return json_answer(value)

    def _left_out(self, form):
        return self.withheld | set(self.tokens.get(form.get("wstoken"), ()))

    def _course(self, form, name="courseid"):
        number = int(form.get(name, ""))
        if number not in self.world.courses:
            raise KeyError("course")
        return self.world.courses[number]

    def site_info(self, form):
        info = dict(self.world.site["info"])
        info["functions"] = [{"name": n, "version": info["version"]} for n in self.functions
                             if n not in self._left_out(form)]
        return info

    def courses(self, form):
        found = [c.summary for c in self.world.courses.values()
                 if form.get("field") == "id" and str(c.num) == form.get("value")]
        return {"courses": found, "warnings": []}

    def contents(self, form):
        sections = self._course(form).sections
        only = next((form.get("options[%d][value]" % i) for i in range(4)
                     if form.get("options[%d][name]" % i) == "cmid"), None)
        return [{**s, "modules": [self.groups.restricted(m) for m in s["modules"]
                                  if only is None or str(m["id"]) == only]}
                for s in sections]

    def enrolled(self, form):
        options = {v: form.get(k.replace("[name]", "[value]"), "") for k, v in form.items()
                   if k.startswith("options[") and k.endswith("[name]")}
        if options.get("onlyactive") == "1":
            raise PermissionError  # turned into Moodle's refusal by call()
        course = self._course(form)
        rows = [{"id": p.num, "firstname": p.given, "lastname": p.family, "fullname": p.name,
                 "email": p.email, "idnumber": p.sourcedid, "username": p.username,
                 "firstaccess": p.access, "lastaccess": p.access,
                 "lastcourseaccess": p.access, "groups": p.groups + self.groups.of_person(p.num),
                 "roles": [{"roleid": 5, "name": "", "shortname": r, "sortorder": 0}
                           for r in p.roles]} for p in course.people.values()]
        fields = options.get("userfields")
        if fields:
            keep = set(fields.split(",")) | {"id", "fullname"}
            rows = [{k: v for k, v in r.items() if k in keep} for r in rows]
        start = int(options.get("limitfrom") or 0)
        size = int(options.get("limitnumber") or 0)
        return rows[start:start + size] if size else rows[start:]

    def grade_items(self, form):
        course = self._course(form)
        only = int(form.get("userid", "0"))
        if only and only not in course.people:
            raise KeyError("user")
        reports = []
        for p in course.people.values():
            if (only and p.num != only) or not p.is_student or p.suspended:
                continue
            const = course.grade_users.get(p.num) or {
                "courseid": course.num, "courseidnumber": "", "userid": p.num,
                "userfullname": p.name, "useridnumber": p.sourcedid, "maxdepth": 2}
            reports.append({**const, "gradeitems": [self._grade(course, p, i)
                                                    for i in course.grade_items]})
        return {"usergrades": reports, "warnings": []}

    def _grade(self, course, person, item):
        raw, submitted, graded = course.grades.get((person.num, item["id"]), (None, None, None))
        share = None if raw is None else 100 * raw / (item["grademax"] or 1)
        return {**item, "graderaw": raw, "gradedatesubmitted": submitted,
                "gradedategraded": graded,
                "gradeformatted": "-" if raw is None else "%.2f" % raw,
                "percentageformatted": "-" if raw is None else "%.2f %%" % share,
                "feedback": "", "feedbackformat": 0}

    def quizzes(self, form):
        wanted = {v for k, v in form.items() if k.startswith("courseids[")}
        rows = [q for c in self.world.courses.values() if not wanted or str(c.num) in wanted
                for q in c.quizzes]
        return {"quizzes": rows, "warnings": []}

    def _all_attempts(self):
        return (a for c in self.world.courses.values() for a in c.attempts)

    def attempts(self, form):
        quiz, user = int(form.get("quizid", "")), int(form.get("userid", "0"))
        user = user or self.world.site["info"]["userid"]  # 0 is whose token it is
        status = form.get("status", "finished")
        rows = [a["attempt"] for a in self._all_attempts()
                if a["attempt"]["quiz"] == quiz and a["attempt"]["userid"] == user
                and (status == "all" or (a["attempt"]["state"] == "finished")
                     == (status == "finished"))]
        return {"attempts": rows, "warnings": []}

    def review(self, form):
        number = int(form.get("attemptid", ""))
        a = next((a for a in self._all_attempts() if a["attempt"]["id"] == number), None)
        if a is None:
            raise KeyError("quiz_attempts")
        if a["attempt"]["state"] != "finished":
            raise ValueError("not finished")
        return {"grade": a["grade"], "attempt": a["attempt"], "additionaldata": [],
                "questions": [self._question(q) for q in a["questions"]], "warnings": []}

    def _question(self, q):
        slot, kind, mark, maximum, state, at = q
        right = state == "gradedright"
        partial = state == "gradedpartial"
        status = "Correct" if right else "Partially correct" if partial else "Incorrect"
        css = "correct" if right else "partiallycorrect" if partial else "incorrect"
        return {"slot": slot, "type": kind, "page": 0, "questionnumber": str(slot),
                "number": slot, "html": "<div class=\"que %s\">%s</div>" % (kind, status),
                "responsefileareas": [], "sequencecheck": 3, "lastactiontime": at,
                "hasautosavedstep": False, "flagged": False, "state": state, "stateclass": css,
                "status": status, "blockedbyprevious": False, "mark": mark, "maxmark": maximum,
                "settings": json.dumps({"unitgradingtype": "0"})}
