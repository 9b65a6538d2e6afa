"""Deep Linking on the platform's side: the request's settings, and the tool's answer, taken
strictly as the specification says, or refused with every reason found."""
import html
import re
import secrets

from .keys import ToolKeys, part
from .oidc import DL, L
from .pages import link, page

CLAIMS = {"iss", "aud", "iat", "exp", "nonce", "azp", "jti", "nbf", "sub"}
ITEM = {"type", "url", "title", "text", "icon", "thumbnail", "window", "iframe", "custom",
        "lineItem", "available", "submission"}
COLUMN = {"scoreMaximum", "label", "resourceId", "tag", "gradesReleased", "submissionReview"}
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


class DeepLink:
    def __init__(self, world, context=None):
        self.world, self.context = world, context
        self.answers = []         # {"claims", "problems", "added"}, newest last

    # -- the request ------------------------------------------------------------------------

    def settings(self, tool, course, person):
        """The settings of one request; world.deep_link changes them (None takes one away)."""
        w = self.world
        number = secrets.token_hex(4)
        s = {"accept_types": ["ltiResourceLink"],
             "accept_presentation_document_targets": ["frame", "iframe", "window"],
             "accept_copy_advice": False, "accept_multiple": True, "accept_unsigned": False,
             "auto_create": False, "can_confirm": False,
             "deep_link_return_url": "%s/mod/lti/contentitem_return.php?course=%d&id=1&sesskey=%s"
             % (w.base, course.num, number), "title": tool.name, "text": ""}
        if w.manner == "canvas":
            s = {"accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
                 "accept_presentation_document_targets": ["embed", "iframe", "window"],
                 "accept_media_types": "image/*,text/html", "accept_multiple": False,
                 "auto_create": False, "deep_link_return_url":
                 "%s/courses/%d/deep_linking_response?modal=true&data=%s"
                 % (w.base, course.num, number), "data": "d-" + number}
        for name, value in w.deep_link.items():
            s[name] = value
        s = {k: v for k, v in s.items() if v is not None}
        with w.lock:
            w.selections[s["deep_link_return_url"]] = {
                "settings": s, "tool": tool.client_id, "course": course.num,
                "person": person.num, "done": False}
        return s

    def resolved(self, known):
        return resolved(self.world.manner, known)

    # -- the answer -------------------------------------------------------------------------

    def _verified(self, token):
        """(tool, claims) of a JWT whose signature holds."""
        tool = self.world.tools[part(token, 1)["iss"]]
        if tool.keys is None:
            tool.keys = ToolKeys(tool.jwks_url, self.context)
        return tool, tool.keys.verify(token)

    def _claims(self, tool, token, claims, asked, say):
        w, head, now = self.world, part(token, 0), self.world.now()
        if sorted(head) != ["alg", "kid", "typ"] or head["alg"] != "RS256":
            say("header %s" % sorted(head))
        if claims["iss"] != asked["tool"]:
            say("iss is another tool")
        if claims.get("aud") not in (w.issuer, [w.issuer]):
            say("aud %r" % claims.get("aud"))
        for name in ("iat", "exp"):
            if not isinstance(claims.get(name), int):
                say(name)
        if not now - 60 <= claims.get("iat", 0) <= now + 5:
            say("iat")
        if not now < claims.get("exp", 0) <= now + 600:
            say("exp")
        nonce = claims.get("nonce")
        with w.lock:
            if not isinstance(nonce, str) or not nonce or nonce in w.tool_nonces:
                say("nonce")
            w.tool_nonces.add(nonce)
        if claims.get(L + "message_type") != "LtiDeepLinkingResponse":
            say("message_type")
        if claims.get(L + "version") != "1.3.0":
            say("version")
        if claims.get(L + "deployment_id") != tool.deployment:
            say("deployment_id")
        if "sub" in claims or "azp" in claims:
            say("sub or azp")
        if ("data" in asked["settings"]) != (DL + "data" in claims) or (
                claims.get(DL + "data") != asked["settings"].get("data")):
            say("data was %r, is %r" % (asked["settings"].get("data"), claims.get(DL + "data")))
        for name in ("msg", "log", "errormsg", "errorlog"):
            if not isinstance(claims.get(DL + name, ""), str):
                say(name)
        for name in claims:
            if name not in CLAIMS and not name.startswith("https://"):
                say("claim " + name)

    def _times(self, where, value, say):
        if not isinstance(value, dict) or not value:
            say(where)
            return
        for k, v in value.items():
            if k not in ("startDateTime", "endDateTime") or not TIME.match(str(v)):
                say("%s %s %r" % (where, k, v))

    def _item(self, item, settings, say):
        if not isinstance(item, dict) or item.get("type") not in settings["accept_types"]:
            say("type %r" % item)
            return
        for name in item:
            if name not in ITEM and not name.startswith("https://"):
                say("property " + name)
        for name in ("url", "title", "text"):
            if not isinstance(item.get(name, ""), str) or "\n" in item.get(name, ""):
                say(name)
        custom = item.get("custom", {})
        if not all(isinstance(k, str) and isinstance(v, str) and "\n" not in v
                   for k, v in custom.items()):
            say("custom %r" % custom)
        for name in ("available", "submission"):
            if name in item:
                self._times(name, item[name], say)
        column = item.get("lineItem")
        if column is None:
            return
        if settings.get("accept_lineitem") is False:
            say("lineItem, though it is not accepted")
        most = column.get("scoreMaximum")
        if isinstance(most, bool) or not isinstance(most, (int, float)) or not most > 0:
            say("scoreMaximum %r" % most)
        for name in column:
            if name not in COLUMN and not name.startswith("https://"):
                say("line item's " + name)

    def _add(self, course, items):
        """Links and columns as the tool wants them; Moodle's own address of each kept."""
        w, made = self.world, []
        with w.lock:
            for item in items:
                number = 1 + len(w.links)
                w.links[number] = {"course": course.num, "title": item.get("title", ""),
                                   "custom": dict(item.get("custom") or {}),
                                   "target": item.get("url"), "item": item}
                column = item.get("lineItem")
                if column:
                    w.add_line_item(course.num, item.get("title", ""), column["scoreMaximum"],
                                    resourceId=column.get("resourceId"), tag=column.get("tag"),
                                    resourceLinkId=str(number))
                made.append(number)
        return made

    def content_items(self, req, course):
        """POST of the tool's answer."""
        w, problems = self.world, []
        say = problems.append
        asked = w.selections.get(w.base + req.target)
        if req.method != "POST" or asked is None or asked["course"] != course.num:
            return page("Error", "<h1>Error</h1><p>no such selection</p>", 400)
        if sorted(req.form) != ["JWT"]:
            say("fields %s" % sorted(req.form))
        items, claims, added = [], {}, []
        try:
            tool, claims = self._verified(req.form["JWT"])
            self._claims(tool, req.form["JWT"], claims, asked, say)
            items = claims.get(DL + "content_items", [])
            if not isinstance(items, list):
                raise ValueError("content_items is no array")
            for item in items:
                self._item(item, asked["settings"], say)
        except (KeyError, ValueError, IndexError, TypeError) as e:
            say("%s: %s" % (type(e).__name__, e))
        if len(items) > 1 and asked["settings"].get("accept_multiple") is not True:
            say("%d items, though one is accepted" % len(items))
        if items and asked["done"]:
            say("answered before")
        if len(req.form.get("JWT", "")) > 65536:
            say("too long")
        if not problems:
            added = self._add(course, items)
            asked["done"] = asked["done"] or bool(items)
        self.answers.append({"claims": claims, "problems": problems, "added": added})
        if problems:
            return page("Error", "<h1>Error</h1><ul>%s</ul>" % "".join(
                "<li>%s</li>" % html.escape(str(p)) for p in problems), 400)
        told = claims.get(DL + "errormsg") or claims.get(DL + "msg") or ""
        return page("Added", "<h1>Added</h1><p>%d link(s) added to the course.</p><p>%s</p><p>%s"
                    "</p>" % (len(added), html.escape(told),
                              link("/course/view.php", "Back to the course", id=course.num,
                                   user=asked["person"])))


DATES = {"$ResourceLink.available.startDateTime": ("available", "startDateTime"),
         "$ResourceLink.available.endDateTime": ("available", "endDateTime"),
         "$ResourceLink.submission.endDateTime": ("submission", "endDateTime")}


def resolved(manner, known):
    """The custom parameters of a link. Canvas tells its dates, Moodle does not know them and
    leaves the variables as they are."""
    item = known.get("item") or {}
    custom = dict(known["custom"])
    for name, value in custom.items():
        if manner == "canvas" and value in DATES:
            where, which = DATES[value]
            custom[name] = (item.get(where) or {}).get(which, "")
    return custom
