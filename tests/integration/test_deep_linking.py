"""Deep Linking through nginx, from the LMS's page to the links that it makes: DL-1 to DL-9,
I73 to I75, I99 to I101, V20, V22. The stand-in takes answers strictly (deep_link.py); the
signature is checked by jwcrypto with the tool's published keys."""
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import GONE, INSTRUCTOR, LEARNER, MEMBERSHIP
from tests.platform.keys import part
from tests.platform.oidc import DL, L
from tests.support import demo_course

SETTINGS = DL + "deep_linking_settings"
TEACHER, STUDENT = 66, 36


class Choosing:
    """What a person does with the picker. cookies: does the browser keep any?"""
    cookies = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.launch(cls.platform, cls.stack, TEACHER)
        cls.course_id = str(cls.stack.course()["course"])
        cls.stack.run("map", "import", demo_course.MAP, "--course", cls.course_id)

    def tearDown(self):
        self.platform.world.deep_link = {}

    # -- walking ----------------------------------------------------------------------------

    def walk(self, user=TEACHER, browser=None, **query):
        """From a link in the LMS to the tool's page."""
        browser = browser or Browser(cookies=self.cookies)
        query = "&".join("%s=%s" % p for p in {"course": 3, "user": user, **query}.items())
        page = browser.get("%s/mod/lti/launch.php?%s" % (self.platform.base, query))
        ours = ("/lti/login", "/lti/launch", "/lti/continue")
        for _ in range(9):
            forms = [f for f in page.forms() if f["action"].endswith(ours)]
            if page.status in (301, 302, 303):
                page = browser.get(page.location)
            elif page.status == 200 and forms:
                page = browser.submit(forms[0])
            else:
                break
        return browser, page

    def picker(self, user=TEACHER, **settings):
        self.platform.world.deep_link = settings
        return self.walk(user, message="dl")

    def send(self, browser, page, *items, do="add", **more):
        """Tick items and press a button: the page that comes."""
        form = next(f for f in page.forms() if f["action"].endswith("/pick"))
        fields = [(k, v) for k, v in form["fields"].items() if k not in ("item", "do", "column")]
        fields = [(k, more.pop(k, v)) for k, v in fields]
        fields += [("item", i) for i in items] + list(more.items()) + [("do", do)]
        return browser.post(form["action"], fields, headers={"Origin": self.stack.url})

    def answer(self, browser, page):
        """Carry the tool's message to the LMS: what the stand-in noted about it."""
        self.assertEqual(200, page.status, page.visible()[:300])
        form = page.forms()[0]
        self.assertEqual((["JWT"], "POST"), (list(form["fields"]), form["method"]))
        self.assertEqual(1, len(page.forms()))
        self.assertIn(form["action"], self.platform.world.selections)
        policy = page.header("Content-Security-Policy")
        self.assertIn("form-action https:", policy)
        self.assertEqual("0", form["attrs"].get("data-again"))  # by itself; or by its button
        taken = browser.submit(form)
        noted = self.platform.deep_link.answers[-1]
        self.assertEqual([], noted["problems"])
        self.assertEqual(200, taken.status)
        return noted

    def items(self, noted):
        return noted["claims"][DL + "content_items"]

    def unit(self, page, view="unit"):
        """The first unit's key on the picker."""
        keys = [k[6:] for f in page.forms() for k in f["fields"]
                if k.startswith("title.%s/" % view)]
        return keys[0]

    # -- what is chosen becomes links --------------------------------------------------------

    def test_DL_3_DL_5_panel_and_gate_become_links_that_launch(self):
        browser, page = self.picker()
        self.assertEqual(200, page.status, page.visible()[:300])
        self.assertIn("form-action 'self'", page.header("Content-Security-Policy"))
        unit, gate = self.unit(page), self.unit(page, "gate")
        done = self.send(browser, page, "panel", unit, gate, column="1",
                         **{"title.panel": "Where I <stand> & \"next\""})
        noted = self.answer(browser, done)
        panel, one, lock = self.items(noted)
        self.assertEqual("Where I <stand> & \"next\"", panel["title"])
        self.assertEqual(("panel", "unit", "gate"),
                         tuple(i["custom"]["waymark_view"] for i in (panel, one, lock)))
        self.assertEqual(unit, "unit/" + one["custom"]["waymark_unit"])
        course = self.platform.world.context_id(self.platform.world.courses[3])
        self.assertEqual(course, one["custom"]["waymark_course"])
        self.assertEqual({"scoreMaximum": 100, "label": panel["title"], "tag": "mastery",
                          "resourceId": "waymark-mastery"}, panel["lineItem"])
        self.assertNotIn("lineItem", one)
        self.assertEqual("waymark-gate-" + lock["custom"]["waymark_unit"],
                         lock["lineItem"]["resourceId"])
        self.assertIn("links were added", noted["claims"][DL + "msg"])
        for item, number in zip((panel, one, lock), noted["added"]):
            for user in (STUDENT, TEACHER):
                _, page = self.walk(user, link=number)
                self.assertEqual(200, page.status, page.visible()[:300])
            shown = self.sql("SELECT shows FROM session ORDER BY created_ms DESC LIMIT 1")[0][0]
            view = item["custom"]["waymark_view"]
            self.assertEqual("" if view == "panel" else
                             view + "/" + item["custom"]["waymark_unit"], shown)

    def test_DL_3_cancel_tells_the_lms(self):
        for data in ({}, {"data": ""}, {"data": "a\"b<\u00e9>\\u0000 %41+&"}):
            browser, page = self.picker(**data)
            noted = self.answer(browser, self.send(browser, page, do="cancel"))
            self.assertEqual([], self.items(noted))
            self.assertEqual([], noted["added"])
            self.assertNotIn(DL + "errormsg", noted["claims"])
            if data or self.manner == "moodle":
                self.assertEqual(data.get("data"), noted["claims"].get(DL + "data"))

    def test_I101_data_cannot_be_changed_by_the_browser(self):
        browser, page = self.picker(data="secret-of-the-lms")
        self.assertNotIn("secret-of-the-lms", page.text)
        form = next(f for f in page.forms() if f["action"].endswith("/pick"))
        self.assertFalse({"data", "return_url", "deployment_id"} & set(form["fields"]))
        done = self.send(browser, page, "panel", data="forged", return_url="https://evil.test/",
                         deployment_id="9", aud="x")
        noted = self.answer(browser, done)
        self.assertEqual("secret-of-the-lms", noted["claims"][DL + "data"])

    def test_DL_4_what_is_not_accepted_is_not_sent(self):
        browser, page = self.picker(accept_lineitem=False)
        self.assertFalse([k for f in page.forms() for k in f["fields"]
                          if k.startswith("title.gate/")])
        refused = self.send(browser, page, "gate/" + self.unit(page)[5:])
        self.assertEqual(400, refused.status)
        noted = self.answer(browser, self.send(browser, refused, "panel", column="1"))
        self.assertNotIn("lineItem", self.items(noted)[0])
        for types in ([], ["link"], ["html", "odd-type", "https://x.test/type"]):
            browser, page = self.picker(accept_types=types)
            self.assertEqual(200, page.status)
            self.assertIn("nothing to add here", page.visible())
            forced = self.send(browser, page, "panel")
            self.assertIn("nothing to add here", forced.visible())
            noted = self.answer(browser, self.send(browser, page, do="cancel"))
            self.assertEqual([], self.items(noted))
            self.assertIn("nothing to add", noted["claims"][DL + "errormsg"])

    def test_DL_8_dates_only_where_they_were_set(self):
        browser, page = self.picker()
        done = self.send(browser, page, "panel", due="2026-12-01T08:30", zone="+05:30",
                         until="2026-12-24T00:00", **{"from": "2026-11-24T07:00"})
        item = self.items(self.answer(browser, done))[0]
        self.assertEqual({"startDateTime": "2026-11-24T07:00:00+05:30",
                          "endDateTime": "2026-12-24T00:00:00+05:30"}, item["available"])
        self.assertEqual({"endDateTime": "2026-12-01T08:30:00+05:30"}, item["submission"])
        self.assertEqual("$ResourceLink.submission.endDateTime", item["custom"]["waymark_due"])
        browser, page = self.picker()
        wrong = self.send(browser, page, "panel", due="tomorrow")
        self.assertEqual(400, wrong.status)
        self.assertIn("cannot be read", wrong.visible())
        item = self.items(self.answer(browser, self.send(browser, wrong, "panel", due="")))[0]
        self.assertFalse({"available", "submission"} & set(item))

    def test_DL_6_DL_9_size_and_signature(self):
        browser, page = self.picker()
        keys = [k[6:] for f in page.forms() for k in f["fields"] if k.startswith("title.")]
        more = {"title." + k: "\u00e4" * 300 for k in keys}
        done = self.send(browser, page, *keys, **more)
        token = done.forms()[0]["fields"]["JWT"]
        self.assertLess(len(token), 65536)
        self.assertEqual({"alg": "RS256", "typ": "JWT"},
                         {k: v for k, v in part(token, 0).items() if k != "kid"})
        noted = self.answer(browser, done)
        self.assertEqual(len(keys), len(self.items(noted)))
        self.assertTrue(all(type(i["lineItem"]["scoreMaximum"]) is int
                            for i in self.items(noted) if "lineItem" in i))

    # -- who may, and how often ----------------------------------------------------------------

    def test_I75_a_learner_gets_a_way_back_and_nothing_else(self):
        browser, page = self.picker(STUDENT)
        self.assertEqual(403, page.status)
        self.assertIn("nothing that you need to do", page.visible())
        self.assertFalse([k for f in page.forms() for k in f["fields"] if k == "item"])
        forced = self.send(browser, page, "panel")
        self.assertEqual(403, forced.status)
        self.assertNotIn('name="JWT"', forced.text)
        noted = self.answer(browser, self.send(browser, page, do="cancel"))
        self.assertEqual([], self.items(noted))
        self.assertIn("for its teachers", noted["claims"][DL + "errormsg"])

    def test_I99_several_where_one_is_accepted(self):
        for setting in ({"accept_multiple": False}, {"accept_multiple": None}):
            browser, page = self.picker(**setting)
            self.assertIn('type="radio"', page.text)
            refused = self.send(browser, page, "panel", self.unit(page))
            self.assertEqual(400, refused.status)
            self.assertNotIn('name="JWT"', refused.text)
            self.assertIn("Only one", refused.visible())
            noted = self.answer(browser, self.send(browser, refused, self.unit(page)))
            self.assertEqual(1, len(self.items(noted)))

    def test_I100_answered_twice_or_too_late(self):
        browser, page = self.picker()
        first = self.answer(browser, self.send(browser, page, "panel"))
        second = self.send(browser, page, "panel")
        self.assertEqual(409, second.status)
        self.assertNotIn('name="JWT"', second.text)
        self.assertIn("closed", second.visible())
        noted = self.answer(browser, self.send(browser, second, do="cancel"))
        self.assertEqual([], self.items(noted))
        self.assertNotEqual(first["claims"]["nonce"], noted["claims"]["nonce"])
        browser, page = self.picker()
        self.sql("UPDATE deep_link SET expires_ms = 1 WHERE answers = 0")
        late = self.send(browser, page, "panel")
        self.assertEqual(409, late.status)
        noted = self.answer(browser, self.send(browser, late, do="cancel"))
        self.assertEqual([], self.items(noted))

    def test_the_form_needs_its_token_and_its_session(self):
        browser, page = self.picker()
        for changes in ({"csrf": "x"}, {"csrf": ""}):
            answer = self.send(browser, page, "panel", **changes)
            self.assertEqual(403, answer.status)
            self.assertNotIn('name="JWT"', answer.text)
        form = next(f for f in page.forms() if f["action"].endswith("/pick"))
        stranger = Browser().post(form["action"], {**form["fields"], "s": "", "item": "panel",
                                                   "do": "add"})
        self.assertEqual(403, stranger.status)
        # A session of a resource link has nothing to choose, and a choice is no course page.
        browser, page = self.walk(TEACHER)
        mine = [f for f in page.forms() if "csrf" in f["fields"]][0]["fields"]
        answer = browser.post(self.stack.url + "/pick", {
            **{k: v for k, v in mine.items() if k in ("l", "csrf", "s")}, "item": "panel",
            "do": "add"}, headers={"Origin": self.stack.url})
        self.assertEqual(404, answer.status)

    def test_nothing_chosen_and_things_that_are_not_there(self):
        browser, page = self.picker()
        for items in ((), ("unit/none",), ("panel", "gate/<script>"), ("other",)):
            answer = self.send(browser, page, *items)
            self.assertEqual(400, answer.status)
            self.assertNotIn("<script>", answer.text)
            self.assertNotIn('name="JWT"', answer.text)
        self.answer(browser, self.send(browser, page, "panel"))


