"""A district's export, from the command line: taken in, shown, taken in again. Schools and people
are invented."""
import io
import json
import os
import unittest
import zipfile

from tests.integration.base import query
from tests.support import stack

OWN = "sourcedId,status,dateLastModified,"


def tables(mode="bulk"):
    """{file name: text} of a small district: a school, a term, a class, 30 students."""
    stamp = ",,," if mode == "bulk" else ",active,2026-11-01T08:00:00Z,"
    students = ["stu-%d" % i for i in range(30)]
    files = {
        "orgs": OWN + "name,type,parentSourcedId\ns1%sNorth School,school,\n" % stamp,
        "academicSessions": OWN + "title,type,startDate,endDate,parentSourcedId\n"
                            "t1%sAutumn,semester,2026-08-01,2027-02-01,\n" % stamp,
        "courses": OWN + "title\nco%sAlgebra\n" % stamp,
        "classes": OWN + "title,courseSourcedId,classCode,schoolSourcedId,termSourcedIds\n"
                   "c1%sAlgebra 1,co,A1,s1,t1\n" % stamp,
        "users": OWN + "enabledUser,username,givenName,familyName,identifier,email\n"
                 + "".join("%s%strue,%s,Given,Family,,%s@school.example\n" % (s, stamp, s, s)
                           for s in students),
        "roles": OWN + "userSourcedId,role,orgSourcedId\n"
                 + "".join("r-%s%s%s,student,s1\n" % (s, stamp, s) for s in students),
        "enrollments": OWN + "classSourcedId,schoolSourcedId,userSourcedId,role\n"
                       + "".join("e-%s%sc1,s1,%s,student\n" % (s, stamp, s) for s in students),
        "demographics": OWN + "sex,asian\n"
                        + "".join("%s%s%s,%s\n" % (s, stamp, "female" if i < 17 else "male",
                                                   "true" if i < 4 else "false")
                                  for i, s in enumerate(students)),
    }
    manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n" + "".join(
        "file.%s,%s\n" % (name, mode) for name in files)
    return {"manifest.csv": manifest, **{name + ".csv": text for name, text in files.items()}}


