"""`waymark platform test`: each trouble that an administrator can have, said in words that
help."""
import json
import re
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.platform.registration import AGS, NRPS
from tests.platform.server import Platform
from tests.support import stack, tls


class Words(Case):
    def told(self, status, *patterns, registration=None):
        """What the command says, with this exit status."""
        self.sql("DELETE FROM access_token")
        r = self.stack.run("platform", "test", str(registration or self.stack.registration),
                           check=False)
        self.assertEqual(status, r.returncode, r.stdout + r.stderr)
        for p in patterns:
            self.assertRegex(r.stdout, re.compile(p, re.S))
        return r.stdout

    def misbehave(self, *rules):
        self.platform.misbehave.set(rules)
        self.addCleanup(self.platform.misbehave.set, [])

    def elsewhere(self, **changes):
        """A registration whose addresses are others, as by a slip of the pen."""
        ends = {**self.platform.endpoints, **changes}
        number = "c%d" % (1 + self.count("registration"))
        return self.stack.json(
            "platform", "add", "--issuer", "https://lms.test/" + number, "--client-id", number,
            "--auth-url", ends["auth"], "--token-url", ends["token"], "--jwks-url", ends["jwks"],
            "--deployment", "1")["id"]

    def test_all_is_well(self):
        self.opens()
        text = self.told(0, "ok +registration", "ok +keys", "ok +clock", "ok +access token",
                         "ok +roster", "ok +grades")
        self.assertNotIn("FAIL", text)
        self.assertNotIn("OFF", text)

    def test_before_the_first_launch(self):
        made = self.elsewhere()
        self.told(1, r"- +launches +none yet: open Waymark in a course",  # its client is unknown
                  registration=made)

    def test_pending_and_switched_off(self):
        made = self.elsewhere()
        self.sql("UPDATE registration SET state = 'pending' WHERE registration_id = %s" % made)
        self.told(1, "FAIL +registration +it waits for approval.*platform approve %s" % made,
                  registration=made)
        self.stack.run("platform", "disable", str(made))
        self.told(1, "FAIL +registration +it is switched off", registration=made)

    def test_deployments(self):
        ends = self.platform.endpoints
        made = self.stack.json(
            "platform", "add", "--issuer", "https://none.test", "--client-id", "c", "--auth-url",
            ends["auth"], "--token-url", ends["token"], "--jwks-url", ends["jwks"])["id"]
        self.told(1, "FAIL +deployments +none is known", registration=made)
        self.sql("INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, "
                 "settings, created_ms) VALUES (5, %s, 'd', 'pending', '{}', 1)" % made)
        self.told(1, "FAIL +deployments +1 of 1 wait for approval", registration=made)

    def test_keys_that_cannot_be_had(self):
        port = stack.free_port()
        for change, pattern in (
                ("http://127.0.0.1:%d/jwks" % port, "FAIL +keys .*Does the platform listen"),
                ("https://10.0.0.1/jwks", "FAIL +keys .*private_networks"),
                ("https://lms.invalid/jwks", "FAIL +keys .*no such host.*spelled right"),
                (self.platform.base + "/nothing", "FAIL +keys .*404.*key address")):
            with self.subTest(change):
                self.told(1, pattern, registration=self.elsewhere(jwks=change))

    def test_a_certificate_of_its_own(self):
        certs = tls.Authority()
        self.addCleanup(certs.remove)
        p = Platform(tls=certs.pair).start()
        self.addCleanup(p.stop)
        made = self.elsewhere(**p.endpoints)
        self.told(1, "FAIL +keys .*certificate.*ca_file", "FAIL +access token .*certificate",
                  registration=made)

    def test_clock(self):
        self.addCleanup(setattr, self.platform.world, "clock", 0.0)
        for ahead, pattern in ((3600, r"is \+(3600|3599) s off"), (-120, r"is -1(19|20) s off")):
            self.platform.world.clock = float(ahead)
            self.told(1, "FAIL +clock +the platform's clock " + pattern + ".*NTP")

    def test_wrong_key(self):
        """The platform cannot check our signature: which key, for whom, and where it lies."""
        keys = json.loads(Browser().get(self.stack.url + "/lti/jwks.json").text)["keys"]
        kids = "|".join(re.escape(k["kid"]) for k in keys)
        tool = self.platform.world.tools[self.client]
        kept, tool.keys = tool.keys, None
        tool.jwks_url, url = self.platform.endpoints["jwks"], tool.jwks_url
        try:
            self.told(1, "FAIL +access token", r"key \(kid\) is (%s)" % kids,
                      "aud.*is " + re.escape(self.platform.endpoints["token"]),
                      re.escape(self.stack.url + "/lti/jwks.json"))
        finally:
            tool.keys, tool.jwks_url = kept, url
        self.misbehave({"on": "token", "do": "status", "code": 400,
                        "body": '{"error":"invalid_client"}'})
        self.told(1, "FAIL +access token .*invalid_client", "client id there is "
                  + re.escape(self.client))

    def test_a_permission_that_is_missing(self):
        self.opens()
        inner = self.platform.services.known_scopes
        self.addCleanup(setattr, self.platform.services, "known_scopes", inner)
        for gone, what in ((AGS + "score", "scores .*opens nothing"),
                           (NRPS + "/scope/contextmembership.readonly", "roster .*class list"),
                           (AGS + "result.readonly", "results .*not noticed")):
            with self.subTest(gone):
                self.platform.services.known_scopes = lambda g=gone: {
                    s for s in inner() if s != g}
                self.assertNotIn("FAIL", self.told(0, "OFF +" + what))

    def test_endpoints_that_fail(self):
        self.opens()
        for name, pattern in (("token", "FAIL +access token"), ("nrps", "FAIL +roster"),
                              ("lineitems", "FAIL +grades")):
            with self.subTest(name):
                self.misbehave({"on": name, "do": "status", "code": 500})
                self.told(1, pattern)


if __name__ == "__main__":
    unittest.main()
