"""Skill maps from competency frameworks: `waymark map case`, with a file and with a publisher's
address. The framework is invented."""
import copy
import json
import os
import unittest

from tests.integration.base import query
from tests.platform import case
from tests.support import stack


class BareCourse:
    """A course without an LMS, for commands."""

    def setUp(self):
        self.stack = stack.Stack(self.database, start=False)
        self.addCleanup(self.stack.stop)
        self.stack.run("migrate")
        self.sql("INSERT INTO registration (registration_id, issuer, client_id, name, auth_url,"
                 " token_url, jwks_url, state, deployment_policy, allow_anonymous,"
                 " admins_are_staff, trusted_audiences, strict_target, frame_origins, created_ms,"
                 " changed_ms) VALUES (1, 'https://lms.example', 'c', 'LMS',"
                 " 'https://lms.example/a', 'https://lms.example/t', 'https://lms.example/k',"
                 " 'active', 'reject', 0, 0, '[]', 0, '[]', 1, 1)")
        self.sql("INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, settings,"
                 " created_ms) VALUES (7, 1, '1', 'active', '{}', 1)")
        self.sql("INSERT INTO course (tenant_id, course_id, context_id, title, label,"
                 " rules_version, modality, ags_scopes, roster_ms, grades_ms, states_ms,"
                 " created_ms) VALUES (7, 70, 'c', 'Course', '', '', '', '[]', 0, 0, 0, 1)")

    def sql(self, text):
        return query(self.stack, text)

    def version(self):
        return int(self.sql("SELECT coalesce(max(version), 0) FROM map_version")[0][0])


class Frameworks(BareCourse):
    def file(self, package):
        path = os.path.join(self.stack.folder, "package.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(package, f)
        return path

    def take(self, where, *more, status=0):
        r = self.stack.run("map", "case", where, *more, check=False)
        self.assertEqual(status, r.returncode, r.stdout + r.stderr)
        return r.stdout + r.stderr

    def plan(self, where, *more):
        return json.loads(self.stack.run("map", "case", where, "--json", *more).stdout)

    def test_a_file_becomes_a_map_and_again_changes_nothing(self):
        path = self.file(case.fractions())
        out = self.take(path, "--course", "70", "--dry-run")
        self.assertIn("New skills: 4", out)
        self.assertIn("Prerequisites added: 2,", out)
        self.assertEqual(0, self.version())
        self.assertIn("In force as version 1", self.take(path, "--course", "70"))
        self.assertEqual([("NF.1",), ("NF.2",), ("RP.1",), ("RP.2",)],
                         self.sql("SELECT skill_code FROM skill ORDER BY ord"))
        self.assertIn("in force already", self.take(path, "--course", "70"))
        self.assertTrue(self.plan(path, "--course", "70")["same"])
        self.assertEqual(1, self.version())

    def test_a_newer_package_shows_what_changes_and_replaces(self):
        old = case.fractions()
        self.take(self.file(old), "--course", "70")
        new = copy.deepcopy(old)
        nf2 = new["CFItems"][3]
        heir = case.item(40, "NF.2a", "Compare fractions, with reasons")
        new["CFItems"].append(heir)
        new["CFItems"][2]["fullStatement"] = "See a fraction as a part"
        new["CFAssociations"] += [case.link("replacedBy", nf2, heir),
                                  case.link("isChildOf", heir, new["CFItems"][0])]
        out = self.take(self.file(new), "--course", "70")
        self.assertIn("NF.2 -> NF.2a", out)
        self.assertIn("NF.1  new words: See a fraction as a part", out)
        self.assertIn("In force as version 2", out)
        rows = self.sql("SELECT s.skill_code, s.needs FROM skill s JOIN course c"
                        " ON c.map_id = s.map_id ORDER BY s.ord")
        self.assertIn(("NF.2a", '["NF.1"]'), rows)
        document = json.loads(self.stack.run("map", "export", "--course", "70").stdout)
        replaced = {s["code"]: s.get("replaces") for s in document["skills"]}
        self.assertEqual(["NF.2"], replaced["NF.2a"])

    def test_circles_and_faults_are_named(self):
        bad = case.fractions()
        bad["CFItems"].append({"identifier": "x"})
        bad["CFAssociations"].append(case.link("precedes", bad["CFItems"][3], bad["CFItems"][2]))
        path = self.file(bad)
        out = self.take(path, "--course", "70", "--all-or-nothing", status=1)
        self.assertIn("CFItems[6] has no fullStatement: left out", out)
        self.assertIn("would close a circle: NF.1 > NF.2 > NF.1", out)
        self.assertIn("Nothing has changed", out)
        self.assertEqual(0, self.version())
        self.take(path, "--course", "70")
        self.assertEqual(1, self.version())

    def test_parts_units_and_a_file_for_the_map(self):
        path = self.file(case.fractions())
        out = os.path.join(self.stack.folder, "map.json")
        self.take(path, "--item", "RP", "--out", out)
        self.assertIn("The map is sound", self.stack.run("map", "check", out).stdout)
        with open(out, encoding="utf-8") as f:
            self.assertEqual(["RP.1", "RP.2"], [s["code"] for s in json.load(f)["skills"]])
        self.assertIn('no item "ZZ"', self.take(path, "--item", "ZZ", "--dry-run", status=1))
        self.take(path, status=2)
        self.take(path, "--course", "71", status=1)
        self.assertIn("no CASE package", self.take(self.file({}), "--dry-run", status=2))

    def test_an_address(self):
        with case.Publisher(token="sesame", documents=230) as p:
            token = os.path.join(self.stack.folder, "token")
            with open(token, "w", encoding="utf-8") as f:
                f.write("sesame\n")
            self.assertIn("wants a token", self.take(p.base, status=1))
            listed = self.plan(p.base, "--token-file", token)
            self.assertEqual(p.documents, [d["identifier"] for d in listed])
            self.assertEqual(3, sum("offset" in q for q in p.asked[1:]))
            for address in (listed[0]["package"], p.url("CFDocuments/doc-2")):
                out = self.take(address, "--course", "70", "--token-file", token)
            self.assertIn("CASE 1.1", out)
            self.assertEqual(1, self.version())
            self.assertIn("has nothing at this address", self.take(
                p.url("CFPackages/none"), "--course", "70", "--token-file", token, status=1))

    def test_an_address_of_the_older_version(self):
        with case.Publisher(version="v1p0") as p:
            listed = self.plan(p.base + "/")
            self.assertEqual("doc-1", listed[0]["identifier"])
            self.assertIn("CASE 1.0", self.take(listed[0]["package"], "--course", "70"))

    def test_an_address_that_must_not_be_reached(self):
        with case.Publisher() as p:
            conf = self.stack.conf_path
            with open(conf, encoding="utf-8") as f:
                text = f.read().replace("private_networks = 127.0.0.0/8\n", "")
            with open(conf, "w", encoding="utf-8") as f:
                f.write(text)
            self.take(p.url("CFPackages/doc-1"), "--course", "70", status=1)
            self.assertEqual([], p.asked)


class OnSqlite(Frameworks, unittest.TestCase):
    database = "sqlite"


class OnPostgresql(Frameworks, unittest.TestCase):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