class Rosters:
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
        self.deployment(7, "north")

    def deployment(self, tenant, name):
        self.sql("INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, settings,"
                 " created_ms) VALUES (%d, 1, '%s', 'active', '{}', 1)" % (tenant, name))

    def sql(self, text):
        return query(self.stack, text)

    def pack(self, files):
        path = os.path.join(self.stack.folder, "export.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
            for name, text in files.items():
                z.writestr(name, text)
        return path

    def run_it(self, command, *args, status=0):
        r = self.stack.run(command, *args, check=False)
        self.assertEqual(status, r.returncode, r.stdout + r.stderr)
        return r.stdout + r.stderr

    def take(self, files, *more, status=0):
        return self.run_it("oneroster", self.pack(files), "--platform", "1", *more, status=status)

    def table(self, files, name, *more):
        told = json.loads(self.stack.run("oneroster", self.pack(files), "--platform", "1",
                                         "--json", *more).stdout)
        return next(t for t in told["tables"] if t["table"] == name + ".csv")

    def test_in_and_in_again(self):
        out = self.take(tables(), "--dry-run")
        self.assertIn("30 new", out)
        self.assertIn("Nothing has changed (--dry-run)", out)
        self.assertEqual(0, int(self.sql("SELECT count(*) FROM district_member")[0][0]))
        out = self.take(tables())
        self.assertRegex(out, r"enrollments\.csv +bulk +30 rows: 30 new")
        self.assertIn("users.csv", out)
        self.assertIn("read, not kept", out)
        self.assertIn("30 people go to classes; 0 of them are known here", out)
        out = self.take(tables())
        self.assertNotRegex(out, r"[1-9]\d* (new|changed|ended)")
        shown = self.run_it("district", "show", "--platform", "1")
        for part in ("North School (school)", "Autumn (semester) from 2026-08-01 until before "
                     "2027-02-01", "Algebra 1, school s1", "30 student, 0 of them known here",
                     "female: 17", "male: 13"):
            self.assertIn(part, shown)
        self.assertRegex(shown, r"asian\n +false: hidden\n +true: hidden")
        told = json.loads(self.run_it("district", "show", "--platform", "1", "--json"))
        self.assertEqual(["Autumn"], [t["title"] for t in told["terms"]])
        self.assertTrue(all("people" not in c for c in told["demographics"] if c["hidden"]))

    def test_bad_rows_are_listed_and_the_rest_goes_on(self):
        files = tables()
        files["enrollments.csv"] += "e-x,,,c1,s1,stu-x,pupil\ne-y,,,c9,s1,stu-1,student\nshort\n"
        out = self.take(files, "--all-or-nothing", status=1)
        self.assertIn("Nothing has changed", out)
        self.assertEqual(0, int(self.sql("SELECT count(*) FROM district_org")[0][0]))
        out = self.take(files)
        self.assertIn("enrollments.csv line 32: role is not a word of the standard", out)
        self.assertIn("enrollments.csv line 33: its class is not known", out)
        self.assertIn("enrollments.csv line 34: has 1 fields, and the header has 7", out)
        self.assertIn("30 new", out)
        self.assertIn("3 refused", out)

    def test_changes_end_and_delete_no_more_than_they_say(self):
        self.take(tables())
        change = {"manifest.csv": "oneroster.version,1.2\nfile.enrollments,delta\n"
                                  "file.demographics,delta\n",
                  "enrollments.csv": OWN + "classSourcedId,schoolSourcedId,userSourcedId,role\n"
                  "e-stu-1,tobedeleted,2030-01-01T00:00:00Z,c1,s1,stu-1,student\n",
                  "demographics.csv": OWN + "sex,asian\nstu-1,tobedeleted,2030-01-01T00:00:00Z,,\n"}
        self.assertEqual(1, self.table(change, "enrollments")["ended"])
        self.assertEqual(0, self.table(change, "enrollments")["ended"])
        self.assertEqual(30, int(self.sql("SELECT count(*) FROM district_member")[0][0]))
        self.assertEqual(29, int(self.sql("SELECT count(*) FROM audit_demographic")[0][0]))

    def test_what_is_no_export_is_refused_in_words(self):
        self.assertIn("no manifest.csv", self.take({"orgs.csv": "x"}, status=2))
        self.assertIn('OneRoster "2.0"', self.take({"manifest.csv": "oneroster.version,2.0\n"},
                                                   status=2))
        path = os.path.join(self.stack.folder, "x.zip")
        with open(path, "wb") as f:
            f.write(b"PK\3\4 and no more than that")
        self.assertIn("no zip archive", self.run_it("oneroster", path, "--platform", "1", status=2))
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("manifest.csv", "oneroster.version,1.2\nfile.orgs,bulk\n")
            z.writestr("orgs.csv", OWN + "name,type\n" + "\n" * (64 << 20))
        with open(path, "wb") as f:
            f.write(bomb.getvalue())
        self.assertIn("far more than such a file holds",
                      self.run_it("oneroster", path, "--platform", "1", status=1))
        self.run_it("oneroster", path, status=2)
        self.run_it("district", "show", status=2)

    def test_a_platform_with_several_deployments(self):
        self.deployment(8, "south")
        self.assertIn("say which one with --deployment", self.take(tables(), status=1))
        self.assertIn("no such deployment", self.take(tables(), "--deployment", "east", status=1))
        self.take(tables(), "--deployment", "south")
        self.assertEqual([(8,)], [(int(r[0]),) for r in self.sql(
            "SELECT DISTINCT tenant_id FROM district_member")])


class OnSqlite(Rosters, unittest.TestCase):
    database = "sqlite"


class OnPostgresql(Rosters, unittest.TestCase):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
