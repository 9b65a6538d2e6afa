"""A course is copied in the LMS: the teacher of the copy finds the map there, and nobody's data.
Through nginx, step by step as a browser goes; the ways in which a platform tells where a course
comes from are tried one by one."""
import json
import time
import unittest

from tests.integration import test_gates
from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import AGS, INSTRUCTOR, NRPS, GONE
from tests.platform.notices import COPY, HELLO
from tests.platform.world import Person
from tests.support import demo_course
from tests.support.stack import wait_for

TEACHER = 501


class Copies:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box = cls.platform.notices.offer()
        cls.tool = cls.platform.world.tools[cls.client]
        cls.old = cls.platform.world.courses[3]
        demo_course.prepare(cls.stack, cls.platform)
        cls.old_id = cls.stack.course(cls.old.title)["course"]
        cls.sql("INSERT INTO gate (tenant_id, course_id, unit, link_id, line_item_url, maximum, "
                "created_ms) SELECT tenant_id, course_id, 'unit-one', NULL, 'https://x.test/1', "
                "100, 1 FROM course WHERE course_id = %s" % cls.old_id)

    def copy(self, num, title):
        new = self.box.copy_course(self.old, num, title, [
            Person(TEACHER, "Nia", "Newteacher", roles=["editingteacher"])])
        return new

    def launch(self, course, browser=None, user=TEACHER):
        page = demo_course.launch(self.platform, self.stack, user, course.num, browser=browser)
        self.assertEqual(200, page.status, page.visible()[:300])
        return page

    def row(self, title):
        return self.sql("SELECT course_id, map_id, copied_from FROM course WHERE title = '%s'"
                        % title)[0]

    def has_map(self, title):
        return self.row(title)[1] not in (None, "")

    def copy_ran(self, title):
        done = "kind = 'copy.course' AND state = 'done' AND job_key = '%s'" % self.row(title)[0]
        wait_for(lambda: self.count("job", done), 30)

    def came_along(self, course, browser=None):
        """The map, the gates, the settings, and not a single person's row."""
        browser = browser or Browser()
        self.launch(course, browser)
        wait_for(lambda: self.has_map(course.title), 30, why="the map")
        number, _, origin = self.row(course.title)
        self.assertEqual(int(self.old_id), int(origin))
        theirs, ours = (self.sql("SELECT hash, document FROM map_version WHERE course_id = %s"
                                 % n)[0] for n in (self.old_id, number))
        self.assertEqual(theirs, ours)
        self.assertEqual([("unit-one", "")], [
            (u, a or "") for u, a in self.sql("SELECT unit, line_item_url FROM gate WHERE "
                                              "course_id = %s" % number)])
        wait_for(lambda: self.count("activity_skill", "map_id = %s" % self.row(course.title)[1]),
                 60, why="the activities of the copy")
        for table in ("state_skill", "state_run", "decision", "unlock_grant", "outbox",
                      "gate_score", "course_group"):
            self.assertEqual(0, self.count(table, "course_id = %s" % number), table)
        people = self.sql("SELECT p.sub FROM enrolment e JOIN person p ON p.tenant_id = "
                          "e.tenant_id AND p.person_id = e.person_id WHERE e.course_id = %s"
                          % number)
        self.assertEqual([str(TEACHER)], [str(p[0]) for p in people])
        self.assertEqual(0, self.count("evidence", "course_id = %s AND kind <> 'access'" % number))
        page = self.launch(course, browser)
        self.assertIn("This course was copied from “Algebra I”", page.visible())
        self.assertIn("Change the map", page.visible())
        for person in self.old.people.values():
            if person.is_student:
                self.assertNotIn(person.name, page.visible())

    # -- the three ways ---------------------------------------------------------------------------

    def test_history_variable(self):
        self.tool.custom = {"context_id_history": "$Context.id.history"}
        self.addCleanup(self.tool.custom.clear)
        self.came_along(self.copy(31, "By history"))
        # a copy of the copy: its origin is the nearest, which has the same map
        again = self.box.copy_course(self.platform.world.courses[31], 32, "Twice", [
            Person(TEACHER, "Nia", "Newteacher", roles=["editingteacher"])])
        self.launch(again)
        wait_for(lambda: self.has_map("Twice"), 30)
        self.assertEqual(int(self.row("By history")[0]), int(self.row("Twice")[2]))

    def test_links_own_parameter(self):
        for link in self.platform.world.links.values():
            if link["course"] == 3:
                link["custom"] = {"waymark_course": "3"}
        self.came_along(self.copy(33, "By link"))

    def test_notice_before_the_first_launch(self):
        course = self.copy(34, "By notice")
        status, _ = self.box.deliver(self.tool, [self.box.copy_notice(self.tool, "34", "3")],
                                     self.stack.url + "/lti/notice")
        self.assertEqual(200, status)
        for link in self.platform.world.links.values():
            link["custom"] = {}
        self.came_along(course)

    def test_notice_after_the_first_launch(self):
        for link in self.platform.world.links.values():
            link["custom"] = {}
        course = self.copy(35, "Late notice")
        page = self.launch(course)
        self.assertIn("Pick a skill map", page.visible())
        status, _ = self.box.deliver(self.tool, [self.box.copy_notice(self.tool, "35", ["3"])],
                                     self.stack.url + "/lti/notice")
        self.assertEqual(200, status)
        self.came_along(course)

    # -- what is no copy --------------------------------------------------------------------------

    def test_another_tenants_course_is_not_honoured(self):
        """waymark_course names a context of another deployment: nothing comes along."""
        other = self.register("https://other-school.test", "other-school")
        browser = Browser()
        launched = {"context": {"id": "77", "title": "Elsewhere"}, "roles": [INSTRUCTOR],
                    "custom": {"waymark_course": "3", "context_id_history": "3",
                               "link_id_history": "1"}, AGS: GONE, NRPS: GONE}
        page = self.opens(other, login={}, **launched)
        self.assertNotIn("Algebra I", page.visible().replace("Algebra 1", ""))
        self.copy_ran("Elsewhere")
        self.assertFalse(self.has_map("Elsewhere"))
        page = other.launch(browser, **launched)
        self.assertIn("Pick a skill map", page.visible())
        self.assertNotIn("is a copy of", page.visible())

    def test_another_deployment_of_the_same_platform_is_another_school(self):
        """Blackboard: every school has the same issuer and client id. A notice names one."""
        both = self.register("https://shared.test", "shared", deployments=("a", "b"))
        opts = {"roles": [INSTRUCTOR], AGS: GONE, NRPS: GONE}
        one, two = both.copy(deployment="a"), both.copy(deployment="b")
        one.launch(context={"id": "3", "title": "School A"}, **opts)
        self.stack.run("map", "import", demo_course.MAP, "--course", str(self.row("School A")[0]))
        status, _ = self.box.post(self.stack.url + "/lti/notice", json.dumps({"notices": [
            {"jwt": self.box.notice(self.tool, COPY, iss=both.iss, aud="shared", azp="shared",
                                    deployment_id="a", context={"id": "8"},
                                    origin_contexts=["3"])}]}).encode())
        self.assertEqual(200, status)
        login = {"lti_deployment_id": "b"}
        self.opens(two, login=login, context={"id": "8", "title": "B, by notice"}, **opts)
        self.assertEqual(0, self.count("job", "kind = 'copy.course' AND job_key = '%s'"
                                       % self.row("B, by notice")[0]))
        self.opens(two, login=login, context={"id": "9", "title": "B, by link"},
                   custom={"waymark_course": "3", "context_id_history": "3"}, **opts)
        self.copy_ran("B, by link")
        self.assertFalse(self.has_map("B, by link"))
        one.launch(context={"id": "8", "title": "A, by notice"}, **opts)
        wait_for(lambda: self.has_map("A, by notice"), 30)

    def test_a_teacher_may_take_over_later(self):
        """The origin got its map after the copy was launched: the page for picking offers it."""
        opts = {"roles": [INSTRUCTOR], AGS: GONE, NRPS: GONE}
        browser = Browser()
        self.launcher.launch(browser, context={"id": "90", "title": "Origin"}, **opts)
        copied = {"context": {"id": "91", "title": "Early copy"},
                  "custom": {"waymark_course": "90"}, **opts}
        self.launcher.launch(browser, **copied)
        self.copy_ran("Early copy")
        self.stack.run("map", "import", demo_course.MAP, "--course",
                       str(self.row("Origin")[0]))
        page = self.launcher.launch(browser, **copied)
        self.assertIn("This course is a copy of “Origin”", page.visible())
        form = next(f for f in page.forms() if f["fields"].get("do") == "copy")
        page = browser.follow(browser.submit(form))
        self.assertIn("This course was copied from “Origin”", page.visible())
        self.assertTrue(self.has_map("Early copy"))

    def test_the_page_while_it_is_copied(self):
        opts = {"roles": [INSTRUCTOR], AGS: GONE, NRPS: GONE,
                "context": {"id": "95", "title": "On its way"}}
        browser = Browser()
        page = self.launcher.launch(browser, **opts)
        self.assertIn("Pick a skill map", page.visible())
        now = int(time.time() * 1000)
        number = self.row("On its way")[0]
        self.sql("INSERT INTO job (job_id, tenant_id, kind, job_key, payload, state, again_ms, "
                 "run_ms, attempts, max_attempts, lease_until_ms, progress_done, progress_total, "
                 "progress_text, checkpoint, created_ms, changed_ms) SELECT 1, tenant_id, "
                 "'copy.course', '%s', '{}', 'ready', 0, %d, 0, 0, 0, 0, 0, '', '', %d, %d FROM "
                 "course WHERE course_id = %s" % (number, now + 10**9, now, now, number))
        page = self.launcher.launch(browser, **opts)
        self.assertIn("its skill map is being taken over", page.visible().lower())
        self.assertIn('http-equiv="refresh"', page.text)
        self.sql("UPDATE job SET created_ms = created_ms - 60000 WHERE job_id = 1")
        page = self.launcher.launch(browser, **opts)
        self.assertIn("Pick a skill map", page.visible())

    # -- handlers --------------------------------------------------------------------------------

    def test_PNS_handlers_are_set(self):
        ours = self.stack.url + "/lti/notice"
        wait_for(lambda: self.box.handlers.get("1", {}).get(COPY) == ours, 30)
        self.assertEqual({HELLO: ours, COPY: ours}, self.box.handlers["1"])
        wait_for(lambda: self.count("notice", "kind = '%s'" % HELLO), 30, why="the hello")
        handled, error = self.sql("SELECT handled, coalesce(error, '') FROM notice_service")[0]
        self.assertIn(COPY, handled)
        self.assertEqual("", error)
        told = self.stack.run("platform", "show", str(self.stack.registration)).stdout
        self.assertIn("notices", told)
        self.assertIn("LtiContextCopyNotice", told)
        # nothing to do is nothing done
        puts = len(self.box.puts)
        self.sql("UPDATE schedule SET next_ms = 0 WHERE name = 'notice.reconcile'")
        wait_for(lambda: self.count("job", "kind = 'notice.reconcile' AND state = 'done'"), 30)
        wait_for(lambda: not self.count("job", "kind = 'notice.handlers' AND state <> 'done'"),
                 30)
        self.assertEqual(puts, len(self.box.puts))
        # somebody took one away: it comes back
        self.box.handlers["1"][COPY] = ""
        self.sql("UPDATE schedule SET next_ms = 0 WHERE name = 'notice.reconcile'")
        wait_for(lambda: self.box.handlers["1"][COPY] == ours, 30)


