"""Requests and answers of the stand-in's server, and the ways to answer badly."""
import gzip
import json
import time


class Answer:
    def __init__(self, status=200, body="", kind="text/html; charset=utf-8", headers=None,
                 reason=None):
        self.status, self.kind, self.reason = status, kind, reason
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = dict(headers or {})


def json_answer(value, status=200, kind="application/json; charset=utf-8", headers=None,
                reason=None):
    # PHP writes "/" as "\/"; readers must cope.
    text = json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    return Answer(status, text, kind, headers, reason)


class Request:
    """One request: path, query and form as dicts of first values."""

    def __init__(self, method, target, path, query, headers, body, form, misdeed):
        self.method, self.target, self.path = method, target, path
        self.query, self.headers, self.body, self.form = query, headers, body, form
        self.misdeed = misdeed or {}

    def misled(self, what):
        return self.misdeed.get("do") == what


def spoil(rule, answer, canvas):
    """The answer as the rule wants it: an Answer, or a generator of byte chunks to be sent
    with chunked encoding, or None to close the connection."""
    do = rule["do"]
    if do == "slow":
        time.sleep(rule.get("seconds", 5))
        return answer
    if do == "status":
        return Answer(rule.get("code", 500), rule.get("body", ""), rule.get("type", "text/plain"),
                      rule.get("headers"))
    if do == "html":
        return Answer(rule.get("code", 502), "<!doctype html><html><title>Bad Gateway</title>"
                      "<h1>Bad Gateway</h1></html>")
    if do == "badjson":
        answer.body = answer.body[:max(1, len(answer.body) // 2)]
        return answer
    if do == "replace":
        return Answer(200, rule.get("body", ""), rule.get("type", answer.kind),
                      rule.get("headers"))
    if do == "huge":
        answer.body = b'{"keys":"' + b"x" * rule.get("bytes", 50 << 20) + b'"}'
        return answer
    if do == "bomb":
        answer.body = gzip.compress(b" " * rule.get("bytes", 200 << 20), 9)
        answer.headers["Content-Encoding"] = "gzip"
        return answer
    if do == "endless":
        return endless(rule.get("bytes", 1 << 30))
    if do == "drip":
        return drip(answer.body, rule.get("seconds", 30))
    if do == "redirect":
        return Answer(302, "", headers={"Location": rule["to"]})
    if do == "ratelimit":
        if canvas:
            return Answer(403, "403 Forbidden (Rate Limit Exceeded)", "text/plain",
                          {"X-Rate-Limit-Remaining": "0.0"})
        return Answer(429, "", "text/plain", {"Retry-After": str(rule.get("after", 1))})
    if do == "close":
        return None
    return answer


def endless(total):
    block = b" " * 65536
    for _ in range(total // len(block)):
        yield block


def drip(body, seconds):
    pause = seconds / max(1, len(body))
    for i in range(len(body)):
        yield body[i:i + 1]
        time.sleep(pause)
