"""The platform's side of the notification service (handlers, as Canvas has them; notices), and
the copying of a course. Off until `offer()`: then launches carry the claim."""
import copy
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from .oidc import L
from .web import json_answer

SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
CLAIM = L + "platformnotificationservice"
HELLO, COPY = "LtiHelloWorldNotice", "LtiContextCopyNotice"
TYPES = [HELLO, COPY, "LtiAssetProcessorSubmissionNotice"]


class Notices:
    def __init__(self, world, keyring, services):
        self.world, self.keyring, self.services = world, keyring, services
        self.types = []           # notice types on offer; none: no such service
        self.handlers = {}        # deployment -> {type: address}
        self.puts = []            # (deployment, type, address), in order
        self.sent = []            # (status, body) of every delivery
        self.context = None       # TLS, for handlers behind a test's own authority
        self.lock = threading.Lock()

    def offer(self, types=tuple(TYPES)):
        self.types = list(types)
        self.world.more_scopes.add(SCOPE)
        return self

    # -- the service ------------------------------------------------------------------------

    def url(self, deployment):
        return "%s/api/lti/notice-handlers/%s" % (self.world.base,
                                                  urllib.parse.quote(deployment, safe=""))

    def claim(self, deployment):
        return {"service_versions": ["1.0"], "scope": [SCOPE],
                "platform_notification_service_url": self.url(deployment),
                "notice_types_supported": self.types}

    def put_claims(self, claims, tool):
        if self.types:
            claims[CLAIM] = self.claim(tool.deployment)

    def endpoint(self, req, deployment):
        """GET the handlers, PUT one."""
        deployment = urllib.parse.unquote(deployment)
        tool = next((t for t in self.world.tools.values() if t.deployment == deployment), None)
        refused = self.services.allowed(req, SCOPE)
        if refused:
            return refused
        if tool is None:
            return self.services.refusal(req, 404, "Not Found")
        if req.method == "PUT":
            return self._put(req, tool)
        with self.lock:
            ours = dict(self.handlers.get(deployment, {}))
        # Canvas tells its client ids as numbers, and a handler for every type
        return json_answer({"client_id": 10000000000042, "deployment_id": deployment,
                            "notice_handlers": [{"notice_type": t, "handler": ours.get(t, "")}
                                                for t in self.types]})

    def _put(self, req, tool):
        try:
            body = json.loads(req.body)
            kind, handler = body["notice_type"], body["handler"]
        except (ValueError, KeyError, TypeError):
            return self.services.refusal(req, 400, "Bad Request")
        ours = urllib.parse.urlsplit(tool.target).netloc
        if kind not in self.types:
            return self.services.refusal(req, 400, "unknown notice_type " + str(kind))
        if handler and urllib.parse.urlsplit(handler).netloc != ours:
            return self.services.refusal(req, 400, "handler must match the tool's domain")
        with self.lock:
            self.handlers.setdefault(tool.deployment, {})[kind] = handler
            self.puts.append((tool.deployment, kind, handler))
        if kind == HELLO and handler:
            threading.Thread(target=self.deliver, args=(tool, [self.notice(tool, HELLO)]),
                             daemon=True).start()
        return json_answer({"notice_type": kind, "handler": handler})

    # -- notices ----------------------------------------------------------------------------

    def claims(self, tool, kind, **more):
        """The claims of a notice; `more` by name: LTI's own short."""
        now = int(self.world.now())
        lti = ("version", "deployment_id", "notice", "context", "origin_contexts",
               "message_type")
        c = {"iss": self.world.issuer, "aud": tool.client_id, "azp": tool.client_id,
             "iat": now, "exp": now + 3600, "nonce": secrets.token_hex(12),
             L + "version": "1.3.0", L + "deployment_id": tool.deployment,
             L + "notice": {"id": secrets.token_hex(12), "type": kind,
                            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))}}
        for k, v in more.items():
            k = L + k if k in lti else k
            if v is None:
                c.pop(k, None)
            else:
                c[k] = v
        return c

    def notice(self, tool, kind, key=None, **more):
        """A signed notice."""
        from . import keys
        claims = self.claims(tool, kind, **more)
        return keys.sign(claims, key) if key else self.keyring.sign(claims)

    def copy_notice(self, tool, new, old):
        """What Canvas says when the course `old` became `new` (context ids)."""
        return self.notice(tool, COPY, context={"id": new, "title": "Copy"},
                           origin_contexts=old if isinstance(old, list) else [old])

    def deliver(self, tool, tokens, url=None):
        """POST notices to the tool's handler: (status, body as text)."""
        with self.lock:
            ours = self.handlers.get(tool.deployment, {})
        url = url or ours.get(COPY) or ours.get(HELLO)
        body = json.dumps({"notices": [{"jwt": t} for t in tokens]}).encode()
        return self.post(url, body)

    def post(self, url, body, kind="application/json"):
        req = urllib.request.Request(url, body, {"Content-Type": kind}, method="POST")
        try:
            with urllib.request.urlopen(req, timeout=20, context=self.context) as r:
                got = r.status, r.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as e:
            got = e.code, e.read().decode("utf-8", "replace")
        with self.lock:
            self.sent.append(got)
        return got

    # -- copies of courses ------------------------------------------------------------------

    def copy_course(self, old, num, title=None, people=(), working=()):
        """Course `num`, a copy of `old`: new context id, links, columns and activities under
        new ids, links and columns with what the tool gave them; and nobody but `people`, of whom
        `working` (numbers) then do what they did in the old course."""
        w = self.world
        new = copy.deepcopy(old)
        new.num, new.title = num, title or old.title + " (copy)"
        new.summary = {**old.summary, "id": num, "fullname": new.title}
        new.people = {p.num: p for p in people}
        renumber(new, old, working)
        with w.lock:
            w.courses[num] = new
            w.history[num] = [old.num] + w.history.get(old.num, [])
            moved = {}
            for number, link in list(w.links.items()):
                if link["course"] == old.num:
                    moved[number] = 1 + len(w.links)
                    w.links[moved[number]] = {**copy.deepcopy(link), "course": num,
                                              "history": [number] + link.get("history", [])}
            for item in list(w.line_items.values()):
                if item["course"] != old.num:
                    continue
                more = {k: v for k, v in item.items()
                        if k not in ("course", "label", "scoreMaximum", "resourceLinkId")}
                own = item.get("resourceLinkId")
                if own and int(own) in moved:
                    more["resourceLinkId"] = str(moved[int(own)])
                w.add_line_item(num, item["label"], item["scoreMaximum"], **more)
            for section in new.sections:
                for module in section["modules"]:
                    if module.get("modname") == "lti" and module.get("instance") in moved:
                        module["instance"] = moved[module["instance"]]
        return new


def renumber(new, old, working):
    """Ids of the copy's activities, quizzes and grade items; work of `working` alone."""
    modules, others = 100_000 * new.num, 1000 * new.num
    for section in new.sections:
        for module in section["modules"]:
            module["id"] += modules
            if module["modname"] == "quiz":
                module["instance"] += others
    for quiz in new.quizzes:
        quiz.update(id=quiz["id"] + others, coursemodule=quiz["coursemodule"] + modules,
                    course=new.num)
    for item in new.grade_items:
        item["id"] += others
        if item.get("cmid"):
            item["cmid"] += modules
        if item.get("itemmodule") == "quiz":
            item["iteminstance"] += others
    new.attempts = [a for a in new.attempts if a["attempt"]["userid"] in working]
    for a in new.attempts:
        a["attempt"].update(id=a["attempt"]["id"] + others, quiz=a["attempt"]["quiz"] + others)
    new.grade_users = {n: copy.deepcopy(old.grade_users[n]) for n in working}
    new.grades = {(n, item + others): list(row) for (n, item), row in old.grades.items()
                  if n in working}