class OnSqlite(Copies, Case):
    database = "sqlite"


class OnPostgres(Copies, Case):
    database = "postgresql"


class GatesOfACopy(Case):
    """A gate that a teacher made in the old course opens things in the copy: by the copy's own
    column, with what people do there, and with nothing of the old course."""
    walk, add, sync = test_gates.Gates.walk, test_gates.Gates.add, test_gates.Gates.sync
    item, settled, scores = (test_gates.Gates.item, test_gates.Gates.settled,
                             test_gates.Gates.scores)
    units = test_gates.Gates.units

    def test_a_gate_finds_its_new_column(self):
        demo_course.prepare(self.stack, self.platform)
        self.course_id = str(self.stack.course()["course"])
        old = self.platform.world.courses[3]
        unit = self.units()[0]
        link = self.add("gate/" + unit)[0]
        self.sync()
        self.settled()
        item = self.item(link)
        theirs = self.scores(item)
        busy, idle = sorted(theirs, key=lambda n: -theirs[n])[:2]
        nia = Person(TEACHER, "Nia", "Newteacher", roles=["editingteacher"])
        new = self.platform.notices.copy_course(
            old, 61, "With gates", [nia, old.people[busy], old.people[idle]], working=[busy])
        clone = next(n for n, i in self.platform.world.line_items.items()
                     if i["course"] == 61 and i.get("resourceId") == "waymark-gate-" + unit)
        before = len(self.platform.world.snapshot())
        # the old link, made by hand, knows nothing; the gate's tells where it was made
        page = demo_course.launch(self.platform, self.stack, TEACHER, new.num)
        self.assertIn("Pick a skill map", page.visible())
        gate = next(n for n, l in self.platform.world.links.items()
                    if l["course"] == 61 and l["custom"].get("waymark_view") == "gate")
        self.walk(TEACHER, course=61, link=gate)
        wait_for(lambda: self.count("course", "title = 'With gates' AND map_id IS NOT NULL"), 30)
        self.course_id = str(self.stack.course("With gates")["course"])
        self.sync()
        self.settled()
        url = self.sql("SELECT line_item_url FROM gate WHERE course_id = %s AND unit = '%s'"
                       % (self.course_id, unit))[0][0]
        self.assertIn("/%d/" % clone, url)
        # the same work gives the same score, in the copy's column; nobody else has one
        self.assertEqual({busy: theirs[busy]}, {n: s for n, s in self.scores(clone).items() if s})
        self.assertEqual(theirs, self.scores(item))
        posted = self.platform.world.snapshot()[before:]
        self.assertTrue(posted)
        self.assertEqual({61}, {self.platform.world.line_items[p["item"]]["course"]
                                for p in posted})
        self.assertEqual(0, self.count("state_skill", "course_id = %s AND word = 'mastered' AND "
                                       "person_id = (SELECT person_id FROM person WHERE sub = "
                                       "'%d')" % (self.course_id, idle)))


