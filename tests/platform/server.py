"""The LMS stand-in's server.

    /usr/bin/python3 -m tests.platform.server --port 8481 --tool-url http://127.0.0.1:8480

In tests it runs in a thread of the test: see Platform. README.md tells what it can do.
"""
import argparse
import collections
import http.server
import json
import random
import re
import signal
import ssl
import sys
import threading
import urllib.parse

from . import (canvas_api, deep_link, groups, misbehave, notices, oidc, pages, rate,
               registration, services, storage, web, world)
from .keys import Keyring
from .moodle_ws import WebServices

NRPS_PATH = re.compile(r"^/(?:mod/lti/services\.php/CourseSection/(\d+)/bindings/\d+/memberships"
                       r"|api/lti/courses/(\d+)/names_and_roles)$")
ITEMS_PATH = re.compile(r"^/(?:mod/lti/services\.php/(\d+)/lineitems"
                        r"|api/lti/courses/(\d+)/line_items)$")
ITEM_PATH = re.compile(r"^/(?:mod/lti/services\.php/(\d+)/lineitems/(\d+)/lineitem"
                       r"|api/lti/courses/(\d+)/line_items/(\d+))(/scores|/results)?$")
GROUPS_PATH = re.compile(r"^/api/lti/courses/(\d+)/(groups|group_sets)$")
PNS_PATH = re.compile(r"^/api/lti/notice-handlers/([^/]+)$")
SELECTION_PATH = re.compile(r"^/courses/(\d+)/deep_linking_response$")
ACTIVITY_PATH = re.compile(r"^/mod/(page|url|quiz|assign|forum)/view\.php$")


