"""What the stand-in does wrong on demand.

A rule is a dict: {"on": endpoint name or "*", "do": what, "times": N or -1, "skip": N, ...}.
Endpoint names: jwks auth token nrps lineitems lineitem results scores ws (or ws:function)
config register course. The first rule that fits and has turns left is used.

| do | parameters | effect |
|---|---|---|
| slow | seconds | waits, then answers as usual |
| status | code, body, headers | that answer instead |
| html | code | an HTML error page instead |
| badjson | | the usual answer cut in the middle |
| replace | body, type | another body with status 200 |
| huge | bytes | one body of that many bytes, announced by Content-Length |
| bomb | bytes | so many bytes of white space, packed by gzip |
| endless | bytes | chunks without an end (stops after so many bytes, default 1 GiB) |
| drip | seconds | the usual answer, one byte at a time over so many seconds |
| redirect | to | 302 |
| ratelimit | after | 429 with Retry-After (Canvas manner: 403 "Rate Limit Exceeded") |
| close | | closes the connection without an answer |
| loop | | every page's "next" link is the page itself |
"""
import threading


class Misbehave:
    def __init__(self, rules=None):
        self.lock = threading.Lock()
        self.rules = []
        self.set(rules or [])

    def set(self, rules):
        """Replace all rules."""
        with self.lock:
            self.rules = [dict(r) for r in rules]
            for r in self.rules:
                r.setdefault("times", -1)
                r.setdefault("skip", 0)

    def add(self, rule):
        with self.lock:
            self.rules.insert(0, {"times": -1, "skip": 0, **rule})

    def take(self, name):
        """The rule for this request, its turn used up; or None."""
        with self.lock:
            for r in self.rules:
                on = r.get("on", "*")
                if on not in ("*", name) and not name.startswith(on + ":"):
                    continue
                if r["skip"] > 0:
                    r["skip"] -= 1
                    continue
                if r["times"] == 0:
                    continue
                if r["times"] > 0:
                    r["times"] -= 1
                return dict(r)
        return None
