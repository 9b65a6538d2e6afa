"""Pages that a person sees in the stand-in: courses, people to be, activities."""
import html
import urllib.parse

from .web import Answer

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; color: #1d2125; background: #fff }
header { background: #0f3d5c; color: #fff; padding: .6rem 1rem }
header a { color: #fff }
main { padding: 1rem; max-width: 60rem; margin: 0 auto }
iframe { width: 100%; height: 652px; border: 1px solid #8f959e }
nav a { margin-right: .75rem }
"""


def page(title, body, status=200):
    return Answer(status, '<!doctype html><html lang="en"><head><meta charset="utf-8">'
                  '<meta name="viewport" content="width=device-width, initial-scale=1">'
                  '<title>%s</title><link rel="icon" href="data:,"><style>%s</style></head>'
                  '<body><header><a href="/">Test School</a></header><main>%s</main></body></html>'
                  % (html.escape(title), STYLE, body))


def link(path, text, **query):
    url = path + ("?" + urllib.parse.urlencode(query) if query else "")
    return '<a href="%s">%s</a>' % (html.escape(url, True), html.escape(text))


def links_of(world, course, person):
    """Links that Deep Linking added; each launches."""
    rows = []
    for number, known in world.links.items():
        if known["course"] == course.num and known.get("item"):
            where = "/mod/lti/launch.php?" + urllib.parse.urlencode(
                {"course": course.num, "user": person.num, "link": number})
            rows.append('<li><a href="%s">%s</a></li>'
                        % (html.escape(where, True), html.escape(known["title"])))
    return "<h2>Added by deep linking</h2><ul>%s</ul>" % "".join(rows) if rows else ""


class Pages:
    def __init__(self, world, storage):
        self.world, self.storage = world, storage

    def home(self, req):
        rows = "".join("<li>%s</li>" % link("/course/view.php", c.title, id=c.num)
                       for c in self.world.courses.values())
        return page("Test School", "<h1>Courses</h1><p>This is a stand-in for an LMS. It answers "
                    "as a Moodle would; its people are invented.</p><ul>%s</ul>" % rows)

    def _person(self, course, req):
        wanted = req.query.get("user", "")
        number = int(wanted) if wanted.isdigit() else 0
        if number in course.people:
            return course.people[number]
        return next(p for p in course.people.values() if p.is_student)

    def course(self, req, course):
        """The course page: the tool in an iframe, whom to be, the course's activities."""
        person = self._person(course, req)
        first = list(course.people.values())[:80]
        who = " ".join(link("/course/view.php", p.name, id=course.num, user=p.num)
                       for p in sorted(first, key=lambda p: not p.teaches))
        parts = ["<h1>%s</h1><p>You are <b>%s</b> (%s).</p>" % (
            html.escape(course.title), html.escape(person.name),
            "teacher" if person.teaches else "student")]
        if self.world.tools:
            src = "/mod/lti/launch.php?" + urllib.parse.urlencode(
                {"course": course.num, "user": person.num,
                 "message": req.query.get("message", "")})
            parts.append(self.storage.on_course_page())
            if req.query.get("embed") == "no":
                parts.append('<p><a id="open" href="%s" target="_blank" rel="opener">My skills</a>'
                             % html.escape(src, True))
            else:
                parts.append('<iframe id="tool" title="My skills" src="%s"></iframe>'
                             % html.escape(src, True))
            parts.append("<p>%s</p>" % link("/mod/lti/launch.php", "Add content with the tool",
                                            course=course.num, user=person.num, message="dl"))
        parts.append(links_of(self.world, course, person))
        parts.append("<details><summary>Be somebody else</summary><nav aria-label=\"People\">"
                     "%s</nav></details>" % who)
        for s in course.sections:
            items = "".join("<li>%s</li>" % link(urllib.parse.urlsplit(m["url"]).path, m["name"],
                                                 id=m["id"], user=person.num)
                            for m in s["modules"] if m["modname"] != "lti" and m.get("url"))
            if items:
                parts.append("<h2>%s</h2><ul>%s</ul>" % (html.escape(s["name"]), items))
        return page(course.title, "".join(parts))

    def activity(self, req, kind):
        """Where a recommendation leads: a page that says what a real LMS would open."""
        number = req.query.get("id", "")
        for course in self.world.courses.values():
            for m in course.modules():
                if str(m["id"]) == number:
                    return page(m["name"], "<h1>%s</h1><p>In a real LMS this %s opens here.</p>"
                                "<p>%s</p>" % (html.escape(m["name"]), html.escape(kind),
                                               link("/course/view.php", "Back to the course",
                                                    id=course.num)))
        return page("Not found", "<h1>Not found</h1>", 404)
