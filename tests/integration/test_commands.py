"""The command line: exit 0 done, 1 failed, 2 wrong usage; an error says what to do next."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from tests.support import stack

MAP = os.path.join(stack.ROOT, "config/maps/algebra-1.json")


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wmc-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.conf = self.write("waymark.conf", "".join("%s = %s\n" % kv for kv in (
            ("public_url", "https://tool.example.edu"),
            ("database", "sqlite:%s/w.db" % self.folder),
            ("data_dir", self.folder), ("key_dir", self.folder + "/keys"),
            ("templates_dir", stack.ROOT + "/templates"),
            ("texts_dir", stack.build_dir() + "/i18n"),
            ("config_dir", stack.ROOT + "/config"),
            ("static_dir", stack.ROOT + "/templates/assets"))))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def run_it(self, *args):
        return subprocess.run([os.path.join(stack.build_dir(), "waymark"), *args], text=True,
                              capture_output=True, timeout=60, check=False)

    def says(self, status, pattern, *args):
        r = self.run_it(*args)
        self.assertEqual(status, r.returncode, (args, r.stdout, r.stderr))
        self.assertRegex(r.stdout + r.stderr, pattern)
        return r

    def test_every_command_has_help_with_an_example(self):
        listed = re.findall(r"^  ([a-z]+) +\S", self.says(0, "usage", "help").stdout, re.M)
        self.assertGreater(len(listed), 10)
        for name in listed:
            r = self.says(0, r"usage: waymark %s" % name, "help", name)
            self.assertIn("examples:\n  waymark %s" % name, r.stdout)
        self.says(0, "--client-id", "platform", "add", "--help")
        self.says(0, r"^waymark \d+\.\d+\.\d+\n$", "--version")

    def test_wrong_usage_is_2_and_says_what_is_wrong(self):
        self.says(2, "usage: waymark COMMAND")
        self.says(2, 'there is no command "nonsense"', "nonsense")
        self.says(2, "there is no option --bogus", "serve", "--bogus")
        self.says(2, "-c needs a value", "serve", "-c")
        self.says(2, 'takes a whole number, not "x"', "launches", "--limit", "x")
        self.says(2, "rotate-key", "platform")
        self.says(2, "--course ID is needed", "gates")
        self.says(2, "--issuer URL is needed", "platform", "add")
        self.says(2, "say one of --check", "config", "-c", self.conf)

    def test_what_is_missing_is_named(self):
        self.says(1, "nowhere.conf: No such file", "status", "-c", "nowhere.conf")
        bad = self.write("bad.conf", "public_url = https://x.example\nfoo = 1\n")
        self.says(1, r"bad\.conf:2: no option is called foo", "status", "-c", bad)
        self.says(1, r"there is no database \S+w\.db \(waymark migrate makes it\)",
                  "status", "-c", self.conf)
        self.says(0, ".", "migrate", "-c", self.conf)
        self.says(0, "waymark +[0-9.]+\ndatabase  SQLite", "status", "-c", self.conf)
        self.says(1, "waymark course list", "replay", "--course", "99", "-c", self.conf)
        self.says(1, "no launch has the reference", "launches", "NOPE", "-c", self.conf)

    def test_configuration(self):
        self.says(0, "sound", "config", "--check", "-c", self.conf)
        self.says(0, r"grace_s = \d+ +# seconds, default", "config", "--dump", "-c", self.conf)
        self.says(0, "server_name tool.example.edu;", "config", "--nginx", "-c", self.conf)
        self.says(0, r"listen 443 ssl", "config", "--nginx", "-c", self.conf)

    def test_bug_codes_of_a_consent_came_into_the_error_log(self):
        """nginx writes whole addresses of requests that fail, and Canvas puts its code there."""
        block = self.run_it("config", "--nginx", "-c", self.conf).stdout
        for path in ("/lti/register", "/lms/oauth"):
            place = block.split("location = %s {" % path)[1].split("}")[0]
            self.assertIn("error_log /dev/null crit;", place)

    def test_invitations(self):
        """DR-S1: a code that is shown once, and a list that shows none."""
        self.says(0, "--issuer-host HOST", "platform", "invite", "--help")
        self.says(0, ".", "migrate", "-c", self.conf)
        for wrong in (("--days", "0"), ("--days", "91"), ("--issuer-host", "https://lms.test/"),
                      ("--issuer-host", "user@lms.test"), ("--issuer-host", "lms.test:8443")):
            self.says(2, wrong[0], "platform", "invite", *wrong, "-c", self.conf)
        made = self.says(0, r"works once, until 20\d\d", "platform", "invite", "--name", "North",
                         "--issuer-host", "Lms.test", "-c", self.conf).stdout
        code = re.search(r"https://tool\.example\.edu/lti/register\?code=([\w-]{43})\n", made)[1]
        approval = re.search(r"^  (\w{5}(?:-\w{5}){4})$", made, re.M)[1]
        self.says(0, "whoever gets hold of this address is let in", "platform", "invite",
                  "--auto-approve", "-c", self.conf)
        listed = self.says(0, r"open +until 20\d\d\S* \S+  North  for lms\.test", "platform",
                           "invitations", "-c", self.conf).stdout
        rows = json.loads(self.says(0, ".", "platform", "invitations", "--json", "-c",
                                    self.conf).stdout)
        self.assertEqual(["open", "open"], [r["state"] for r in rows])
        for secret in (code, approval):
            self.assertNotIn(secret, listed + json.dumps(rows))

    def test_maps_are_refused_in_words(self):
        self.says(0, "The map is sound", "map", "check", MAP)
        self.says(1, "cannot read", "map", "check", self.folder + "/nothing.json")
        self.says(1, "JSON line 2 column 0: it ends too early", "map", "check",
                  self.write("a.json", "{\n"))
        with open(MAP, encoding="utf-8") as f:
            document = json.load(f)
        document["skills"][2]["hard"] = ["GROUPING"]
        document["targets"].append("ZZZ")
        r = self.says(1, "in a circle: ORDER-OPS needs GROUPING needs ORDER-OPS", "map",
                      "check", self.write("b.json", json.dumps(document)))
        self.assertIn('there is no skill with the code "ZZZ"', r.stdout + r.stderr)


if __name__ == "__main__":
    unittest.main()
