"""Messages beside the resource link launch, and the move from LTI 1.1 (LTI.md 2.4, 2.7, 8.3 to
8.5), through nginx."""
import base64
import hashlib
import hmac
import os
import subprocess
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import GONE, INSTRUCTOR, LEARNER, MEMBERSHIP


class Migration:
    """LTI.md 2.7: MIG-1 to MIG-3."""

    key, secret = "old-consumer", "an old secret"

    def legacy_claim(self, login, claims, key=None, secret=None, **more):
        """A claim signed as the platform would."""
        key = key or self.key
        text = "&".join((key, claims[self.lti("deployment_id")], claims["iss"], self.client,
                         str(claims["exp"]), login.nonce))
        mac = hmac.new((secret or self.secret).encode(), text.encode(), hashlib.sha256)
        return {"oauth_consumer_key": key,
                "oauth_consumer_key_sign": base64.b64encode(mac.digest()).decode(), **more}

    @staticmethod
    def lti(name):
        return "https://purl.imsglobal.org/spec/lti/claim/" + name

    def moves(self, secret=None, key=None, browser=None, more=None, **changes):
        """A launch with a migration claim: the answer of the launch address."""
        def token(login, claims):
            claim = self.legacy_claim(login, claims, key, secret, **(more or {}))
            return self.launcher.sign({**claims, self.lti("lti1p1"): claim})
        return self.launcher.attempt(browser=browser, token=token, **changes)

    def give_secret(self):
        path = os.path.join(self.stack.folder, "secret")
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.secret + "\n")
        self.stack.run("platform", "consumer-key", str(self.stack.registration), "--key",
                       self.key, "--secret-file", path)

    def forget_secret(self):
        self.stack.run("platform", "consumer-key", str(self.stack.registration), "--key",
                       self.key, "--remove", check=False)

    def kept(self, where="1 = 1"):
        return self.count("legacy_id", where)

    def said(self, why):
        return any(row.get("code") == "launch.not_migrated" and row.get("why") == why
                   for row in self.stack.log_lines())

    def setUp(self):
        self.sql("DELETE FROM legacy_id")
        self.give_secret()
        self.addCleanup(self.forget_secret)

    def test_MIG_1_a_signed_claim_links_what_was(self):
        browser = Browser()
        self.opened(self.moves(browser=browser, sub="mig-1", more={
            "user_id": "old-1", "context_id": "old-course", "resource_link_id": "old-link",
            "tool_consumer_instance_guid": "old.school.test"}), browser)
        rows = self.sql("SELECT kind, legacy_id FROM legacy_id ORDER BY kind")
        self.assertEqual([("consumer", "old.school.test"), ("context", "old-course"),
                          ("link", "old-link"), ("person", "old-1")],
                         [tuple(map(str, r)) for r in rows])
        self.assertEqual(1, int(self.sql(
            "SELECT count(*) FROM legacy_id l JOIN person p ON p.person_id = l.new_id "
            "WHERE l.kind = 'person' AND p.sub = 'mig-1'")[0][0]))
        self.opened(self.moves(browser=browser, sub="mig-1", more={"user_id": "old-1"}),
                    browser)
        self.assertEqual(1, self.kept("kind = 'person'"))
        told = self.stack.json("platform", "consumer-key", str(self.stack.registration))
        self.assertEqual([5], [k["moved"] for k in told])  # the second launch: other ids

    def test_MIG_1_without_cookies_too(self):
        browser = Browser(cookies=False)
        page = self.moves(browser=browser, sub="mig-nc", more={"user_id": "old-nc"})
        self.assertEqual(0, self.kept())
        self.assertEqual(200, browser.submit(page.forms()[0]).status)
        self.assertEqual(1, self.kept("legacy_id = 'old-nc'"))

    def test_MIG_1_I79_what_is_not_signed_moves_nothing(self):
        for changes, why in (({"secret": "another"}, "wrong signature"),
                             ({"key": "never heard of"}, "unknown consumer key")):
            browser = Browser()
            self.opened(self.moves(browser=browser, **changes), browser)
            self.assertTrue(self.said(why))
        for claim in ({"oauth_consumer_key": self.key, "user_id": "old-x"}, {}, "text",
                      {"oauth_consumer_key": self.key, "oauth_consumer_key_sign": ""}):
            self.opens(lti1p1=claim)
        self.forget_secret()
        browser = Browser()
        self.opened(self.moves(browser=browser), browser)
        self.assertEqual(0, self.kept())

    def test_MIG_2_without_user_id_sub_is_the_old_one(self):
        browser = Browser()
        self.opened(self.moves(browser=browser, sub="mig-2"), browser)
        self.assertEqual(1, self.kept("kind = 'person' AND legacy_id = 'mig-2'"))
        self.assertEqual(1, self.kept("kind = 'context' AND legacy_id = '3'"))

    def test_MIG_3_a_moved_link_keeps_its_launch_address(self):
        """Blackboard moves links by domain: the old launch URL stays the target."""
        browser = Browser()
        target = self.stack.url + "/lti/launch?resource=7"
        self.opened(self.moves(browser=browser, sub="mig-3", target_link_uri=target), browser)
        self.assertEqual(1, self.kept("kind = 'link' AND legacy_id = '1'"))

    def test_consumer_keys_are_listed_without_their_secret(self):
        reg = str(self.stack.registration)
        listed = self.stack.run("platform", "consumer-key", reg).stdout
        self.assertIn(self.key, listed)
        self.assertNotIn(self.secret, listed)
        self.assertEqual([self.key], [r["consumer_key"] for r in
                                      self.stack.json("platform", "consumer-key", reg)])
        self.assertEqual(0, self.count("consumer_key",
                                       "secret_sealed LIKE '%%%s%%'" % self.secret))
        self.assertEqual(2, self.stack.run("platform", "consumer-key", reg, "--key", "k",
                                           check=False).returncode)
        self.assertNotIn(self.secret, self.log_json())


