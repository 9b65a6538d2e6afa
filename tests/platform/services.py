"""Access tokens, Names and Roles 2.0, Assignment and Grades 2.0, in both manners.

What Moodle does was read off recorded traffic: exact media types, 409 on a timestamp that is
not newer in whole seconds, typographic quotes in Link headers of the grade service, 404 for
results with both limit and type_id, a result without score where there is no grade.
"""
import datetime
import json
import re
import secrets
import urllib.parse

from .keys import ToolKeys
from .oidc import AGS_SCOPE, AGS_SCOPES, MEMBERSHIP, NRPS_SCOPE
from .web import Answer, json_answer

NRPS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$")


def media(value):
    """A media type without parameters, lower case."""
    return (value or "").split(";")[0].strip().lower()


def instant(text):
    """Seconds since 1970 of an ISO 8601 time with a zone, or None."""
    if not isinstance(text, str) or not ISO.match(text):
        return None
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


class Services:
    def __init__(self, world, oidc, context=None):
        self.world, self.oidc, self.context = world, oidc, context
        self.groups = None        # groups.Groups: the roster tells them when asked

    # -- access token ----------------------------------------------------------------------

    def token(self, req):
        """POST to the token endpoint. Moodle answers JSON under text/html."""
        if req.method != "POST" or media(req.headers.get("Content-Type")) != \
                "application/x-www-form-urlencoded":
            return self._token_error("invalid_request")
        f = req.form
        if not f.get("scope") or f.get("client_assertion_type") != ASSERTION:
            return self._token_error("invalid_request")
        if f.get("grant_type") != "client_credentials":
            return self._token_error("unsupported_grant_type")
        try:
            client = self._client_of(f.get("client_assertion", ""))
        except ValueError as e:
            return self._token_error(str(e))
        asked = f["scope"].split()
        with self.world.lock:
            self.world.asked.append((client, asked))
        granted = [s for s in asked if s in self.known_scopes()]
        if self.world.manner == "canvas" and granted != asked:
            return self._token_error("invalid_scope")
        if not granted:
            return self._token_error("invalid_scope")
        token = secrets.token_hex(16)
        with self.world.lock:
            life = self.world.token_life
            self.world.tokens[token] = (client, granted, self.world.now() + life)
        body = self.patched("token", {"access_token": token, "token_type": "Bearer",
                                      "expires_in": life, "scope": " ".join(granted)})
        kind = "application/json" if self.world.manner == "canvas" else "text/html"
        return Answer(200, json.dumps(body, indent=2), kind + "; charset=utf-8")

    def known_scopes(self):
        return {*AGS_SCOPES, NRPS_SCOPE, *self.world.more_scopes}

    def patched(self, name, value):
        """What a test made of this answer."""
        change = self.world.patch.get(name)
        return change(value) if change else value

    def _token_error(self, code):
        # Moodle puts the words between quotes as they are: not always JSON.
        return Answer(400, '{\n  "error" : "%s"\n}\n' % code, "text/html; charset=utf-8")

    def _client_of(self, assertion):
        """The client that a valid assertion names. Raises ValueError with the error code."""
        parts = assertion.split(".")
        try:
            import base64
            claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except (IndexError, ValueError) as e:
            raise ValueError("invalid_request") from e
        tool = self.world.tools.get(claims.get("iss"))
        if tool is None or (self.world.manner == "canvas" and claims.get("sub") != tool.client_id):
            raise ValueError("invalid_client")
        if tool.keys is None:
            tool.keys = ToolKeys(tool.jwks_url, self.context)
        claims = tool.keys.verify(assertion)
        now = self.world.now()
        exp, iat = claims.get("exp"), claims.get("iat")
        if not isinstance(exp, (int, float)) or exp <= now:
            raise ValueError("Expired token")
        if isinstance(iat, (int, float)) and iat > now:
            raise ValueError("Cannot handle token with iat prior to " +
                             datetime.datetime.utcfromtimestamp(iat).isoformat())
        if self.world.manner == "canvas":
            aud = claims.get("aud")
            if self.oidc.world.base + "/login/oauth2/token" not in (
                    aud if isinstance(aud, list) else [aud]) or not claims.get("jti"):
                raise ValueError("invalid_client")
        return tool.client_id

    def allowed(self, req, *scopes):
        """None when the bearer token has one of the scopes, else the 401 answer."""
        head = req.headers.get("Authorization", "")
        token = head[7:] if head.startswith("Bearer ") else ""
        with self.world.lock:
            client, granted, until = self.world.tokens.get(token, (None, [], 0))
        if client and until > self.world.now() and any(s in granted for s in scopes):
            return None
        return self.refusal(req, 401, "Unauthorized")

    def refusal(self, req, status, reason):
        """Moodle's error form."""
        return json_answer({"status": status, "reason": reason,
                            "request": {"method": req.method, "url": req.target}},
                           status=status, reason=reason)

    # -- paging ----------------------------------------------------------------------------

    def page(self, req, rows, curly):
        """(rows of this page, headers). Moodle: limit and from; Canvas: page and per_page."""
        canvas = self.world.manner == "canvas"
        most = self.world.page_size  # a limit is a hint: a platform may give less
        limit = int(req.query.get("limit") or most)
        if most:
            limit = min(limit, most) or most
        if canvas:
            start = (int(req.query.get("page") or 1) - 1) * limit
        else:
            start = int(req.query.get("from") or 0)
        if limit <= 0:
            return rows, {}
        cut = rows[start:start + limit]

        def url(n):
            keep = {k: v for k, v in req.query.items() if k not in ("limit", "from", "page")}
            keep["limit"] = str(limit)
            keep["page" if canvas else "from"] = str(n // limit + 1 if canvas else n)
            return self.world.base + req.path + "?" + urllib.parse.urlencode(keep, safe="/:")

        links = [("first", url(0))] if canvas or curly else []
        if start + limit < len(rows):
            links.append(("next", req.misled("loop") and self.world.base + req.target
                          or url(start + limit)))
        if not links:
            return cut, {}
        if curly and not canvas:  # seen in the grade service only
            text = ", ".join("<%s>; rel=“%s”" % (u.replace("&", "&amp;"), r) for r, u in links)
        else:
            text = ", ".join('<%s>; rel="%s"' % (u, r) for r, u in links)
        if self.world.link_style:
            text = self.world.link_style(text)
        return cut, {"Link": text}

    # -- names and roles -------------------------------------------------------------------

    def memberships(self, req, course):
        refused = self.allowed(req, NRPS_SCOPE)
        if refused:
            return refused
        w = self.world
        accept = media(req.headers.get("Accept")) or "*/*"
        if w.manner == "moodle" and accept not in ("*/*", NRPS_TYPE):
            return self.refusal(req, 400, "No handler found for %s %s" % (req.path, accept))
        w.roster_queries.append(dict(req.query))
        people = [p for p in course.people.values() if p.listed]
        role = req.query.get("role", "").rsplit("#", 1)[-1]
        if role in ("Learner", "Instructor"):
            people = [p for p in people if self._roster_role(p) == role]
        changed = self._changes(req, course, people)
        if changed is None:
            return self.refusal(req, 404, "Not Found: no such state of the roster")
        rows, headers = self.page(req, changed, curly=False)
        if w.differences and 'rel="next"' not in headers.get("Link", ""):
            mark = len(w.rosters)
            w.rosters.append({p.num: (p, p.name, tuple(p.roles)) for p in people})
            link = '<%s%s?since=%d>; rel="differences"' % (w.base, req.path, mark)
            headers["Link"] = ", ".join(x for x in (headers.get("Link"), link) if x)
        body = {"id": w.base + req.path,
                "context": {"id": w.context_id(course), "label": course.label,
                            "title": course.title},
                "members": [self._member(p) for p in rows]}
        if self.groups and self.groups.on and req.query.get("groups") == "true":
            for m, p in zip(body["members"], rows):
                m["group_enrollments"] = self.groups.of_person(course, p.num)
        if w.manner == "canvas" and req.query.get("rlid"):
            for m, p in zip(body["members"], rows):  # what a launch of that link would bring
                m["message"] = [{CLAIM + "message_type": "LtiResourceLinkRequest",
                                 "locale": "en", "https://www.instructure.com/canvas_user_id":
                                 p.num, CLAIM + "custom": {}}]
        body = self.patched("nrps", body)
        return json_answer(body, kind=NRPS_TYPE + "; charset=utf-8", headers=headers)

    def _changes(self, req, course, people):
        """Everybody, or who changed since a state of the roster was told; None: unknown state."""
        self.world.gone = set()
        if not req.query.get("since") or not self.world.differences:
            return people
        mark = int(req.query["since"])
        if mark >= len(self.world.rosters) or self.world.rosters[mark] is None:
            return None
        then = self.world.rosters[mark]
        now = {p.num: p for p in people}
        gone = [x[0] for n, x in then.items() if n not in now]
        self.world.gone = {p.num for p in gone}
        return gone + [p for p in people if p.num not in then
                       or then[p.num][1:] != (p.name, tuple(p.roles))]

    def _roster_role(self, p):
        """Moodle: a non-editing teacher is Learner here though Instructor in launches."""
        if self.world.manner == "moodle":
            return "Instructor" if "editingteacher" in p.roles else "Learner"
        return "Instructor" if p.teaches else "Learner"

    def _member(self, p):
        w, role = self.world, self._roster_role(p)
        m = {"status": "Active", "roles": [role], "user_id": w.sub(p),
             "lis_person_sourcedid": p.sourcedid, "name": p.name, "given_name": p.given,
             "family_name": p.family, "email": p.email, "ext_user_username": p.username}
        if p.num in w.gone:
            m["status"] = "Deleted"
        if w.manner == "canvas":
            m["roles"] = [MEMBERSHIP + role]
            m["picture"] = w.base + "/avatar.png"
            m["lti11_legacy_user_id"] = "8c8b7b%d" % p.num
            del m["ext_user_username"]
        return m

    # -- line items ------------------------------------------------------------------------

    def item_url(self, number, item, query=""):
        if self.world.manner == "canvas":
            return "%s/api/lti/courses/%d/line_items/%d" % (self.world.base, item["course"], number)
        return "%s/mod/lti/services.php/%d/lineitems/%d/lineitem%s" % (
            self.world.base, item["course"], number, query)

    def _item_body(self, number, item):
        body = {"id": self.item_url(number, item, "?type_id=1")}
        body.update({k: v for k, v in item.items() if k != "course" and v is not None})
        return body

    def line_items(self, req, course):
        """The container: list or create."""
        write = req.method == "POST"
        refused = self.allowed(req, AGS_SCOPE + "lineitem",
                               *([] if write else [AGS_SCOPE + "lineitem.readonly"]))
        if refused:
            return refused
        if write:
            return self._create(req, course)
        strict = self.world.manner == "moodle"
        if strict and media(req.headers.get("Accept")) not in ("", ITEMS_TYPE):
            return self.refusal(req, 400, "No context or unsupported content type")
        q = req.query
        rows = [(n, i) for n, i in sorted(self.world.line_items.items())
                if i["course"] == course.num
                and q.get("tag") in (None, i.get("tag"))
                and q.get("resource_id") in (None, i.get("resourceId"))
                and q.get("resource_link_id") in (None, i.get("resourceLinkId"))]
        cut, headers = self.page(req, rows, curly=True)
        return json_answer(self.patched("lineitems", [self._item_body(n, i) for n, i in cut]),
                           kind=ITEMS_TYPE + "; charset=utf-8", headers=headers)

    def _parse_item(self, req):
        try:
            body = json.loads(req.body)
        except ValueError:
            return None
        if not isinstance(body, dict) or not body.get("label") or "scoreMaximum" not in body:
            return None
        return {k: body[k] for k in ("label", "scoreMaximum", "resourceId", "tag",
                                     "resourceLinkId", "startDateTime", "endDateTime")
                if k in body}

    def _create(self, req, course):
        if self.world.manner == "moodle" and media(req.headers.get("Content-Type")) != ITEM_TYPE:
            return self.refusal(req, 400, "No handler found for " + req.path)
        item = self._parse_item(req)
        if item is None:
            return self.refusal(req, 400, "No label or Score Maximum")
        link = item.get("resourceLinkId")
        if link and (not link.isdigit() or int(link) not in self.world.links):
            canvas = self.world.manner == "canvas"
            return self.refusal(req, 404 if canvas else 403, "Forbidden")
        number = self.world.add_line_item(course.num, item.pop("label"),
                                          item.pop("scoreMaximum"), **item)
        made = self.world.line_items[number]
        return json_answer(self._item_body(number, made), status=201, reason="Created",
                           kind=ITEM_TYPE + "; charset=utf-8")

    def line_item(self, req, course, number):
        """One item: read, replace, delete."""
        scopes = [AGS_SCOPE + "lineitem"]
        if req.method == "GET":
            scopes.append(AGS_SCOPE + "lineitem.readonly")
        refused = self.allowed(req, *scopes)
        if refused:
            return refused
        item = self.world.line_items.get(number)
        if item is None or item["course"] != course.num:
            return self.refusal(req, 404, "Not Found: Grade item %d doesn't exist" % number)
        if req.method == "DELETE":
            with self.world.lock:
                self.world.line_items.pop(number)
            return Answer(204, "", "text/html; charset=utf-8")
        if req.method == "PUT":
            new = self._parse_item(req)
            if new is None:
                return self.refusal(req, 400, "Bad Request")
            with self.world.lock:
                item.update(new)
        return json_answer(self._item_body(number, item), kind=ITEM_TYPE + "; charset=utf-8")

    # -- scores and results ----------------------------------------------------------------

    def scores(self, req, course, number):
        refused = self.allowed(req, AGS_SCOPE + "score")
        if refused:
            return refused
        moodle = self.world.manner == "moodle"
        if moodle and media(req.headers.get("Content-Type")) != SCORE_TYPE:
            return self.refusal(req, 400, "No handler found for " + req.path)
        item = self.world.line_items.get(number)
        if item is None:
            return self.refusal(req, 404, "Not Found")
        try:
            body = json.loads(req.body)
            person = self.world.person_by_sub(course, body["userId"])
            at = instant(body["timestamp"])
        except (ValueError, KeyError, TypeError):
            return self.refusal(req, 400, "Incorrect score received")
        bad = (at is None or "activityProgress" not in body or "gradingProgress" not in body
               or ("scoreGiven" in body and "scoreMaximum" not in body))
        if bad or person is None or not person.is_student:
            status = 400 if moodle else 422
            return self.refusal(req, status, "Incorrect score received")
        return self._store_score(body, number, item, person, at)

    def _store_score(self, body, number, item, person, at):
        w = self.world
        with w.lock:
            old = w.scores.get((number, person.num))
            whole = int if w.manner == "moodle" else float
            if old and whole(old["at"]) >= whole(at):
                status = 409 if w.manner == "moodle" else 400
                return Answer(status, "[]", "application/json", reason="Refusing score with an "
                              "earlier timestamp for item %d and user %d" % (number, person.num))
            score = None
            if body["gradingProgress"] == "FullyGraded" and body.get("scoreGiven") is not None:
                score = (float(body["scoreGiven"]) * item["scoreMaximum"]
                         / float(body["scoreMaximum"]))
            w.scores[number, person.num] = {"score": score, "maximum": item["scoreMaximum"],
                                            "at": at, "comment": body.get("comment")}
            w.score_log.append({"item": number, **body})
        if w.manner == "canvas":
            return json_answer({"resultUrl": "%s/results/%d" % (self.item_url(number, item),
                                                                 person.num)}, status=201)
        return Answer(200, "", SCORE_TYPE + "; charset=utf-8")

    def results(self, req, course, number):
        refused = self.allowed(req, AGS_SCOPE + "result.readonly")
        if refused:
            return refused
        w = self.world
        item = w.line_items.get(number)
        if item is None:
            return self.refusal(req, 404, "Not Found")
        if w.manner == "moodle" and req.query.get("limit") and req.query.get("type_id"):
            return Answer(404, "<!doctype html><title>Error</title><p>Error</p>", "text/html")
        with w.lock:
            users = [u for (n, u) in w.scores if n == number and u in course.people]
        only = req.query.get("user_id")
        if only:
            users = [u for u in users if w.sub(course.people[u]) == only]
        cut, headers = self.page(req, users, curly=True)
        query = "?type_id=1" if req.query.get("type_id") else ""
        rows = self.patched("results", [self._result(number, item, course.people[u], query)
                                        for u in cut])
        return json_answer(rows, kind=RESULTS_TYPE + "; charset=utf-8", headers=headers)

    def _result(self, number, item, person, query):
        w = self.world
        s = w.scores[number, person.num]
        sub, base = w.sub(person), self.item_url(number, item)
        if w.manner == "canvas":
            return {"id": "%s/results/%d" % (base, person.num), "scoreOf": base, "userId": sub,
                    "resultScore": s["score"], "resultMaximum": s["maximum"]}
        row = {"id": "%s/results%s%suser_id=%s" % (base, query, "&" if query else "?", sub),
               "userId": sub}
        missing = s["score"] is None or (s["score"] == 0 and w.zero_without_score)
        if not missing:
            at = datetime.datetime.fromtimestamp(int(s["at"]), datetime.timezone.utc)
            score = s["score"]
            row.update({"resultScore": int(score) if score == int(score) else score,
                        "resultMaximum": s["maximum"], "scoreOf": base + query,
                        "timestamp": at.isoformat()})
            if s["comment"]:
                row["comment"] = s["comment"]
        return row
