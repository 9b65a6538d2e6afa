"""`waymark experiment` and `waymark exposures`, and what a student sees of a trial."""
import html
import json
import os
import re
import tempfile
import unittest
import urllib.parse

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course, stack as stack_module

EXAMPLE = os.path.join(stack_module.ROOT, "config/experiments/variety-first.json")


class Experiment:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = str(demo_course.prepare(cls.stack, cls.platform)["course"])

    def refused(self, status, words, *args):
        answer = self.stack.run("experiment", *args, check=False)
        self.assertEqual(status, answer.returncode, answer.stdout + answer.stderr)
        self.assertIn(words, answer.stderr)

    def plan(self, **more):
        with open(EXAMPLE, encoding="utf-8") as f:
            doc = json.load(f)
        doc.update(more)
        f = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False, encoding="utf-8")
        self.addCleanup(os.unlink, f.name)
        with f:
            json.dump(doc, f)
        return f.name

    def test_the_example_says_how_many_it_takes(self):
        said = self.stack.run("experiment", "plan", EXAMPLE).stdout
        self.assertIn("at alpha 0.05", said)
        need = self.stack.json("experiment", "plan", EXAMPLE, "--course", self.number)
        self.assertGreater(need["needed"], need["there"])
        self.assertLess(need["power"], 0.8)
        self.assertIn("NOT ENOUGH", self.stack.run("experiment", "plan", EXAMPLE, "--course",
                                                   self.number).stdout)

    def test_wrong_usage_is_said(self):
        self.refused(2, "usage", "frobnicate")
        self.refused(2, "which file", "plan")
        self.refused(2, "--by", "approve", "12")
        self.refused(2, "--course", "register", EXAMPLE, "--by", "Ada")
        self.refused(1, "no experiment", "approve", "12", "--by", "Ada")
        self.refused(1, "there is no course", "plan", EXAMPLE, "--course", "999")
        self.refused(2, "power", "plan", self.plan(power=0.3))

    def register(self, **more):
        return str(self.stack.json("experiment", "register", self.plan(**more), "--course",
                                   self.number, "--by", "Ada")["id"])

    def test_too_few_students_do_not_start(self):
        one = self.register(code="weak")
        self.refused(1, "somebody else", "approve", one, "--by", "Ada")
        self.refused(1, "not approved", "start", one, "--by", "Ada")
        self.stack.run("experiment", "approve", one, "--by", "Ben")
        self.refused(1, "are needed", "start", one, "--by", "Ada")
        self.assertEqual("approved", self.stack.json("experiment", "show", one)["state"])
        self.assertEqual(0, self.count("experiment_unit", "experiment_id = " + one))

    def test_from_start_to_end(self):
        one = self.register(code="strong", effect=0.3)
        self.stack.run("experiment", "approve", one, "--by", "Ben")
        self.assertIn("It runs", self.stack.run("experiment", "start", one, "--by",
                                                "Ada").stdout)
        self.refused(1, "the next look is planned", "look", one, "--by", "Ada")
        shown = self.stack.json("experiment", "show", one)
        self.assertEqual(("running", "Ben", "Ada"), (shown["state"], shown["approved_by"],
                                                     shown["started_by"]))
        self.assertEqual(["too_little"] * 2, [v["word"] for v in shown["values"]])
        # a student reads of it, leaves, and comes back
        page = self.choices()
        self.assertIn("Do students hold more skills", page.visible())
        self.assertIn("You take part", page.visible())
        page = self.browser.submit(self.form(page, "experiment_out"))
        page = self.follow(page)
        self.assertIn("You do not take part", page.visible())
        self.assertEqual(1, self.count("decision", "kind = 'experiment_out'"))
        page = self.follow(self.browser.submit(self.form(page, "experiment_in")))
        self.assertIn("You take part", page.visible())
        self.stack.run("experiment", "stop", one, "--by", "Ada", "--why", "enough seen")
        self.assertNotIn("A trial in this course", self.choices().visible())
        listed = {x["code"]: x["state"] for x in self.stack.json("experiment", "list")}
        self.assertEqual("ended", listed["strong"])
        self.stack.run("replay", "--verify")

    def follow(self, page):
        while page.status in (301, 302, 303):
            page = self.browser.get(page.location)
        return page

    @staticmethod
    def form(page, kind):
        return next(f for f in page.forms() if f["fields"].get("kind") == kind)

    def choices(self):
        self.browser = Browser(resolve={"lms.localhost": "127.0.0.1",
                                        "tool.localhost": "127.0.0.1"})
        panel = demo_course.launch(self.platform, self.stack, 36, browser=self.browser)
        self.assertEqual(200, panel.status)
        link = re.search(r'href="([^"]*/choices[^"]*)"', panel.text).group(1)
        return self.follow(self.browser.get(urllib.parse.urljoin(panel.url,
                                                                 html.unescape(link))))

    def test_a_student_may_rather_do_something_else(self):
        page = self.choices()
        form = next(f for f in page.forms() if f["fields"].get("kind") == "swap")
        page = self.follow(self.browser.submit(form))
        self.assertEqual(200, page.status)
        self.assertEqual(1, self.count("decision", "kind = 'swap' AND subject = '%s'"
                                       % form["fields"]["subject"]))

    def test_what_was_shown_closes(self):
        demo_course.launch(self.platform, self.stack, 36)
        nine_days = 9 * 86400 * 1000 + 60000
        self.sql("UPDATE exposure SET at_ms = at_ms - %d" % nine_days)
        said = self.stack.run("exposures", "--course", self.number, "--close").stdout
        self.assertRegex(said, r"(?m)^all +[1-9]")
        told = self.stack.json("exposures", "--course", self.number)
        self.assertEqual(told["all"]["n"], len(told["offers"]))
        self.assertEqual(told["all"]["n"],
                         sum(told["all"][k] for k in ("taken", "swapped", "ignored")))
        self.assertTrue(all(o["propensity"] > 0 and o["reason"] for o in told["offers"]))
        teacher = demo_course.launch(self.platform, self.stack, 66).visible()
        self.assertIn("What became of the next steps", teacher)


class OnSqlite(Experiment, Case):
    database = "sqlite"


class OnPostgres(Experiment, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