class Anonymous:
    """MSG-2: a launch that names nobody, where the registration allows it."""

    def test_MSG_2_nobody_in_particular(self):
        some = self.register("https://anonymous.test", "a", "--allow-anonymous")
        before = self.count("person", "sub LIKE 'anonymous/%'")
        for roles in ([LEARNER], [], [INSTRUCTOR], [INSTRUCTOR, LEARNER]):
            page = self.opens(some, sub=GONE, name=GONE, roles=roles)
            self.assertTrue(self.learner_page(page), roles)  # also of an instructor
        self.assertEqual(before + 4, self.count("person", "sub LIKE 'anonymous/%'"))
        graded = ("person_id IN (SELECT person_id FROM person WHERE sub LIKE 'anonymous/%') "
                  "AND (is_learner = 1 OR is_staff = 1 OR is_test = 0)")
        self.assertEqual(0, self.count("enrolment", graded))
        self.refuses(400, "SUB", sub=GONE)  # where it is not allowed

    def test_MSG_2_no_service_is_used_for_them(self):
        some = self.register("https://anonymous2.test", "a", "--allow-anonymous")
        browser = Browser()
        page = self.opened(some.attempt(browser=browser, sub=GONE, name=GONE,
                                        roles=[INSTRUCTOR]), browser)
        query = page.url.split("?", 1)[1]
        for path in ("/course", "/person", "/start", "/sync"):
            answer = browser.get("%s%s?%s" % (self.stack.url, path, query))
            self.assertIn(answer.status, (403, 405), path)
        self.assertEqual(0, self.count("outbox", "person_id IN (SELECT person_id FROM person "
                                       "WHERE sub LIKE 'anonymous/%')"))


