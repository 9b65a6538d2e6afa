"""LTI.md 9.2, I58 to I83: LTI claims, through nginx."""
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import AGS, GONE, INSTRUCTOR, L, LEARNER, MEMBERSHIP, NRPS

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
AP = "https://purl.imsglobal.org/spec/lti-ap/claim/"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"


class LtiClaims:
    """I58 to I72."""

    def test_I58_version(self):
        for version in (GONE, "1.1", "LTI-1p0", 1.3, "1.3", None, "1.3.0 "):
            self.refuses(400, "VERSION", version=version)

    def test_I59_message_type(self):
        for kind in (GONE, None, ""):
            self.refuses(400, "MESSAGE_MISSING", "MESSAGE_UNKNOWN", message_type=kind)
        for kind in ("LtiMadeUpRequest", "ltiresourcelinkrequest",
                     "<script>alert(1)</script>"):
            answer = self.refuses(400, "MESSAGE_UNKNOWN", message_type=kind)
            self.assertNotIn("<script>alert", answer.text)

    def test_I60_plain_openid_token(self):
        def plain(login, claims):
            return self.launcher.sign({k: v for k, v in claims.items()
                                       if "imsglobal" not in k})
        self.refuses(400, "NOT_LTI", token=plain)

    def test_I61_deployment_missing(self):
        for deployment in (GONE, "", 1, None, "d" * 256):
            self.refuses(400, "DEPLOYMENT_MISSING", deployment_id=deployment,
                         login={"lti_deployment_id": GONE})

    def test_I62_deployment_unknown(self):
        """TOK-20."""
        login = {"lti_deployment_id": "999"}
        self.refuses(403, "DEPLOYMENT_UNKNOWN", login=login, deployment_id="999")
        waits = self.register("https://waiting.test", "w", "--deployment-policy", "pending")
        for _ in range(2):  # recorded at the first, found at the second
            self.refuses(403, "DEPLOYMENT_PENDING", launcher=waits, login=login,
                         deployment_id="999")
        self.assertEqual(1, self.count("tenant", "deployment_id = '999' AND state = 'pending'"))
        self.stack.run("platform", "approve", str(waits.registration), "--deployment", "999")
        self.opens(waits, login=login, deployment_id="999")
        auto = self.register("https://auto.test", "w", "--deployment-policy", "auto")
        self.opens(auto, login=login, deployment_id="999")

    def test_I63_deployment_disabled_or_of_another_client(self):
        two = self.register("https://two.test", "a", deployments=("d1", "d2"))
        self.register("https://two.test", "b", deployments=("d3",))
        self.stack.run("platform", "disable", str(two.registration), "--deployment", "d2")
        self.opens(two, login={"lti_deployment_id": "d1"}, deployment_id="d1")
        self.refuses(403, "DEPLOYMENT_DISABLED", launcher=two,
                     login={"lti_deployment_id": "d2"}, deployment_id="d2")
        self.refuses(403, "DEPLOYMENT_UNKNOWN", "DEPLOYMENT_DISABLED", launcher=two,
                     login={"lti_deployment_id": "d3"}, deployment_id="d3")

    def test_I64_login_names_another_deployment(self):
        self.refuses(400, "DEPLOYMENT_MISMATCH", login={"lti_deployment_id": "2"})
        self.refuses(400, "DEPLOYMENT_MISMATCH", login={"lti_deployment_id": GONE,
                                                        "deployment_id": "2"})

    def test_I65_resource_link(self):
        for link in (GONE, {}, {"id": ""}, {"id": 7}, "1", None, {"title": "x"}):
            self.refuses(400, "LINK_ID", resource_link=link)

    def test_I66_roles_missing(self):
        self.refuses(400, "ROLES", token=lambda login, c: self.launcher.sign(
            {k: v for k, v in c.items() if not k.endswith("/roles")}))

    def test_I67_roles_of_other_types(self):
        def roles(value):
            return lambda login, c: self.launcher.sign({**c, L + "roles": value})
        for value in ("Instructor", {"a": 1}, 7, None):
            self.refuses(400, "ROLES", token=roles(value))
        for value in ([7, None, {}], [LEARNER, 7]):
            page = self.opens(token=roles(value))
            self.assertTrue(self.learner_page(page))

    def test_I68_target_link_uri(self):
        ours = self.stack.url
        for target in (GONE, None, "", "https://evil.test/lti/launch", "ftp://x/", 7,
                       ours + ".evil.test/lti/launch", ours.replace("//", "//a@")):
            self.refuses(400, "TARGET_CLAIM", target_link_uri=target)

    def test_I69_context_without_id(self):
        for context in ({"title": "x"}, {"id": 7}, "3", ["3"]):
            self.opens(context=context)

    def test_I70_custom_values(self):
        self.opens(custom={"a": None, "b": [], "c": {"d": 1}, "e": "ok", "f": 7})
        self.opens(custom="text")

    def test_I71_grade_service_claim(self):
        scope = ["https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"]
        for claim in ({"scope": "text", "lineitems": "https://x.test/l"}, "text", [],
                      {"scope": scope, "lineitems": "ftp://x.test/l"},
                      {"scope": scope, "lineitems": "https://10.0.0.1/l"},
                      {"scope": scope, "lineitems": "https://x.test/l",
                       "lineitem": "https://other.test/i"},
                      {"scope": scope, "lineitems": 7}):
            self.opens(**{AGS: claim})

    def test_I72_roster_service_claim(self):
        for claim in ({}, {"context_memberships_url": ""}, "x", {"service_versions": ["2.0"]},
                      {"context_memberships_url": 7}):
            self.opens(**{NRPS: claim})