class Messages:
    """Requests of every form, signed here."""

    def request(self, settings=None, browser=None, **changes):
        tool = next(iter(self.platform.world.tools.values()))
        course = self.platform.world.courses[3]
        s = self.platform.deep_link.settings(tool, course, course.people[TEACHER])
        s.update(settings or {})
        s = {k: v for k, v in s.items() if v is not GONE}
        browser = browser or Browser()
        changes = {"roles": [INSTRUCTOR], "resource_link": GONE,
                   "message_type": "LtiDeepLinkingRequest", SETTINGS: s, **changes}
        return browser, browser.follow(self.launcher.attempt(browser=browser, **changes))

    def test_DL_1_who_may_choose(self):
        for roles in ([INSTRUCTOR], [MEMBERSHIP + "Administrator"],
                      [MEMBERSHIP + "ContentDeveloper"],
                      [LEARNER, MEMBERSHIP + "ContentDeveloper"]):
            _, page = self.request(roles=roles, sub="who-" + str(len(str(roles))))
            self.assertEqual(200, page.status, roles)
        for roles in ([], [LEARNER], ["urn:odd"], [MEMBERSHIP + "Mentor"],
                      [MEMBERSHIP + "Instructor/"]):
            _, page = self.request(roles=roles, sub="other-" + str(len(str(roles))))
            self.assertEqual(403, page.status, roles)

    def test_DL_1_V22_nobody_in_particular(self):
        people = self.count("person")
        browser, page = self.request(sub=GONE, roles=GONE, name=GONE, given_name=GONE,
                                     family_name=GONE, email=GONE)
        self.assertEqual(200, page.status, page.visible()[:300])
        self.assertEqual(people, self.count("person"))
        handle = page.url.split("l=")[1]
        for path in ("/course", "/person", "/start", "/panel", "/stored", "/choices"):
            self.assertEqual(403, browser.get("%s%s?l=%s" % (self.stack.url, path,
                                                             handle)).status)
        form = page.forms()[0]
        done = browser.submit(form, item="panel", do="add")
        self.assertEqual(200, browser.submit(done.forms()[0]).status)
        self.assertEqual([], self.platform.deep_link.answers[-1]["problems"])

    def test_V22_no_context(self):
        browser, page = self.request(context=GONE, sub=GONE, roles=GONE)
        self.assertEqual(200, page.status, page.visible()[:300])
        done = browser.submit(page.forms()[0], item="panel", do="add")
        self.assertEqual(200, browser.submit(done.forms()[0]).status)
        item = self.platform.deep_link.answers[-1]["claims"][DL + "content_items"][0]
        self.assertNotIn("waymark_course", item["custom"])

    def test_V22_odd_settings(self):
        for settings, several in (({"accept_multiple": "true", "accept_types": ["odd",
                                                                                "ltiResourceLink"],
                                    "accept_media_types": "*/*", "data": ""}, True),
                                  ({"accept_multiple": "false"}, False),
                                  ({"accept_multiple": GONE, "data": GONE}, False),
                                  ({"accept_presentation_document_targets": GONE}, True),
                                  ({"accept_media_types": ["image/*"], "title": None}, True)):
            _, page = self.request(settings)
            self.assertEqual(200, page.status, settings)
            self.assertEqual(several, 'type="checkbox" name="item"' in page.text)

    def test_DL_2_the_choice_outlives_short_sessions(self):
        self.request()
        left = self.sql("SELECT expires_ms - created_ms FROM session "
                        "ORDER BY created_ms DESC LIMIT 1")[0][0]
        self.assertGreaterEqual(int(left), 2 * 3600 * 1000)
        row = self.sql("SELECT max(d.expires_ms - s.created_ms) FROM deep_link d JOIN session s "
                       "ON s.session_hash = d.session_hash")[0][0]
        self.assertGreaterEqual(int(row), 2 * 3600 * 1000)

    def test_the_return_address_is_used_byte_for_byte(self):
        base = self.platform.base
        for url in (base + "/r?a=1&amp;b=%20%C3%A9&c='\"".replace("\"", "%22"),
                    base + "/r?x=a+b&y=&&z", base + "/R%2f/../r?;=;"):
            browser, page = self.request({"deep_link_return_url": url})
            done = browser.submit(page.forms()[0], do="cancel")
            self.assertEqual(url, done.forms()[0]["attrs"]["action"])

    def test_V20_a_course_without_a_map(self):
        context = {"id": "fresh-course", "title": "Fresh"}
        browser, page = self.request(context=context)
        self.assertIn("no skill map yet", page.visible())
        handle = page.url.split("l=")[1]
        start = browser.get("%s/start?l=%s" % (self.stack.url, handle))
        form = next(f for f in start.forms() if f["fields"].get("do") == "use")
        chosen = browser.follow(browser.submit(form))
        self.assertIn("/pick", chosen.url)  # and on with the choice
        self.assertIn('name="title.unit/', chosen.text)
        gate = self.opens(context={"id": "bare", "title": "Bare"}, resource_link={"id": "g"},
                          custom={"waymark_view": "gate", "waymark_unit": "none"})
        self.assertIn("still setting up", gate.visible())

    def test_I74_by_type_not_by_address(self):
        _, page = self.request(target_link_uri=self.stack.url + "/panel")
        self.assertIn("/pick", page.url)
        _, page = self.request(resource_link={"id": "ignored"})
        self.assertIn("/pick", page.url)
        self.assertEqual(0, self.count("link", "resource_link_id = 'ignored'"))


class MoodleOnSqlite(Choosing, Messages, Case):
    pass


class MoodleWithoutCookies(Choosing, Case):
    cookies = False


class CanvasOnPostgres(Choosing, Case):
    database = "postgresql"
    manner = "canvas"

    def picker(self, user=TEACHER, **settings):
        """Canvas takes one unless asked otherwise."""
        return super().picker(user, **{"accept_multiple": True, **settings})


class ShortSessions(Case):
    conf = {"session_s": "600", "pick_without_roles": "no"}
    request = Messages.request

    def test_DL_1_who_is_told_no_roles_may_be_refused(self):
        self.assertEqual(403, self.request(sub=GONE, roles=GONE)[1].status)
        self.assertEqual(200, self.request()[1].status)

    test_DL_2 = Messages.test_DL_2_the_choice_outlives_short_sessions


if __name__ == "__main__":
    unittest.main()