class Roles:
    """ROLE-1 to ROLE-4 and MSG-3 where they decide: which page opens."""

    person = "http://purl.imsglobal.org/vocab/lis/v2/%s/person#"
    sub = MEMBERSHIP[:-1] + "/"

    def test_ROLE_1_administrators(self):
        above = [self.person % "institution" + "Administrator",
                 self.person % "system" + "SysAdmin", "urn:lti:sysrole:ims/lis/SysAdmin"]
        strict = self.register("https://admins-no.test", "r")
        flagged = self.register("https://admins-yes.test", "r", "--admins-are-staff")
        for role in above:
            self.assertTrue(self.learner_page(self.opens(strict, roles=[role])), role)
            self.assertTrue(self.staff_page(self.opens(flagged, roles=[role])), role)
        self.assertTrue(self.staff_page(self.opens(strict, roles=[MEMBERSHIP +
                                                                  "Administrator"])))
        self.assertTrue(self.learner_page(self.opens(
            flagged, roles=[self.person % "institution" + "Instructor"])))

    def test_ROLE_2_both_roles(self):
        page = self.opens(sub="both", roles=[INSTRUCTOR, LEARNER])
        self.assertTrue(self.staff_page(page))
        self.assertEqual(1, self.count("enrolment", "is_staff = 1 AND is_learner = 1"))

    def test_ROLE_3_ROLE_4_sub_roles(self):
        for role in ("Instructor#TeachingAssistant", "Instructor#PrimaryInstructor",
                     "Learner#Instructor", "Administrator#Support", "Mentor#Mentor"):
            self.assertTrue(self.learner_page(self.opens(roles=[self.sub + role])), role)
        self.assertTrue(self.learner_page(self.opens(roles=["TeachingAssistant"])))
        self.assertTrue(self.staff_page(self.opens(
            roles=[self.sub + "Instructor#TeachingAssistant", INSTRUCTOR])))

    def test_MSG_3_no_roles_and_none_given(self):
        self.refuses(400, "ROLES", roles=GONE)
        self.assertTrue(self.learner_page(self.opens(roles=[])))

    def test_MSG_1_messages_that_are_not_served(self):
        for kind in ("LtiStartProctoring", "LtiEulaRequest"):
            answer = self.refuses(400, "MESSAGE_LATER", message_type=kind, roles=[INSTRUCTOR])
            self.assertIn("ordinary external tool link", answer.visible())
        answer = self.refuses(400, "MESSAGE_UNKNOWN", message_type="<i>LtiOddRequest")
        self.assertNotIn("<i>Lti", answer.text)


class Variables:
    """VAR-1 and VAR-2 where they decide: what a link shows."""

    def shows(self, **custom):
        self.opens(sub="var", custom=custom)
        return self.sql("SELECT shows FROM session ORDER BY created_ms DESC LIMIT 1")[0][0]

    def test_a_link_keeps_nothing_of_its_visitors(self):
        """All parameters went into the link's row: Canvas's token of the launch, and with it a
        write at each launch; a teacher's "$Person.email.primary" in plain text."""
        rows = set()
        for n in range(2):
            self.shows(Waymark_View="unit", waymark_unit="one", mail="a%d@x.test" % n,
                       com_instructure_postmessagetoken="secret-%d" % n)
            rows.add(self.sql("SELECT custom FROM link WHERE link_id = (SELECT link_id FROM "
                              "session ORDER BY created_ms DESC LIMIT 1)")[0][0])
        self.assertEqual({'{"waymark_unit":"one","waymark_view":"unit"}'}, rows)

    def test_VAR_1_names_in_any_case(self):
        self.assertEqual("unit/one", self.shows(Waymark_View="unit", WAYMARK_UNIT="one"))

    def test_VAR_2_what_was_not_resolved_is_absent(self):
        self.assertEqual("", self.shows(waymark_view="$Waymark.view", waymark_unit="one"))
        self.assertEqual("", self.shows(waymark_view="unit", waymark_unit="$Context.id"))
        self.assertEqual("", self.shows(waymark_view="", waymark_unit=""))