class Canvas(Case):
    """A platform that tells the history of links, with long ids."""
    manner = "canvas"

    def test_link_history(self):
        tool = self.platform.world.tools[self.client]
        old = self.platform.world.courses[3]
        demo_course.launch(self.platform, self.stack, 66)
        self.stack.run("map", "import", demo_course.MAP, "--course",
                       str(self.stack.course(old.title)["course"]))
        tool.custom["link_id_history"] = "$ResourceLink.id.history"
        new = self.platform.notices.copy_course(old, 41, "Canvas copy", [
            Person(TEACHER, "Nia", "Newteacher", roles=["editingteacher"])])
        page = demo_course.launch(self.platform, self.stack, TEACHER, new.num)
        self.assertEqual(200, page.status, page.visible()[:300])
        wait_for(lambda: self.count("course", "title = 'Canvas copy' AND map_id IS NOT NULL"), 30)
        told = self.sql("SELECT origin_context_id, source FROM course_origin")
        self.assertEqual([(self.platform.world.context_id(old), "history")],
                         [tuple(t) for t in told])


class Refusals(Case):
    """A notification service that does not want us: told in words, and not asked for ever."""

    def test_PNS_a_service_that_refuses(self):
        self.platform.notices.offer()
        self.platform.misbehave.set([{"on": "pns", "do": "status", "code": 403}])
        demo_course.launch(self.platform, self.stack, 36)
        wait_for(lambda: self.count("job", "kind = 'notice.handlers' AND state = 'dead'"), 30)
        told = self.stack.run("platform", "show", str(self.stack.registration)).stdout
        self.assertRegex(told, r"notices .*403")
        self.assertEqual(0, len(self.platform.notices.puts))
        self.opens(roles=[INSTRUCTOR])

    def test_PNS_no_scope_no_service(self):
        """SVC-6: what the claim does not list is not asked for."""
        claim = self.platform.notices.claim("1")
        self.opens(**{"https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice":
                      {**claim, "scope": []}, "context": {"id": "4"}})
        self.assertEqual(0, self.count("notice_service", "url LIKE '%%nothing%%'"))
        self.assertLessEqual(self.count("notice_service"), 1)


if __name__ == "__main__":
    unittest.main()