class OtherMessages:
    """I73 to I79."""

    def other(self, kind, status, roles=(INSTRUCTOR,), **changes):
        return self.refuses(status, roles=roles, message_type=kind, **changes)

    def settings(self, url):
        return {DL: {"deep_link_return_url": url, "accept_types": ["ltiResourceLink"],
                     "accept_presentation_document_targets": ["iframe"]}}

    def test_I73_deep_linking_without_settings(self):
        self.other("LtiDeepLinkingRequest", 400)
        for url in (None, "", "javascript:alert(1)", 7, "ftp://x.test/"):
            answer = self.other("LtiDeepLinkingRequest", 400, **self.settings(url))
            self.assertNotIn("javascript:", answer.text)

    def column(self):
        return {AGS: {"scope": [], "lineitem": self.platform.base + "/mod/lti/services.php/3/"
                      "lineitems/1/lineitem"}}

    def test_I76_review_without_user_or_column(self):
        kind = "LtiSubmissionReviewRequest"
        self.other(kind, 400)
        self.other(kind, 400, for_user={"user_id": "36"})
        for user in (GONE, {}, "36", {"user_id": ""}, {"user_id": 36}, {"user_id": None}):
            answer = self.refuses(400, "REVIEW", roles=[INSTRUCTOR], message_type=kind,
                                  for_user=user, **self.column())
            # Moodle's menu of a column, "View External tool results", sends such a message
            self.assertIn("open the menu beside the student's grade", answer.visible())

    def test_I77_review_of_somebody_else_by_a_learner(self):
        for roles in ((LEARNER,), (), (MEMBERSHIP + "Mentor",), (INSTITUTION + "Administrator",),
                      ("http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Instructor",)):
            answer = self.refuses(403, "REVIEW_OTHER", roles=roles,
                                  message_type="LtiSubmissionReviewRequest",
                                  for_user={"user_id": "37", "roles": [INSTRUCTOR]},
                                  **self.column())
            self.assertIn("not somebody else", answer.visible())

    def test_I78_proctoring(self):
        self.other("LtiStartProctoring", 400)
        self.other("LtiStartProctoring", 400, **{AP + "attempt_number": 1})
        for kind in ("LtiEndAssessment", "LtiAssetProcessorSettingsRequest",
                     "LtiReportReviewRequest", "LtiEulaRequest"):
            answer = self.refuses(400, "MESSAGE_LATER", message_type=kind, roles=[INSTRUCTOR])
            self.assertIn("ordinary external tool link", answer.visible())

    def test_I79_bad_migration_signature(self):
        self.opens(lti1p1={"oauth_consumer_key": "k", "oauth_consumer_key_sign": "bad",
                           "user_id": "old"})


class Texts:
    """I80 to I83."""

    evil = "\"'><script>alert(1)</script>&amp;"

    def test_I80_markup_in_names(self):
        for roles in ((LEARNER,), (INSTRUCTOR,)):
            page = self.opens(
                roles=roles, sub="evil", name=self.evil, given_name=self.evil,
                family_name=self.evil,
                context={"id": "evil-%d" % len(roles[0]), "title": self.evil,
                         "label": self.evil},
                resource_link={"id": "evil", "title": self.evil},
                custom={"x": self.evil}, tool_platform={"guid": "g", "name": self.evil})
            self.assertNotIn("<script>alert", page.text)
        page = self.launcher.attempt(browser=Browser(cookies=False), name=self.evil)
        self.assertNotIn("<script>alert", page.text)
        self.assertIn(self.evil, page.visible())

    def test_I81_return_url(self):
        for url in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", 7, None):
            answer = self.refuses(403, "DEPLOYMENT_UNKNOWN", login={"lti_deployment_id": "77"},
                                  deployment_id="77", launch_presentation={"return_url": url})
            self.assertNotIn("javascript:", answer.text)
            self.assertNotIn("data:text/html", answer.text)
            self.assertNotIn("lti_errormsg", answer.text)

    def test_return_url_carries_the_reason(self):
        """A launch with a valid token that is refused has a way back to the LMS."""
        answer = self.refuses(
            403, "DEPLOYMENT_UNKNOWN", login={"lti_deployment_id": "77"}, deployment_id="77",
            launch_presentation={"return_url": self.platform.base + "/mod/lti/return.php?c=3"})
        self.assertIn(self.platform.base + "/mod/lti/return.php?c=3&amp;lti_errormsg=",
                      answer.text)

    def test_I82_absurd_presentation(self):
        for value in ({"document_target": 7, "locale": [], "height": "tall", "width": -1},
                      {"document_target": "moon", "locale": "<b>"}, "text", [], None,
                      {"locale": "x" * 5000}):
            self.opens(launch_presentation=value)

    def test_I83_roles_that_look_like_staff(self):
        for role in (MEMBERSHIP + "instructor", INSTRUCTOR + " ", "Instructor ",
                     "urn:lti:role:ims/lis/InstructorX", INSTITUTION + "Instructor",
                     "http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Instructor",
                     INSTITUTION + "Administrator", "instructor",
                     "http://evil.test/vocab/lis/v2/membership#Instructor"):
            browser = Browser()
            page = self.opened(self.launcher.attempt(browser=browser, roles=(role,)), browser)
            self.assertTrue(self.learner_page(page), role)
            query = page.url.split("?", 1)[1] if "?" in page.url else ""
            answer = browser.get(self.stack.url + "/course?" + query)
            self.assertEqual(403, answer.status, role)


class OnSqlite(LtiClaims, OtherMessages, Texts, Case):
    database = "sqlite"


class OnPostgres(LtiClaims, OtherMessages, Texts, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