class Deployments:
    """TOK-20, I62, I63, V33."""

    def test_a_deployment_id_is_no_command(self):
        """What an administrator is told to run goes into a shell; a platform chooses the id."""
        odd = "it's \"$(echo run)\" `echo run`"
        waits = self.register("https://odd.test", "p", "--deployment-policy", "pending")
        self.refuses(403, "DEPLOYMENT_PENDING", launcher=waits,
                     login={"lti_deployment_id": odd}, deployment_id=odd)
        said = self.stack.run("platform", "list").stdout
        line = next(x for x in said.splitlines() if "echo run" in x)
        word = line.split("--deployment ")[1]
        heard = subprocess.run(["sh", "-c", "printf %s " + word], text=True,
                               capture_output=True, timeout=10, check=True)
        self.assertEqual(odd, heard.stdout)

    def test_I62_what_waits_is_told_and_approved(self):
        waits = self.register("https://pending.test", "p", "--deployment-policy", "pending")
        login = {"lti_deployment_id": "new one"}
        answer = self.refuses(403, "DEPLOYMENT_PENDING", launcher=waits, login=login,
                              deployment_id="new one")
        self.assertIn("waiting for approval", answer.visible())
        self.assertEqual(0, self.count("course", "tenant_id IN (SELECT tenant_id FROM tenant "
                                       "WHERE deployment_id = 'new one')"))
        row = next(r for r in self.stack.json("platform", "list")
                   if r["id"] == waits.registration)
        self.assertEqual(["new one"], row["pending_deployments"])
        said = self.stack.run("platform", "list").stdout
        self.assertIn('platform approve %d --deployment \'new one\'' % waits.registration, said)
        self.assertIn("new one (pending)", self.stack.run(
            "platform", "show", str(waits.registration)).stdout)
        self.stack.run("platform", "approve", str(waits.registration), "--deployment", "new one")
        self.opens(waits, login=login, deployment_id="new one")
        self.stack.run("platform", "disable", str(waits.registration), "--deployment",
                       "new one")
        answer = self.refuses(403, "DEPLOYMENT_DISABLED", launcher=waits, login=login,
                              deployment_id="new one")
        self.assertIn("switched off", answer.visible())
        self.opens(waits)  # the other one is as it was
        self.assertEqual(1, self.stack.run("platform", "approve", str(waits.registration),
                                           "--deployment", "never seen",
                                           check=False).returncode)

    def test_I63_an_open_page_of_a_deployment_that_is_switched_off(self):
        one = self.register("https://off.test", "o", deployments=("a", "b"))
        browser = Browser()
        page = self.opened(one.attempt(login=one.login(browser, lti_deployment_id="a"),
                                       deployment_id="a"), browser)
        self.stack.run("platform", "disable", str(one.registration), "--deployment", "a")
        self.assertEqual(403, browser.get(page.url).status)
        self.opens(one, login={"lti_deployment_id": "b"}, deployment_id="b")

    def test_V33_nothing_is_shared(self):
        """One client_id at two issuers, two clients of one issuer, one link id everywhere:
        three tenants, three courses, three people, and no page of another."""
        ones = [self.register("https://v33-one.test", "1"),
                self.register("https://v33-two.test", "1"),
                self.register("https://v33-two.test", "2")]
        for i, launcher in enumerate(ones):
            page = self.opens(launcher, sub="v33",
                              context={"id": "v33", "title": "Course %d" % i})
            for j in range(3):
                (self.assertIn if i == j else self.assertNotIn)("Course %d" % j, page.text)
        for table, where in (("person", "sub = 'v33'"), ("course", "context_id = 'v33'")):
            self.assertEqual(3, self.count(table, where))
        # a login of one, a token of another (I25)
        login = self.begun(ones[1].login(Browser()))
        claims = ones[2].claims(login.nonce)
        answer = ones[1].post(login, ones[1].sign(claims))
        self.refused(answer, 401, "AUD")


class OnSqlite(Anonymous, Roles, Variables, Deployments, Migration, Case):
    database = "sqlite"


class OnPostgres(Anonymous, Roles, Variables, Deployments, Migration, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
