"""Dynamic Registration and Deep Linking on the platform's side, in a first form."""
import html
import json
import secrets
import urllib.parse

from .keys import ToolKeys
from .oidc import DL, L
from .pages import page
from .web import Answer, json_answer
from .world import Tool

CONFIG = "https://purl.imsglobal.org/spec/lti-tool-configuration"


class Registration:
    def __init__(self, world, context=None):
        self.world, self.context = world, context
        self.invitations = {}  # registration token -> True while unused

    def start_url(self, tool_url):
        """The address that the platform opens for an administrator who pasted tool_url."""
        token = secrets.token_urlsafe(24)
        self.invitations[token] = True
        query = urllib.parse.urlencode({
            "openid_configuration": self.world.base + "/mod/lti/openid-configuration.php",
            "registration_token": token})
        return tool_url + ("&" if "?" in tool_url else "?") + query

    def configuration(self, req):
        config = dict(self.world.site["openid"])
        config["issuer"] = self.world.issuer
        return json_answer(config)

    def register(self, req):
        """POST of a tool's registration. Errors are plain text, as Moodle's are."""
        head = req.headers.get("Authorization", "")
        token = head[7:] if head.startswith("Bearer ") else ""
        if not token:
            return Answer(401, "missing_registration_token", "text/plain")
        if not self.invitations.get(token):
            return Answer(401, "token_already_used", "text/plain")
        try:
            body = json.loads(req.body)
            config = body[CONFIG]
            for name in ("response_types", "initiate_login_uri", "redirect_uris", "client_name",
                         "jwks_uri", "token_endpoint_auth_method"):
                if not body.get(name):
                    return Answer(400, "missing required attribute " + name, "text/plain")
            for name in ("domain", "target_link_uri"):
                if not config.get(name):
                    return Answer(400, "missing required attribute " + name, "text/plain")
        except (ValueError, KeyError, TypeError):
            return Answer(400, "invalid_client_metadata", "text/plain")
        if urllib.parse.urlsplit(config["target_link_uri"]).netloc != config["domain"]:
            return Answer(400, "domain_targetlinkuri_mismatch", "text/plain")
        self.invitations[token] = False
        client, deployment = secrets.token_hex(8), str(len(self.world.tools) + 1)
        self.world.tools[client] = Tool(
            client, body["initiate_login_uri"], body["redirect_uris"], config["target_link_uri"],
            body["jwks_uri"], deployment, body["client_name"],
            config.get("custom_parameters") or {})
        answer = {k: v for k, v in body.items() if k != CONFIG}
        answer["client_id"] = client
        answer[CONFIG] = {**config, "deployment_id": deployment, "version": "1.3.0"}
        return json_answer(answer)

    def content_items(self, req, course):
        """The Deep Linking response: check the tool's JWT, make a link of each item."""
        try:
            token = req.form["JWT"]
            import base64
            part = token.split(".")[1]
            issuer = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["iss"]
            tool = self.world.tools[issuer]
            if tool.keys is None:
                tool.keys = ToolKeys(tool.jwks_url, self.context)
            claims = tool.keys.verify(token)
            items = claims.get(DL + "content_items") or []
        except (KeyError, ValueError, IndexError, TypeError) as e:
            return page("Error", "<h1>Error</h1><p>%s</p>" % html.escape(str(e)), 400)
        if claims.get(L + "message_type") != "LtiDeepLinkingResponse":
            return page("Error", "<h1>Error</h1><p>message_type</p>", 400)
        with self.world.lock:
            for item in items:
                if item.get("type") != "ltiResourceLink":
                    continue
                number = 1 + len(self.world.links)
                self.world.links[number] = {
                    "course": course.num, "title": item.get("title", ""),
                    "custom": item.get("custom") or {}}
                column = item.get("lineItem")
                if column:
                    self.world.add_line_item(course.num, item.get("title", ""),
                                             column["scoreMaximum"],
                                             resourceId=column.get("resourceId"),
                                             tag=column.get("tag"), resourceLinkId=str(number))
        return page("Added", "<h1>Added</h1><p>%d link(s) added to the course.</p>" % len(items))