class Platform:
    """One stand-in: its world, its keys, its server thread. Use as a context manager."""

    def __init__(self, port=0, host="127.0.0.1", manner="moodle", issuer=None, name=None,
                 tls=None, seed=None, roster=0, recorded=True):
        if seed is not None:
            random.seed(seed)
        self.server = Server((host, port), Handler)
        self.server.platform = self
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.tls = context
        self.port = self.server.server_address[1]
        self.base = "%s://%s:%d" % ("https" if tls else "http", name or host, self.port)
        self.world = world.World(self.base, manner, issuer)
        self.keyring = Keyring(manner)
        self.misbehave = misbehave.Misbehave()
        self.rate = rate.Rate()
        self.oidc = oidc.Oidc(self.world, self.keyring)
        self.services = services.Services(self.world, self.oidc)
        self.notices = notices.Notices(self.world, self.keyring, self.services)
        self.groups = groups.Groups(self.world, self.services)
        self.services.groups = self.groups
        self.oidc.more_claims = self._more_claims
        self.ws = WebServices(self.world)
        self.canvas = canvas_api.CanvasApi(self.world)
        self.registration = registration.Registration(self.world)
        self.deep_link = deep_link.DeepLink(self.world)
        self.oidc.deep_link = self.deep_link
        self.storage = storage.Storage(self.world)
        self.pages = pages.Pages(self.world, self.storage)
        self.counts = collections.Counter()
        self.heard = collections.deque(maxlen=1000)  # (endpoint, request), the newest last
        self.count_lock = threading.Lock()
        self.thread = None
        if recorded:
            self.world.add_course(world.recorded_course(self.base))
        if roster:
            self.world.add_course(world.synthetic_course(50, roster, self.base))

    def _more_claims(self, claims, tool, course):
        """Of services that were switched on."""
        self.notices.put_claims(claims, tool)
        self.groups.put_claims(claims, course)

    # -- endpoints, for `waymark platform add` ------------------------------------------------

    @property
    def endpoints(self):
        """auth, token and jwks URLs."""
        if self.world.manner == "canvas":
            return {"auth": self.base + "/api/lti/authorize_redirect",
                    "token": self.base + "/login/oauth2/token",
                    "jwks": self.base + "/api/lti/security/jwks"}
        return {k: self.base + "/mod/lti/%s.php" % p
                for k, p in (("auth", "auth"), ("token", "token"), ("jwks", "certs"))}

    def add_tool(self, public_url, client_id="q8T2vFZxXnQ4bGd", deployment="1", custom=None):
        """Register a tool by hand, with Waymark's paths under public_url."""
        tool = world.Tool(client_id, public_url + "/lti/login", [public_url + "/lti/launch"],
                          public_url + "/lti/launch", public_url + "/lti/jwks.json",
                          deployment, custom=custom)
        self.world.tools[client_id] = tool
        return tool

    def trust(self, ca_file):
        """Believe this authority when the tool's key set is fetched."""
        self.services.context = ssl.create_default_context(cafile=ca_file)
        self.registration.context = self.deep_link.context = self.services.context

    def course_url(self, course=3, user=36):
        return "%s/course/view.php?id=%d&user=%d" % (self.base, course, user)

    # -- life -----------------------------------------------------------------------------------

    def start(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True)
        self.thread.start()
        return self

    def stop(self):
        if self.thread:
            self.server.shutdown()
            self.thread.join()
            self.thread = None
        self.server.server_close()

    __enter__ = start

    def __exit__(self, *exc):
        self.stop()

    # -- routing ----------------------------------------------------------------------------------

    def endpoint(self, req):
        """(name, function) for a request. The name is what misbehaviour rules go by."""
        p = req.path
        fixed = {
            "/": ("home", self.pages.home),
            "/mod/lti/certs.php": ("jwks", self._jwks),
            "/api/lti/security/jwks": ("jwks", self._jwks),
            "/mod/lti/auth.php": ("auth", self._auth),
            "/api/lti/authorize_redirect": ("auth", self._auth),
            "/mod/lti/token.php": ("token", self.services.token),
            "/login/oauth2/token": ("token",
                                    lambda r: self.canvas.token(r) or self.services.token(r)),
            "/login/oauth2/auth": ("canvas:auth", self.canvas.authorize),
            "/mod/lti/launch.php": ("launch", self._launch),
            "/mod/lti/return.php": ("return", self._return),
            "/mod/lti/openid-configuration.php": ("config", self.registration.configuration),
            "/mod/lti/openid-registration.php": ("register", self.registration.register),
            "/api/lti/security/openid-configuration": ("config",
                                                       self.registration.configuration),
            "/api/lti/registrations": ("register", self.registration.register),
            "/admin/tools": ("admin", self.registration.admin),
            "/mod/lti/contentitem_return.php": ("items", self._items),
            "/storage_frame": ("storage", self.storage.frame),
            "/control": ("control", self._control),
        }
        if p in fixed:
            return fixed[p]
        if p == "/webservice/rest/server.php":
            form = {**req.query, **req.form}
            return "ws:" + form.get("wsfunction", ""), lambda r: self.ws.call(form)
        if p.startswith("/api/v1/"):
            found = self.canvas.endpoint(p)
            if found:
                return found
        if p == "/course/view.php":
            return "course", lambda r: self._with_course(r.query.get("id"), self.pages.course, r)
        m = NRPS_PATH.match(p)
        if m:
            return "nrps", lambda r: self._with_course(m[1] or m[2], self.services.memberships, r)
        m = ITEMS_PATH.match(p)
        if m:
            return "lineitems", lambda r: self._with_course(m[1] or m[2],
                                                            self.services.line_items, r)
        m = ITEM_PATH.match(p)
        if m:
            course, number = m[1] or m[3], int(m[2] or m[4])
            what = (m[5] or "/lineitem")[1:]
            fn = {"lineitem": self.services.line_item, "scores": self.services.scores,
                  "results": self.services.results}[what]
            return what, lambda r: self._with_course(course, fn, r, number)
        m = GROUPS_PATH.match(p)
        if m:
            fn = self.groups.list_sets if m[2] == "group_sets" else self.groups.list_groups
            return m[2], lambda r: self._with_course(m[1], fn, r)
        m = PNS_PATH.match(p)
        if m:
            return "pns", lambda r: self.notices.endpoint(r, m[1])
        m = SELECTION_PATH.match(p)
        if m:
            return "items", lambda r: self._with_course(m[1], self.deep_link.content_items, r)
        m = ACTIVITY_PATH.match(p)
        if m:
            return "activity", lambda r: self.pages.activity(r, m[1])
        return "unknown", lambda r: web.Answer(404, "Not found", "text/plain")

    def _with_course(self, number, fn, req, *more):
        course = self.world.courses.get(int(number)) if str(number).isdigit() else None
        if course is None:
            return self.services.refusal(req, 404, "Not Found: Course doesn't exist")
        return fn(req, course, *more)

    def _jwks(self, req):
        return web.json_answer(self.keyring.jwks())

    def _auth(self, req):
        status, text = self.oidc.authenticate({**req.query, **req.form})
        return web.Answer(status, text)

    def _launch(self, req):
        """The page inside the course's iframe that sends the browser to the tool."""
        course = self.world.courses[int(req.query["course"])]
        person = course.people[int(req.query["user"])]
        tool = next(iter(self.world.tools.values()))
        message = {"dl": "LtiDeepLinkingRequest"}.get(req.query.get("message"),
                                                      "LtiResourceLinkRequest")
        number = req.query.get("link", "")
        number = int(number) if number.isdigit() else None
        target = self.world.links.get(number, {}).get("target")
        url, fields = self.oidc.initiation(tool, course, person, message, number, target)
        return web.Answer(200, oidc.auto_form(url, fields))

    def _return(self, req):
        return pages.page("Back", "<h1>Back in the course</h1><p>%s</p>" % urllib.parse.quote(
            req.query.get("lti_errormsg", ""), safe=" "))

    def _items(self, req):
        return self._with_course(req.query.get("course"), self.deep_link.content_items, req)

    def _control(self, req):
        """Change the stand-in from outside: see README.md."""
        if req.method == "GET":
            with self.count_lock:
                return web.json_answer(dict(self.counts))
        order = json.loads(req.body)
        if "misbehave" in order:
            self.misbehave.set(order["misbehave"])
        if order.get("rotate"):
            self.keyring.rotate(order.get("keep_old", True))
        if "wrong_key" in order:
            self.keyring.wrong_key(order["wrong_key"])
        for name in ("clock", "page_size", "token_life", "zero_without_score", "storage_target",
                     "storage", "deep_link"):
            if name in order:
                setattr(self.world, name, order[name])
        return web.json_answer({"ok": True})

    def count(self, name):
        """How often an endpoint was asked, by its name."""
        with self.count_lock:
            return self.counts[name]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256
    tls = None

    def finish_request(self, request, client_address):
        if not self.tls:
            self.RequestHandlerClass(request, client_address, self)
            return
        # here, so that a slow handshake holds its own thread only
        with self.tls.wrap_socket(request, server_side=True) as secured:
            self.RequestHandlerClass(secured, client_address, self)

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, ssl.SSLError, TimeoutError)):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "standin"
    disable_nagle_algorithm = True
    timeout = 60

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(timestamp or self.server.platform.world.now())

    def _serve(self):
        platform = self.server.platform
        split = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        form = {}
        if (self.headers.get("Content-Type") or "").startswith("application/x-www-form-urle"):
            form = oidc.parse_form(body.decode("utf-8", "replace"))
        req = web.Request(self.command, self.path, split.path, oidc.parse_form(split.query),
                          self.headers, body, form, None)
        name, fn = platform.endpoint(req)
        with platform.count_lock:
            platform.counts[name] += 1
            platform.heard.append((name, req))
        canvas = platform.world.manner == "canvas"
        if not platform.rate.take(name):
            self._send(platform.rate.refusal(canvas))
            return
        rule = platform.misbehave.take(name)
        req.misdeed = rule or {}
        answer = fn(req)
        if rule:
            answer = web.spoil(rule, answer, canvas)
        self._send(platform.rate.mark(answer, canvas))

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _send(self, answer):
        if answer is None:
            self.close_connection = True
            return
        if not isinstance(answer, web.Answer):
            self._send_chunks(answer)
            return
        self.send_response(answer.status, answer.reason)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        for k, values in answer.headers.items():
            for v in values if isinstance(values, list) else [values]:
                # http.server writes headers in Latin-1; Moodle's curly quotes go out as UTF-8
                self.send_header(k, v.encode().decode("latin-1"))
        self.end_headers()
        self.wfile.write(answer.body)

    def _send_chunks(self, chunks):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")


def main():
    ap = argparse.ArgumentParser(description="An LMS to try a tool with")
    ap.add_argument("--port", type=int, default=8481)
    ap.add_argument("--host", default="127.0.0.1")
    ap.add_argument("--tool-url", help="register the tool at this public URL")
    ap.add_argument("--client-id", default="q8T2vFZxXnQ4bGd")
    ap.add_argument("--manner", choices=("moodle", "canvas"), default="moodle")
    ap.add_argument("--roster", type=int, default=0, help="add a course of so many people")
    ap.add_argument("--seed", type=int)
    ap.add_argument("--misbehave", default="[]", help="rules, as JSON")
    args = ap.parse_args()
    platform = Platform(args.port, args.host, args.manner, seed=args.seed, roster=args.roster)
    platform.misbehave.set(json.loads(args.misbehave))
    if args.tool_url:
        platform.add_tool(args.tool_url, args.client_id)
    print("LMS stand-in at %s (%s)" % (platform.base, args.manner), flush=True)
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda *a: threading.Thread(target=platform.server.shutdown).start())
    platform.server.serve_forever(0.2)


if __name__ == "__main__":
    main()
