"""Dead ends and questions to the map, through nginx and the job workers: what a teacher is told,
and what their answer does."""
import html
import json
import os
import re
import tempfile
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course, stack


class ProofCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo_course.prepare(cls.stack, cls.platform)
        cls.course = str(cls.stack.course()["course"])

    def open(self, words):
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER,
                                  browser=browser)
        found = re.search(r'<a class="[^"]*" href="([^"]+)"[^>]*>(?:<bdi>)?%s' % words, page.text)
        self.assertTrue(found, page.visible()[:600])
        return browser, browser.get(self.stack.url + found.group(1).replace("&amp;", "&"))

    def proved(self):
        busy = "kind = 'prove.course' AND (state = 'running' OR state = 'ready')"
        stack.wait_for(lambda: self.count("job", busy) == 0, 60, why="the proof is there")

    def document(self):
        return json.loads(self.stack.run("map", "export", "--course", self.course).stdout)

    def import_map(self, document, *more):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "map.json")
            with open(path, "w", encoding="utf-8") as f:
                json.dump(document, f)
            return self.stack.run("map", "import", path, "--course", self.course, *more,
                                  check=False)


class ProofPages(ProofCase):
    def test_a_sound_map_says_so(self):
        self.proved()
        _, page = self.open("Activities and skills")
        self.assertIn("Can every target be reached?", page.visible())
        self.assertIn("every target stays within reach", page.visible())

    def test_a_dead_end_is_refused_and_told(self):
        document = self.document()
        document["unlock"] = [{"rule": "spring", "activity": "*", "until": "2020-06-30"}]
        out = self.import_map(document)
        self.assertEqual(1, out.returncode, out.stdout + out.stderr)
        self.assertIn("dead end", out.stderr)
        before = self.count("map_version")
        out = self.import_map(document, "--even-so", "I open it by hand.")
        self.assertEqual(0, out.returncode, out.stderr)
        self.assertEqual(before + 1, self.count("map_version"))
        self.assertEqual(1, self.count("map_even_so", "why = 'I open it by hand.'"))
        _, page = self.open("Activities and skills")
        self.assertIn("A student can get into a dead end like this", page.visible())
        self.assertIn("I open it by hand.", page.visible())
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        self.assertIn("A student can get into a dead end like this", page.visible())
        del document["unlock"]
        self.assertEqual(0, self.import_map(document).returncode)
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        self.assertNotIn("dead end", page.visible())

    def test_a_teacher_who_says_why_gets_past_a_dead_end(self):
        document = self.document()
        document["unlock"] = [{"rule": "spring", "activity": "*", "until": "2020-06-30"}]
        browser, page = self.open("Activities and skills")
        page = browser.get(self.stack.url + re.search(
            r'<a[^>]* href="([^"]*/start[^"]*)"', page.text).group(1).replace("&amp;", "&"))
        form = next(f for f in page.forms() if f["fields"].get("do") == "upload")
        form["fields"]["document"] = json.dumps(document)
        before = self.count("map_version")
        page = browser.submit(form)
        self.assertEqual(400, page.status, page.visible()[:300])
        self.assertIn("This map has a dead end", page.visible())
        self.assertEqual(before, self.count("map_version"))
        form = next(f for f in page.forms() if "even_so" in f["fields"])
        kept = re.search(r'name="document" hidden>([^<]*)</textarea>', page.text).group(1)
        form["fields"].update(even_so="I open it myself.", document=html.unescape(kept))
        page = browser.follow(browser.submit(form))
        self.assertEqual(200, page.status, page.visible()[:300])
        self.assertEqual(before + 1, self.count("map_version"))
        self.assertEqual(1, self.count("map_even_so", "why = 'I open it myself.'"))
        del document["unlock"]
        self.assertEqual(0, self.import_map(document).returncode)

    def test_a_question_is_answered(self):
        document = self.document()
        skill = next(s for s in document["skills"] if s["hard"])
        self.sql("INSERT INTO map_question SELECT tenant_id, course_id, 'drop', '%s', '%s', 118, "
                 "52, 41, 43.0, 0.74, 1.2, 0.74, 'open', 0, 0, 0, 9999999999999 FROM course WHERE "
                 "course_id = %s" % (skill["hard"][0], skill["code"], self.course))
        browser, page = self.open("Activities and skills")
        self.assertIn("41 of 52 students showed", page.visible())
        form = next(f for f in page.forms() if "from" in f["fields"])
        form["fields"]["answer"] = "soft"
        page = browser.follow(browser.submit(form))
        self.assertEqual(200, page.status, page.visible()[:300])
        self.assertNotIn("41 of 52", page.visible())
        now = next(s for s in self.document()["skills"] if s["code"] == skill["code"])
        self.assertNotIn(skill["hard"][0], now["hard"])
        self.assertIn(skill["hard"][0], now["soft"])
        self.assertEqual(1, self.count("map_question", "state = 'accepted'"))

    def test_the_command_says_what_can_be_known(self):
        out = self.stack.run("map", "questions", "--course", self.course).stdout
        self.assertIn("people in 1 course", out)
        json.loads(self.stack.run("map", "questions", "--course", self.course, "--json").stdout)


if __name__ == "__main__":
    unittest.main()
