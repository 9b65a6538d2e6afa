"""Login initiation, the authentication endpoint and the id_token, as Moodle and Canvas do it."""
import html
import json
import secrets
import urllib.parse

L = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
AGS_SCOPES = [AGS_SCOPE + s for s in ("lineitem", "lineitem.readonly", "result.readonly",
                                      "score")]
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"


def auto_form(action, fields, label="Continue"):
    """A page that posts a form by itself, with a button for browsers without scripts."""
    inputs = "".join('<input type="hidden" name="%s" value="%s">' %
                     (html.escape(k, True), html.escape(v, True)) for k, v in fields.items())
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s</title></head>'
            '<body><form id="f" method="post" action="%s">%s<button>%s</button></form>'
            '<script>document.getElementById("f").submit()</script></body></html>'
            % (label, html.escape(action, True), inputs, label))


def invalid_request():
    """Moodle's answer to most mistakes: its own page, and the tool never hears of it."""
    return 404, ("<!doctype html><html lang=\"en\"><title>Error</title>"
                 "<p>Invalid request</p></html>")


class Oidc:
    def __init__(self, world, keyring):
        self.world, self.keyring = world, keyring
        self.more_claims = None   # (claims, tool, course): of services beside the usual ones
        self.deep_link = None     # deep_link.DeepLink, set by the server

    # -- login initiation ------------------------------------------------------------------

    def initiation(self, tool, course, person, message="LtiResourceLinkRequest", link=None,
                   target=None):
        """(login URL, form fields) that start a launch in the person's browser."""
        w = self.world
        number = link or w.link_of(course)
        launch_id = "ltilaunch%d_%d" % (number, secrets.randbelow(10**9))
        target = target or tool.target
        with w.lock:
            w.hints[launch_id] = {"tool": tool.client_id, "course": course.num,
                                  "person": person.num, "message": message, "link": number,
                                  "target": target}
            while len(w.hints) > 5000:
                w.hints.pop(next(iter(w.hints)))
        fields = {"iss": w.issuer, "target_link_uri": target, "login_hint": w.sub(person),
                  "client_id": tool.client_id}
        if w.manner == "canvas":
            fields["deployment_id"] = tool.deployment
            fields["canvas_region"] = "eu-central-1"
            fields["canvas_environment"] = "prod"
            fields["lti_message_hint"] = self.keyring.sign({"verifier": launch_id, "x": "y" * 400})
        else:
            fields["lti_message_hint"] = json.dumps({"cmid": 1000 + number,
                                                     "launchid": launch_id},
                                                    separators=(",", ":"))
            fields["lti_deployment_id"] = tool.deployment
        if w.storage_target:
            fields["lti_storage_target"] = w.storage_target
        return tool.login_url, fields

    # -- authentication --------------------------------------------------------------------

    def _launch_of(self, hint):
        """Take the one-time launch that the hint names, or None."""
        try:
            if self.world.manner == "canvas":
                body = hint.split(".")[1]
                import base64
                data = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
                name = data["verifier"]
            else:
                name = json.loads(hint)["launchid"]
        except (ValueError, KeyError, IndexError, TypeError):
            return None
        with self.world.lock:
            return self.world.hints.pop(name, None)

    def authenticate(self, form):
        """The answer to an authentication request: (status, HTML)."""
        w = self.world
        get = form.get
        redirect, state = get("redirect_uri", ""), get("state", "")
        tool = w.tools.get(get("client_id", ""))
        if get("scope") != "openid" or get("response_type") != "id_token" or not get("nonce"):
            return invalid_request()
        if tool is None:
            return 200, auto_form(redirect, {"error": "unauthorized_client", "state": state})
        if redirect not in tool.redirect_uris:
            return invalid_request()
        if get("response_mode") != "form_post":
            return 200, auto_form(redirect, {"error": "invalid_request", "state": state,
                                             "error_description": "Invalid response_mode"})
        if get("prompt", "none") != "none" or (w.manner == "canvas" and "prompt" not in form):
            return 200, auto_form(redirect, {"error": "invalid_request", "state": state,
                                             "error_description": "Invalid prompt"})
        launch = self._launch_of(get("lti_message_hint", ""))
        if launch is None or launch["tool"] != tool.client_id:
            if w.manner == "canvas":
                return 200, auto_form(redirect, {"error": "launch_no_longer_valid",
                                                 "state": state})
            return invalid_request()
        course = w.courses[launch["course"]]
        person = course.people[launch["person"]]
        if get("login_hint") != w.sub(person):
            code = "login_required" if w.manner == "canvas" else "access_denied"
            return 200, auto_form(redirect, {"error": code, "state": state})
        claims = self.claims(tool, course, person, launch, get("nonce"))
        if w.claims_patch:
            claims = w.claims_patch(claims) or claims
        fields = {"id_token": self.keyring.sign(claims), "state": state}
        if w.storage_target:
            fields["lti_storage_target"] = w.storage_target
        return 200, auto_form(redirect, fields)

    # -- claims ----------------------------------------------------------------------------

    def roles(self, person):
        """Role URIs in a launch. Moodle: non-editing teachers are Instructor here."""
        if self.world.manner == "canvas":
            if person.teaches:
                return [INSTITUTION + "Instructor", MEMBERSHIP + "Instructor", SYSTEM + "User"]
            roles = [INSTITUTION + "Student", MEMBERSHIP + "Learner", SYSTEM + "User"]
            if person.test_user:
                roles.append("http://purl.imsglobal.org/vocab/lti/system/person#TestUser")
            return roles
        return [MEMBERSHIP + ("Instructor" if person.teaches else "Learner")]

    def claims(self, tool, course, person, launch, nonce):
        w = self.world
        now = int(w.now())
        life = 3600 if w.manner == "canvas" else 60
        link = w.links[launch["link"]]
        c = {"nonce": nonce, "iat": now, "exp": now + life, "iss": w.issuer,
             "aud": tool.client_id, "sub": w.sub(person), "name": person.name,
             "given_name": person.given, "family_name": person.family, "email": person.email,
             L + "deployment_id": tool.deployment, L + "target_link_uri": launch["target"],
             L + "message_type": launch["message"], L + "version": "1.3.0",
             L + "roles": self.roles(person),
             L + "context": {"id": w.context_id(course), "label": course.label,
                             "title": course.title, "type": ["CourseSection"]}}
        if launch["message"] == "LtiResourceLinkRequest":
            c[L + "resource_link"] = {"title": link["title"], "description": "",
                                      "id": str(launch["link"])}
        else:
            link = {"custom": {}}
            c[DL + "deep_linking_settings"] = self.deep_link.settings(tool, course, person)
        custom = w.resolved({**tool.custom, **self.deep_link.resolved(link)}, course,
                            launch["link"])
        self._services(c, course, launch["link"])
        if self.more_claims:
            self.more_claims(c, tool, course)
        if w.manner == "canvas":
            self._canvas(c, custom)
        else:
            self._moodle(c, course, person, launch, custom)
        return c

    def _services(self, c, course, link):
        """Addresses of the services; `lineitem` only when the link has exactly one column."""
        w = self.world
        ags = {"scope": AGS_SCOPES, "lineitems": self.lineitems_url(course)}
        own = [n for n, i in w.line_items.items() if i.get("resourceLinkId") == str(link)]
        if len(own) == 1:
            ags["lineitem"] = self.lineitem_url(course, own[0])
        c["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = ags
        c["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = {
            "context_memberships_url": self.memberships_url(course),
            "service_versions": ["2.0"] if w.manner == "canvas" else ["1.0", "2.0"]}

    def lineitems_url(self, course):
        if self.world.manner == "canvas":
            return "%s/api/lti/courses/%d/line_items" % (self.world.base, course.num)
        return "%s/mod/lti/services.php/%d/lineitems?type_id=1" % (self.world.base, course.num)

    def lineitem_url(self, course, number):
        if self.world.manner == "canvas":
            return "%s/api/lti/courses/%d/line_items/%d" % (self.world.base, course.num, number)
        return "%s/mod/lti/services.php/%d/lineitems/%d/lineitem?type_id=1" % (
            self.world.base, course.num, number)

    def memberships_url(self, course):
        if self.world.manner == "canvas":
            return "%s/api/lti/courses/%d/names_and_roles" % (self.world.base, course.num)
        return ("%s/mod/lti/services.php/CourseSection/%d/bindings/1/memberships"
                % (self.world.base, course.num))

    def _moodle(self, c, course, person, launch, custom):
        w = self.world
        c[L + "lis"] = {"person_sourcedid": person.sourcedid,
                        "course_section_sourcedid": "SIS-ALG1-2026"}
        c[L + "ext"] = {"user_username": person.username, "lms": "moodle-2"}
        c[L + "launch_presentation"] = {
            "locale": "en", "document_target": "iframe",
            "return_url": "%s/mod/lti/return.php?course=%d&launch_container=3&instanceid=%d"
            "&sesskey=rkLzBIS6Wp" % (w.base, course.num, launch["link"])}
        c[L + "tool_platform"] = dict(w.site["launch"][L + "tool_platform"])
        c[L + "custom"] = {**custom, "context_memberships_url": self.memberships_url(course)}

    def _canvas(self, c, custom):
        w = self.world
        c[L + "context"]["type"] = ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"]
        c[L + "context"]["validation_context"] = None
        if L + "resource_link" in c:
            c[L + "resource_link"].update({"description": None, "validation_context": None,
                                           "errors": {"errors": {}}})
        c[L + "tool_platform"] = {"guid": "c0ffee:canvas-lms", "name": "Canvas School",
                                  "version": "cloud", "product_family_code": "canvas",
                                  "validation_context": None, "errors": {"errors": {}}}
        c[L + "launch_presentation"] = {
            "document_target": "iframe", "return_url": w.base + "/courses/3/external_content",
            "locale": "en", "height": 800, "width": 900, "validation_context": None}
        c[L + "lti11_legacy_user_id"] = "8c8b7b"
        c["picture"] = w.base + "/avatar.png"
        c["errors"] = {"errors": {}}
        c["azp"] = c["aud"]
        c["https://www.instructure.com/placement"] = "link_selection"
        c[L + "custom"] = custom


def form_of(pairs):
    """The first value of each name."""
    out = {}
    for k, v in pairs:
        out.setdefault(k, v)
    return out


def parse_form(text):
    return form_of(urllib.parse.parse_qsl(text, keep_blank_values=True))
