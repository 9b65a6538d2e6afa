"""Dynamic Registration on the platform's side."""
import html
import json
import secrets
import urllib.parse

from .pages import page
from .web import Answer, json_answer
from .world import Tool

CONFIG = "https://purl.imsglobal.org/spec/lti-tool-configuration"


PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps"
CANVAS_SCOPES = ["openid", AGS + "lineitem", AGS + "score", AGS + "result.readonly",
                 NRPS + "/scope/contextmembership.readonly",
                 "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"]
NEEDED = ("response_types", "initiate_login_uri", "redirect_uris", "client_name", "jwks_uri",
          "token_endpoint_auth_method")
LISTEN = """
addEventListener("message", function (e) {
  var log = document.getElementById("heard");
  if (e.data && /close$/.test(e.data.subject)) log.textContent += e.data.subject + " ";
  if (e.data && e.data.subject === "org.imsglobal.lti.close")
    document.getElementById("state").textContent = "closed";
});
"""


class Refusal(Exception):
    """What the endpoint answers instead: status and plain text."""


class Registration:
    """Dynamic Registration. In the Moodle manner: the recorded answers, code by code. In the
    Canvas manner: the token is wanted for the configuration too, placements, no deployment in
    the answer. `asked` keeps the requests that came; `keep_scopes` is what an administrator
    leaves of them (None: all); `answer_patch` changes an answer before it goes out."""

    def __init__(self, world, context=None):
        self.world, self.context = world, context
        self.invitations = {}  # registration token -> True while unused
        self.asked, self.tokens_seen = [], []
        self.keep_scopes = None
        self.wants_token = True
        self.config_patch = self.answer_patch = None

    @property
    def canvas(self):
        return self.world.manner == "canvas"

    @property
    def config_url(self):
        return self.world.base + ("/api/lti/security/openid-configuration" if self.canvas else
                                  "/mod/lti/openid-configuration.php")

    def token(self):
        token = secrets.token_urlsafe(24)
        self.invitations[token] = True
        return token

    def start_url(self, tool_url, token=True, config_url=None):
        """The address that the platform opens for an administrator who pasted tool_url."""
        query = {"openid_configuration": config_url or self.config_url}
        if token:
            query["registration_token"] = self.token() if token is True else token
        return tool_url + ("&" if "?" in tool_url else "?") + urllib.parse.urlencode(query)

    # -- the two endpoints ------------------------------------------------------------------

    def _canvas_configuration(self):
        base = self.world.base
        return {
            "issuer": self.world.issuer, "authorization_server": "canvas.instructure.com",
            "authorization_endpoint": base + "/api/lti/authorize_redirect",
            "registration_endpoint": base + "/api/lti/registrations",
            "jwks_uri": base + "/api/lti/security/jwks",
            "token_endpoint": base + "/login/oauth2/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            "scopes_supported": CANVAS_SCOPES,
            PLATFORM: {
                "product_family_code": "canvas", "version": "OpenSource",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest", "placements": [
                        "course_navigation", "account_navigation", "global_navigation"]},
                    {"type": "LtiDeepLinkingRequest", "placements": [
                        "assignment_selection", "link_selection", "editor_button"]}],
                "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
                "variables": ["Canvas.user.id", "Context.id.history",
                              "com.instructure.PostMessageToken"],
                CANVAS + "account_name": "Example School <b>"}}

    def configuration(self, req):
        token = self._bearer(req)
        self.tokens_seen.append(token)
        if self.canvas:
            if not self.invitations.get(token):
                return json_answer({"error": "invalid_token"}, 401)
            config = self._canvas_configuration()
        else:
            config = json.loads(json.dumps(self.world.site["openid"]))
            config["issuer"] = self.world.issuer
        if self.config_patch:
            config = self.config_patch(config) or config
        return json_answer(config)

    @staticmethod
    def _bearer(req):
        head = req.headers.get("Authorization", "")
        return head[7:] if head.startswith("Bearer ") else ""

    def _check_token(self, req):
        token = self._bearer(req)
        if not token and not self.wants_token:
            return token
        if not token:
            raise Refusal(401, "missing_registration_token")
        if token not in self.invitations:
            raise Refusal(404, None)
        if not self.invitations[token]:
            raise Refusal(401, "token_already_used")
        return token

    @staticmethod
    def _check(body):
        """The recorded Moodle's checks, in its order."""
        for name in NEEDED:
            if not body.get(name):
                raise Refusal(400, "missing required attribute " + name)
        if body["response_types"] != ["id_token"]:
            raise Refusal(400, "invalid_response_types")
        if not isinstance(body["redirect_uris"], list):
            raise Refusal(400, "invalid_redirect_uris")
        if body["token_endpoint_auth_method"] != "private_key_jwt":
            raise Refusal(400, "invalid_token_endpoint_auth_method")
        if body.get("application_type", "web") != "web":
            raise Refusal(400, "invalid_application_type")
        config = body.get(CONFIG) or {}
        if not config.get("domain"):
            raise Refusal(400, "missing_domain")
        target = config.get("target_link_uri") or "https://" + config["domain"]
        if urllib.parse.urlsplit(target).netloc != config["domain"]:
            raise Refusal(400, "domain_targetlinkuri_mismatch")
        return config

    def _accept(self, body, config):
        """The platform's own record, and its answer."""
        known = (CANVAS_SCOPES if self.canvas else self.world.site["openid"]["scopes_supported"])
        scopes = [x for x in body.get("scope", "").split() if x in known
                  and (self.keep_scopes is None or x in self.keep_scopes)]
        number = len(self.world.tools) + 1
        client = str(10_000_000_000_000 + number) if self.canvas else secrets.token_hex(8)
        deployment = "%d:%s" % (number, secrets.token_hex(8)) if self.canvas else str(number)
        tool = Tool(client, body["initiate_login_uri"], body["redirect_uris"],
                    config.get("target_link_uri", ""), body["jwks_uri"], deployment,
                    body["client_name"], config.get("custom_parameters") or {})
        answer = {k: v for k, v in body.items() if k != CONFIG}
        answer.update(client_id=client, scope=" ".join(scopes))
        answer[CONFIG] = dict(config)
        if not self.canvas:
            answer[CONFIG].update(deployment_id=deployment, version="1.3.0", messages=[
                {"type": m["type"], "target_link_uri": m["target_link_uri"]}
                for m in config.get("messages", []) if m["type"] == "LtiDeepLinkingRequest"])
        if self.answer_patch:
            answer = self.answer_patch(answer) or answer
        self.world.tools[str(answer.get("client_id", client))] = tool
        tool.client_id = str(answer.get("client_id", client))
        return answer

    def register(self, req):
        """POST of a tool's registration."""
        try:
            token = self._check_token(req)
            body = json.loads(req.body)
            config = self._check(body)
        except Refusal as e:
            status, text = e.args
            if self.canvas:
                return json_answer({"error": "invalid_client_metadata",
                                    "error_description": text or "token"}, status)
            if text is None:
                return Answer(404, "<!DOCTYPE html><html><title>Error</title><p>An error page")
            return Answer(status, text)  # Moodle says that this is HTML
        except (ValueError, KeyError, TypeError, AttributeError):
            return Answer(404, "<!DOCTYPE html><html><title>Error</title><p>An error page")
        self.asked.append(body)
        self.invitations[token] = False
        return json_answer(self._accept(body, config))

    # -- what an administrator sees -----------------------------------------------------------

    def admin(self, req):
        """The page where an administrator pastes a tool's address: it opens in a frame."""
        url = req.form.get("toolurl") or req.query.get("toolurl")
        if not url:
            rows = "".join("<li>%s (%s)</li>" % (html.escape(t.name), html.escape(t.client_id))
                           for t in self.world.tools.values())
            return page("Manage tools", "<h1>Manage tools</h1><form method=\"post\"><label>Tool "
                        "URL <input name=\"toolurl\" size=\"80\"></label> <button>Add LTI "
                        "Advantage</button></form><ul>%s</ul>" % rows)
        return page("Manage tools", "<h1>Manage tools</h1><p id=\"state\">open</p><p id=\"heard\">"
                    "</p><iframe id=\"registration\" title=\"Registration\" src=\"%s\"></iframe>"
                    "<script>%s</script>" % (html.escape(self.start_url(url), True), LISTEN))
