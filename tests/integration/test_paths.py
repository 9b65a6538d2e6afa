"""Paths, versions and the coverage floor on the pages, through nginx and the job workers."""
import json
import os
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course, stack


class PathCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(demo_course.MAP, encoding="utf-8") as f:
            cls.map = json.load(f)
        cls.map.pop("targets")
        first, last = cls.map["skills"][0]["code"], cls.map["skills"][-1]["code"]
        cls.map["levels"] = [{"code": "begun", "title": "Begun", "p": 0.05}]
        cls.map["paths"] = [
            {"code": "course", "title": "The whole course", "goals": [last, first]},
            {"code": "trade", "title": "A trade", "kind": "career",
             "goals": [{"skill": first, "level": "begun"}]}]
        path = cls.file("paths.json", cls.map)
        demo_course.prepare(cls.stack, cls.platform, map_file=path)
        cls.course = str(cls.stack.course()["course"])

    @classmethod
    def file(cls, name, document):
        path = os.path.join(cls.stack.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(document, f)
        return path

    def launch(self, user, browser):
        return demo_course.launch(self.platform, self.stack, user, browser=browser)

    def to(self, page, browser, path):
        """Where the link of a page leads whose address has `path` in it."""
        link = next(x for x in page.text.split('"') if path + "?" in x).replace("&amp;", "&")
        return browser.get(link if "://" in link else self.stack.url + link)

    @staticmethod
    def form(page, **fields):
        return next(f for f in page.forms()
                    if all(f["fields"].get(k) == v for k, v in fields.items()))

    def choose(self, page, browser, path):
        form = dict(self.form(page, kind="path"))
        form["fields"] = {**form["fields"], "subject": path}
        return browser.follow(browser.submit(form))

    def worked_out(self):
        """Until nobody waits to be worked out."""
        stack.wait_for(lambda: self.count("job", "state IN ('ready', 'running') AND kind LIKE "
                                          "'recompute%'") == 0, 90, every=0.1,
                       why="everybody to be worked out")

    def test_a_student_and_a_teacher_choose_a_path(self):
        student, teacher = Browser(), Browser()
        page = self.to(self.launch(demo_course.STUDENT, student), student, "/choices")
        self.assertIn("On the way to: The whole course", page.visible())
        page = self.choose(page, student, "trade")
        self.assertIn("On the way to: A trade", page.visible())
        self.worked_out()
        page = self.to(self.launch(demo_course.STUDENT, student), student, "/choices")
        self.assertIn("Everything on this way is there", page.visible())
        person = self.sql("SELECT person_id FROM decision WHERE kind = 'path'")[0][0]
        page = self.launch(demo_course.TEACHER, teacher)
        query = page.url.split("?", 1)[1]
        page = teacher.get("%s/person?%s&person=%s" % (self.stack.url, query, person))
        self.assertIn("On the way to: A trade", page.visible())
        self.assertIn("Chose a path", page.visible())
        page = self.choose(page, teacher, "course")
        self.assertIn("/person", page.url)
        self.assertIn("On the way to: The whole course", page.visible())
        self.assertEqual(2, len(self.sql("SELECT 1 FROM decision WHERE kind = 'path'")))
        answer = self.choose(page, teacher, "no-such-path")
        self.assertEqual(404, answer.status)

    def test_the_floor_and_what_a_version_changed(self):
        teacher = Browser()
        changed = json.loads(json.dumps(self.map))
        changed["skills"].append({"code": "EXTRA", "title": "Something extra", "unit": "More"})
        path = self.file("more.json", changed)
        r = self.stack.run("map", "import", path, "--course", self.course, check=False)
        self.assertEqual(1, r.returncode)
        self.stack.run("map", "import", path, "--course", self.course, "--uncovered",
                       "It is taught on paper.")
        page = self.to(self.launch(demo_course.TEACHER, teacher), teacher, "/map")
        self.assertIn("New: Something extra (More)", page.visible())
        self.assertIn("because: It is taught on paper.", page.visible())
        form = dict(next(f for f in page.forms() if "floor" in f["fields"]))
        form["fields"] = {**form["fields"], "floor": "100"}
        page = teacher.follow(teacher.submit(form))
        self.assertIn("Nothing is recommended yet", page.visible())
        self.worked_out()
        page = self.launch(41, Browser())
        self.assertIn("Next steps will be here once your teacher has tied more", page.visible())
        form["fields"]["floor"] = "0"
        page = teacher.follow(teacher.submit(form))
        self.assertNotIn("Nothing is recommended yet", page.visible())
        self.worked_out()
        page = self.launch(41, Browser())
        self.assertNotIn("Next steps will be here once", page.visible())

    def test_a_map_that_leaves_skills_uncovered_asks_why(self):
        teacher = Browser()
        page = self.launch(demo_course.TEACHER, teacher)
        page = self.to(page, teacher, "/start")
        page = teacher.follow(teacher.submit(self.form(page, map="early-reading")))
        self.assertIn("can be shown by nothing in the course", page.visible())
        form = dict(next(f for f in page.forms() if "uncovered" in f["fields"]))
        self.assertEqual([("algebra-1",)], self.sql(
            "SELECT m.map_code FROM course c JOIN map_version m ON m.map_id = c.map_id"))
        form["fields"] = {**form["fields"], "uncovered": "We begin with reading."}
        teacher.follow(teacher.submit(form))
        self.assertEqual([("early-reading", "We begin with reading.")], self.sql(
            "SELECT m.map_code, m.uncovered FROM course c JOIN map_version m"
            " ON m.map_id = c.map_id"))
        self.stack.run("map", "import", self.file("back.json", self.map), "--course",
                       self.course)


if __name__ == "__main__":
    unittest.main()
