"""A publisher of competency frameworks (CASE 1.0 and 1.1). Its framework is invented.

    with Publisher(version="v1p1", token="secret") as p:
        p.documents, p.package ...
"""
import http.server
import json
import re
import threading
import urllib.parse


def item(number, coding, statement, **more):
    return {"identifier": "00000000-0000-4000-8000-%012d" % number, "humanCodingScheme": coding,
            "fullStatement": statement, "lastChangeDateTime": "2026-03-01T08:00:00+00:00",
            "language": "en", **more}


def link(kind, origin, destination, number=None):
    """An association; ends are items or identifiers."""
    def node(x):
        name = x if isinstance(x, str) else x["identifier"]
        return {"identifier": name, "title": "", "uri": "https://case.invalid/" + name}
    return {"associationType": kind, "originNodeURI": node(origin),
            "destinationNodeURI": node(destination),
            **({} if number is None else {"sequenceNumber": number})}


def package(items, links, version="v1p1", title="Invented Fractions"):
    return {"CFDocument": {"identifier": "doc-1", "title": title, "creator": "Nobody at all",
                           "uri": "https://case.invalid/ims/case/%s/CFDocuments/doc-1" % version,
                           "language": "en", "lastChangeDateTime": "2026-03-01T08:00:00+00:00"},
            "CFItems": items, "CFAssociations": links, "CFDefinitions": {}}


def fractions(version="v1p1"):
    """Two groups, four skills, two prerequisites."""
    groups = [item(1, "NF", "Number and operations: fractions"), item(2, "RP", "Ratios")]
    skills = [item(3, "NF.1", "Understand a fraction as a part of a whole"),
              item(4, "NF.2", "Compare two fractions"),
              item(5, "RP.1", "Describe a ratio between two quantities"),
              item(6, "RP.2", "Solve problems with unit rates")]
    links = ([link("isChildOf", g, "doc-1", i) for i, g in enumerate(groups)]
             + [link("isChildOf", s, groups[i // 2], i) for i, s in enumerate(skills)]
             + [link("precedes", skills[0], skills[1]), link("precedes", skills[2], skills[3])])
    return package(groups + skills, links, version)


class Publisher:
    def __init__(self, version="v1p1", token=None, documents=1):
        self.version, self.token = version, token
        self.package = fractions(version)
        self.documents = ["doc-%d" % (i + 1) for i in range(documents)]
        self.asked = []
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # the name that http.server wants
                publisher.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def url(self, what):
        return "%s/ims/case/%s/%s" % (self.base, self.version, what)

    def answer(self, h):
        self.asked.append(h.path)
        status, value = self.look_up(h)
        body = json.dumps(value).encode()
        h.send_response(status)
        h.send_header("Content-Type", "application/json")
        h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        h.wfile.write(body)

    def look_up(self, h):
        path = urllib.parse.urlsplit(h.path)
        if self.token and h.headers.get("Authorization") != "Bearer " + self.token:
            return 401, {"imsx_codeMajor": "failure", "imsx_description": "Unauthorized"}
        m = re.match(r"^/ims/case/%s/(CFDocuments|CFPackages)(?:/([^/]+))?$" % self.version,
                     path.path)
        if m and m[1] == "CFDocuments" and m[2] is None:
            q = dict(urllib.parse.parse_qsl(path.query))
            first, n = int(q.get("offset", 0)), int(q.get("limit", 100))
            return 200, {"CFDocuments": [
                {"identifier": d, "title": "Framework %s" % d, "creator": "Nobody at all",
                 "adoptionStatus": "Adopted", "lastChangeDateTime": "2026-03-01T08:00:00+00:00",
                 "CFPackageURI": {"identifier": d, "title": "", "uri": self.url(
                     "CFPackages/" + d)}} for d in self.documents[first:first + n]]}
        if m and m[1] == "CFPackages" and m[2] in self.documents:
            return 200, self.package
        return 404, {"imsx_codeMajor": "failure", "imsx_description": "Not found"}
