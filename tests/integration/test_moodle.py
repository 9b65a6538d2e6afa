"""Moodle's web services through the program: what a sync brings in beside the grade book, which
token is used, and the page that says what Waymark may do (behind nginx, with the job workers)."""
import html
import re
import subprocess
import urllib.parse

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course

ANA, BO = 36, 37
QUIZ, PAGE, HOMEWORK = 3, 4, 19
DAY = 86400


class Moodle:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world, cls.ws = cls.platform.world, cls.platform.ws
        work = cls.ws.work
        work.complete(3, ANA, PAGE)
        work.complete(3, ANA, QUIZ, state=3)
        work.align(3, "INT-ADD", "Adding integers", QUIZ)
        cls.handed = work.hand_in(3, BO, 1)
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    def setUp(self):
        super().setUp()
        self.addCleanup(self.ws.denied.clear)
        self.addCleanup(self.ws.withheld.clear)

    def later(self):
        """A time behind every other one of this class, on the stand-in's clock."""
        type(self).clock = getattr(type(self), "clock", 0) + 60
        return int(self.world.now()) + self.clock

    def sync(self, check=True):
        return self.stack.run("sync", "--course", self.course, "--wait", timeout=300,
                              check=check)

    def rows(self, kind, key, person):
        return self.sql("SELECT v.score, v.maximum FROM evidence v JOIN person p ON p.tenant_id = "
                        "v.tenant_id AND p.person_id = v.person_id WHERE v.kind = '%s' AND "
                        "v.source_key = '%s' AND p.sub = '%d'" % (kind, key, person))

    def error_of(self, source):
        found = self.sql("SELECT coalesce(error, '') FROM course_source WHERE source = '%s'"
                         % source)
        return found[0][0] if found else None

    def again(self):
        """As if the token had never been looked at."""
        self.sql("UPDATE lms_credential SET probed_ms = 0")

    # -- what comes in ----------------------------------------------------------------------------

    def test_completion_is_no_mark(self):
        rows = self.rows("completion", "completion:%d" % PAGE, ANA)
        self.assertEqual(1, len(rows))
        self.assertIn(rows[0][0], (None, ""))
        self.assertEqual([], self.rows("completion", "completion:%d" % PAGE, BO))
        self.assertEqual("", self.error_of("completion"))

    def test_only_who_came_back_is_asked_about(self):
        asked = self.ws.work.asked
        before = len(asked)
        self.sync()
        self.assertEqual([], asked[before:])
        self.ws.work.complete(3, BO, PAGE, at=self.later())
        self.sync()
        self.assertEqual([BO], asked[before:])
        self.assertEqual(1, len(self.rows("completion", "completion:%d" % PAGE, BO)))

    def test_work_that_waits_for_a_mark(self):
        self.assertEqual(1, len(self.rows("attempt", "submission:%d" % self.handed, BO)))

    def test_groups_without_the_service(self):
        groups = {name for name, in self.sql("SELECT name FROM course_group")}
        self.assertTrue({"Period 1", "Period 2"} <= groups, groups)
        self.assertGreater(self.count("course_group_member"), 20)
        self.sync()
        self.assertGreater(self.count("course_group_member"), 20)

    def test_tags_of_activities(self):
        tags = set(self.sql("SELECT kind, value FROM activity_tag"))
        self.assertIn(("outcome", "INT-ADD"), tags)
        self.assertIn(("section", "Unit 2: Variables and expressions"), tags)

    def test_other_names_become_marks(self):
        """Nothing of them can be read."""
        kinds = {k for k, in self.sql("SELECT DISTINCT kind FROM person_alias")}
        self.assertTrue({"email", "login", "sourcedid"} <= kinds, kinds)
        marks = " ".join(m for m, in self.sql("SELECT mark FROM person_alias"))
        self.assertNotIn("school.test", marks)

    # -- refusals ---------------------------------------------------------------------------------

    def test_a_refusal_of_a_nicety_fails_nothing(self):
        self.ws.denied.add("core_completion_get_activities_completion_status")
        self.ws.denied.add("mod_assign_get_submissions")
        self.ws.work.complete(3, ANA, HOMEWORK, at=self.later())
        self.sync()
        self.assertIn("report/progress:view", self.error_of("completion"))
        self.assertIn("its user may not use it in this course", self.page().visible())
        self.assertIn("mod/assign:grade", self.error_of("submissions"))
        self.ws.denied.clear()
        self.sync()
        self.assertEqual("", self.error_of("completion"))
        self.assertEqual(1, len(self.rows("completion", "completion:%d" % HOMEWORK, ANA)))

    def test_what_failed_is_read_though_nothing_changed_since(self):
        """The LMS told of no new work, so the source that had failed counted as read, and what was
        handed in while it failed was never asked for."""
        handed = self.ws.work.hand_in(3, ANA, 1, at=int(self.world.now()) - 7200)
        self.sql("UPDATE course_source SET ok_ms = ok_ms - 10800000, error = 'It was away.' "
                 "WHERE source = 'submissions'")
        self.stack.run("sync", "--course", self.course, "--wait", "--changes", timeout=300)
        self.assertEqual(1, len(self.rows("attempt", "submission:%d" % handed, ANA)))
        self.assertEqual("", self.error_of("submissions"))

    def test_a_whole_reading_asks_for_all_work_handed_in(self):
        """Of somebody whom the roster did not know yet it would never have come."""
        handed = self.ws.work.hand_in(3, 38, 1, at=int(self.world.now()) - 7200)
        self.sync()
        self.assertEqual(1, len(self.rows("attempt", "submission:%d" % handed, 38)))

    def test_a_service_without_a_function(self):
        """It is not called, and nothing says that something is wrong."""
        self.ws.withheld.add("core_completion_get_activities_completion_status")
        self.again()
        before = len(self.ws.work.asked)
        self.ws.work.complete(3, BO, HOMEWORK, at=self.later())
        self.sync()
        self.assertEqual(before, len(self.ws.work.asked))
        self.ws.withheld.clear()
        self.again()
        self.sync()
        self.assertGreater(len(self.ws.work.asked), before)

    def test_a_probe_lasts_a_day(self):
        counts = self.platform.counts
        self.sync()
        before = counts["ws:core_webservice_get_site_info"]
        self.sync()
        self.assertEqual(before, counts["ws:core_webservice_get_site_info"])
        self.sql("UPDATE lms_credential SET probed_ms = probed_ms - %d" % (25 * 3600000))
        self.sync()
        self.assertEqual(before + 1, counts["ws:core_webservice_get_site_info"])

    # -- tokens -----------------------------------------------------------------------------------

    def give(self, token, *more, check=True):
        return self.stack.run("platform", "moodle", str(self.stack.registration), "--url",
                              self.platform.base, "--token-file", "-", *more,
                              stdin=token + "\n", check=check)

    def test_the_narrowest_token(self):
        registration = str(self.stack.registration)
        self.ws.tokens["course-token"] = ["core_completion_get_activities_completion_status"]
        out = self.give("course-token", "--deployment", "1", "--course", "3").stdout
        self.assertRegex(out, r"NO +core_completion_get_activities_completion_status")
        self.assertRegex(out, r"yes +core_course_get_contents")
        shown = self.stack.run("platform", "show", registration).stdout
        self.assertIn("course 3", shown)
        self.assertNotIn("course-token", shown)
        listed = self.stack.json("platform", "show", registration)["credentials"]
        self.assertEqual(["", "3"], [c["course"] for c in listed])
        before = len(self.ws.work.asked)
        self.ws.work.complete(3, ANA, 7, at=self.later())
        self.sync()
        self.assertEqual(before, len(self.ws.work.asked))
        gone = self.stack.run("platform", "moodle", registration, "--remove", "--deployment", "1",
                              "--course", "3").stdout
        self.assertIn("forgotten", gone)
        again = self.stack.run("platform", "moodle", registration, "--remove", "--deployment",
                               "1", "--course", "3", check=False)
        self.assertEqual(1, again.returncode)
        self.sync()
        self.assertGreater(len(self.ws.work.asked), before)

    def test_a_wrong_token_is_not_kept(self):
        r = self.give("nonsense", "--deployment", "1", "--course", "3", check=False)
        self.assertEqual(1, r.returncode)
        self.assertIn("give a new one", r.stderr)
        self.assertEqual(0, self.count("lms_credential", "course = '3'"))
        r = self.give("nonsense", "--deployment", "no such", check=False)
        self.assertIn("no such deployment", r.stderr)

    def test_needs_without_a_token(self):
        """For whoever sets up Moodle, before anything else is there."""
        rows = self.stack.json("platform", "moodle", "--needs")
        by_name = {r["function"]: r for r in rows}
        add = by_name["core_group_add_group_members"]
        self.assertEqual((True, "moodle/course:managegroups"), (add["writes"], add["permission"]))
        for row in rows:
            self.assertTrue(row["why"] and not row["why"].startswith("access."), row)
            self.assertNotIn("allowed", row)
        text = subprocess.run([self.stack.waymark_bin, "platform", "moodle", "--needs"],
                              text=True, check=True, stdout=subprocess.PIPE).stdout
        self.assertIn("report/progress:view", text)
        kept = self.stack.json("platform", "moodle", str(self.stack.registration), "--needs")
        self.assertTrue(all(r["allowed"] for r in kept
                            if r["function"] == "core_course_get_contents"))

    # -- the page ---------------------------------------------------------------------------------

    def page(self):
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        for path in ("/sources", "/access"):
            link = re.search(r'href="([^"]*%s\?[^"]*)"' % path, page.text).group(1)
            page = browser.get(urllib.parse.urljoin(page.url, html.unescape(link)))
        return page

    def test_page(self):
        self.ws.withheld.add("core_course_get_updates_since")
        self.again()
        self.sync()
        seen = self.page()
        words = seen.visible()
        self.assertEqual(200, seen.status)
        self.assertIn("core_course_get_contents", words)
        self.assertIn("moodle/grade:viewall", words)
        self.assertIn("not allowed", words)
        self.assertIn("A token for the whole site", words)
        self.assertNotIn("its user may not", words)
        self.assertNotIn(self.world.ws_token, seen.text)
        self.ws.withheld.clear()
        self.again()

    def test_page_is_for_staff(self):
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, ANA, browser=browser)
        self.assertIn("/panel", page.url)
        self.assertEqual(403, browser.get(page.url.replace("/panel", "/access")).status)


