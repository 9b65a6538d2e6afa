"""Messages beside the resource link launch, and the move from LTI 1.1 (LTI.md 2.4, 2.7, 8.3 to
8.5), through nginx."""
import base64
import hashlib
import hmac
import os
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser


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


class OnSqlite(Migration, Case):
    database = "sqlite"


class OnPostgres(Migration, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
