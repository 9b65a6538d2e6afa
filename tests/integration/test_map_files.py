"""Skill maps as files: tables in and out, CASE out, what a version changes, what it leaves
uncovered, and the coverage floor. By the command `waymark map`."""
import json
import os
import re
import unittest

from tests.integration.test_case import BareCourse
from tests.platform import case

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "../../../shared/data/maps/case_samples")
URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+$")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None),
         "number": (int, float), "boolean": bool}


def faults(value, schema, root, at="$"):
    """What a value breaks of a JSON schema, as far as the CASE schema goes."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        yield from faults(value, root["definitions"][name], root, at)
        return
    if "oneOf" in schema:
        if sum(not list(faults(value, one, root, at)) for one in schema["oneOf"]) != 1:
            yield at + ": not exactly one of its forms"
        return
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        yield "%s: no %s" % (at, schema["type"])
        return
    if "enum" in schema and value not in schema["enum"]:
        yield "%s: %r is none of those" % (at, value)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield "%s: %r has another pattern" % (at, value)
    if schema.get("format") == "uri" and not URI.match(value):
        yield "%s: %r is no URI" % (at, value)
    if schema.get("format") == "date-time" and not TIME.match(value):
        yield "%s: %r is no time" % (at, value)
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10 ** 9):
            yield at + ": so many there must not be"
        for i, one in enumerate(value):
            yield from faults(one, schema.get("items", {}), root, "%s[%d]" % (at, i))
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield "%s: %s is missing" % (at, name)
        more = schema.get("additionalProperties", {})
        for name, one in value.items():
            known = schema.get("properties", {}).get(name)
            if known is None and isinstance(more, dict):
                known = more.get(name)
            if known is None and more is False:
                yield "%s: %s is not known" % (at, name)
            elif known is not None:
                yield from faults(one, known, root, "%s.%s" % (at, name))


class Files(BareCourse):
    def write(self, name, text):
        path = os.path.join(self.stack.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def map(self, *args, status=0):
        r = self.stack.run("map", *args, check=False)
        self.assertEqual(status, r.returncode, r.stdout + r.stderr)
        return r.stdout + r.stderr

    def out(self, *args):
        """Standard output alone."""
        return self.stack.run("map", *args).stdout

    def activity(self, ident, title):
        self.sql("INSERT INTO activity (tenant_id, activity_id, course_id, title, kind,"
                 " visible, position, source, changed_ms) VALUES (7, %d, 70, '%s', 'quiz', 1, 1,"
                 " 'moodle', 1)" % (ident, title))

    def test_a_table_becomes_a_map_and_again_changes_nothing(self):
        path = self.write("tea.csv", "code,title,unit,hard,any\r\nA,Water,First,,\r\n"
                          "B,Leaves,First,,\r\nC,Tea,Then,,A|B\r\n")
        self.assertIn("3 skills, 2 prerequisites. The map is sound", self.map("check", path))
        self.assertIn("would be as version 1", self.map("import", path, "--course", "70",
                                                        "--dry-run"))
        self.assertEqual(0, self.version())
        self.map("import", path, "--course", "70", "--title", "Tea")
        self.assertEqual([("C", '[["A","B"]]')],
                         self.sql("SELECT skill_code, needs FROM skill WHERE unit = 'Then'"))
        self.assertIn("in force already", self.map("import", path, "--course", "70"))
        for form in ("csv", "edges", "json"):
            again = self.write("again." + ("json" if form == "json" else "csv"),
                               self.out("export", "--course", "70", "--form", form))
            self.assertIn("in force already", self.map("import", again, "--course", "70"), form)
            self.assertIn("Nothing is different", self.map("diff", again, "--course", "70"))
        self.assertEqual(1, self.version())
        self.assertEqual("tea", json.loads(self.out("export", "--course", "70"))["code"])

    def test_a_version_says_what_it_changes(self):
        old = self.write("old.csv", "code,title,hard\nA,Water,\nB,Tea,A\n")
        new = self.write("new.csv", "code,title,hard,replaces\nA2,Hot water,,A\nB,Tea,A2,\n"
                         "C,Milk,,\n")
        self.map("import", old, "--course", "70")
        said = self.map("import", new, "--course", "70")
        self.assertIn("New skills: 2\n", said)
        self.assertIn("A  Water (Skills) -> A2", said)
        self.assertNotIn("needs", said)  # A2 is what A was
        self.assertIn("in force as version 2", said)
        versions = json.loads(self.out("versions", "--course", "70", "--json"))
        self.assertEqual([2, 1], [v["version"] for v in versions])
        self.assertEqual({"added": 2, "replaced": 1, "map": 1}, versions[0]["diff"]["counts"])
        self.assertNotIn("diff", versions[1])
        self.map("diff", old, status=2)

    def test_an_uncovered_skill_needs_a_reason(self):
        self.activity(700, "Check A")
        path = self.write("map.json", json.dumps({
            "format": "waymark-map/1", "code": "t", "title": "T",
            "skills": [{"code": "A", "title": "Water", "unit": "U"},
                       {"code": "B", "title": "Tea", "unit": "U"}],
            "activities": [{"title": "Check A", "tells": [{"skill": "A"}]}]}))
        said = self.map("import", path, "--course", "70", status=1)
        self.assertIn("no activity tells about: Tea", said)
        self.assertIn("--uncovered", said)
        self.assertEqual(0, self.version())
        self.map("import", path, "--course", "70", "--uncovered", "B is taught by hand")
        self.assertIn("because: B is taught by hand", self.map("versions", "--course", "70"))
        # The floor: half of it is covered.
        self.assertIn("the floor is 0 %", self.map("floor", "--course", "70"))
        self.assertIn("Next steps are recommended", self.map("floor", "50", "--course", "70"))
        said = self.map("floor", "51", "--course", "70")
        self.assertIn("Nothing is recommended before", said)
        self.assertIn("B  Tea", said)
        self.assertEqual(["B"], json.loads(self.out("floor", "--course", "70",
                                                    "--json"))["missing"])
        self.map("floor", "101", "--course", "70", status=2)
        self.map("floor", "much", "--course", "70", status=2)

    def test_a_framework_goes_out(self):
        package = self.write("package.json", json.dumps(case.fractions()))
        self.map("case", package, "--course", "70")
        text = self.out("export", "--course", "70", "--form", "case")
        # What the package lacked (addresses, times) is said now; from then on all is the same.
        self.map("case", self.write("again.json", text), "--course", "70")
        text = self.out("export", "--course", "70", "--form", "case")
        again = self.write("again.json", text)
        self.assertIn("in force already", self.map("case", again, "--course", "70"))
        if not os.path.isdir(SAMPLES):
            self.skipTest("../shared/data/maps/case_samples is not here")
        with open(os.path.join(SAMPLES, "case-v1p0-cfpackage-schema.json"),
                  encoding="utf-8") as f:
            schema = json.load(f)
        self.assertIn("$.CFItems[0]: fullStatement is missing", list(faults(
            {**json.loads(text), "CFItems": [{}]}, schema, schema)))
        maps = os.path.join(HERE, "../../config/maps")
        for name in sorted(os.listdir(maps)):
            if name.endswith(".json"):
                written = json.loads(self.out("export", os.path.join(maps, name),
                                              "--form", "case"))
                if written["CFDocument"].get("caseVersion") == "1.1":
                    continue  # has translations, which 1.0 has no word for
                self.assertEqual([], list(faults(written, schema, schema)), name)
        for name in sorted(os.listdir(SAMPLES)):
            if not name.endswith(".json") or name.startswith("case-v1p0"):
                continue
            out = os.path.join(self.stack.folder, name)
            self.map("case", os.path.join(SAMPLES, name), "--out", out)
            written = json.loads(self.out("export", out, "--form", "case"))
            self.assertEqual([], list(faults(written, schema, schema)), name)


class OnSqlite(Files, unittest.TestCase):
    database = "sqlite"


class OnPostgresql(Files, unittest.TestCase):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