class OnSqlite(Moodle, Case):
    pass


class OnPostgres(Moodle, Case):
    database = "postgresql"


class Zero(Case):
    """Moodle's AGS leaves out resultScore where the grade is 0: the grade book says 0."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = cls.platform.world
        cls.world.zero_without_score = True
        course = cls.world.courses[3]
        link = cls.world.link_of(course)
        cls.item = cls.world.add_line_item(3, "Practice", 10, {ANA: 0, BO: 7},
                                           resourceLinkId=str(link))
        cls.world.links[link]["item"] = cls.item
        module = next(m for m in course.modules()
                      if m["modname"] == "lti" and m["instance"] == link)
        cls.cmid = module["id"]
        now = int(cls.world.now()) - DAY
        course.grade_items.append({
            "id": 777, "itemname": "My skills", "itemtype": "mod", "itemmodule": "lti",
            "iteminstance": link, "itemnumber": 0, "cmid": cls.cmid, "grademin": 0,
            "grademax": 10, "gradeishidden": False})
        course.grades[ANA, 777] = [0, now, now]
        course.grades[BO, 777] = [7, now, now]
        demo_course.prepare(cls.stack, cls.platform)

    def test_zero_is_resolved_by_the_grade_book(self):
        links = self.sql("SELECT ags_lineitem_url FROM link")
        self.assertTrue(links and links[0][0], links)
        ana = self.sql("SELECT v.source_kind, v.score FROM evidence v JOIN person p ON "
                       "p.tenant_id = v.tenant_id AND p.person_id = v.person_id WHERE "
                       "p.sub = '%d' AND (v.source_key = 'cm:%d' OR v.source_kind = 'ags')"
                       % (ANA, self.cmid))
        self.assertEqual([("moodle-ws", 0.0)], [(k, float(s)) for k, s in ana if s is not None])
        nobody = self.sql("SELECT count(*) FROM evidence v JOIN person p ON p.tenant_id = "
                          "v.tenant_id AND p.person_id = v.person_id WHERE p.sub = '38' AND "
                          "v.source_key = 'cm:%d'" % self.cmid)
        self.assertEqual(0, int(nobody[0][0]))  # no grade is no zero
