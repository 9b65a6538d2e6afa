"""A small HTTP client with a cookie jar that behaves as a browser does on loopback: Secure
cookies are kept over http, and cookies can be blocked altogether."""
import html
import html.parser
import http.client
import ssl
import urllib.parse


class Response:
    def __init__(self, status, headers, body, url):
        self.status, self.headers, self.body, self.url = status, headers, body, url

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def header(self, name):
        """The first header of that name, or None."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    @property
    def location(self):
        where = self.header("Location")
        return where and urllib.parse.urljoin(self.url, where)

    def forms(self):
        """The page's forms: a list of {action, method, fields, target}."""
        parser = FormParser()
        parser.feed(self.text)
        for f in parser.forms:
            f["action"] = urllib.parse.urljoin(self.url, f["action"] or self.url)
            f["page"] = self.url
        return parser.forms

    def visible(self):
        """The page's text without tags, white space folded."""
        parser = TextParser()
        parser.feed(self.text)
        return " ".join("".join(parser.parts).split())


class FormParser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append({"action": a.get("action"), "fields": {}, "attrs": a,
                               "method": (a.get("method") or "get").upper(),
                               "target": a.get("target")})
        elif tag in ("input", "button") and self.forms and a.get("name"):
            self.forms[-1]["fields"].setdefault(a["name"], a.get("value") or "")


class TextParser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style", "title")
        self.parts.append(" ")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style", "title")
        self.parts.append(" ")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


class Browser:
    """One browser. Kept connections are not used: each request is a fresh one."""

    def __init__(self, cookies=True, ca=None, timeout=30, resolve=None):
        self.cookies_on, self.timeout = cookies, timeout
        self.jar = {}             # (host, name) -> value
        self.context = ssl.create_default_context(cafile=ca) if ca else None
        self.resolve = resolve or {}

    def request(self, method, url, body=None, headers=None):
        """One request, no redirect followed. body: bytes, str, or a dict/pair list (a form)."""
        u = urllib.parse.urlsplit(url)
        send = {"Host": u.netloc, "User-Agent": "test", **(headers or {})}
        if isinstance(body, (dict, list)):
            body = urllib.parse.urlencode(body)
            send.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if isinstance(body, str):
            body = body.encode()
        cookie = "; ".join("%s=%s" % (n, v) for (h, n), v in self.jar.items() if h == u.netloc)
        if cookie and self.cookies_on:
            send["Cookie"] = cookie
        address = self.resolve.get(u.hostname, u.hostname)
        if u.scheme == "https":
            con = http.client.HTTPSConnection(address, u.port, timeout=self.timeout,
                                              context=self.context)
        else:
            con = http.client.HTTPConnection(address, u.port, timeout=self.timeout)
        try:
            target = (u.path or "/") + ("?" + u.query if u.query else "")
            con.request(method, target, body, {k: v for k, v in send.items() if v is not None})
            r = con.getresponse()
            answer = Response(r.status, r.getheaders(), r.read(), url)
        finally:
            con.close()
        for line in answer.all("Set-Cookie"):
            self._keep(u.netloc, line)
        return answer

    def _keep(self, host, line):
        first, *attributes = [p.strip() for p in line.split(";")]
        name, _, value = first.partition("=")
        gone = any(a.lower().replace(" ", "") == "max-age=0" for a in attributes)
        if gone:
            self.jar.pop((host, name), None)
        else:
            self.jar[host, name] = value

    def get(self, url, **kw):
        return self.request("GET", url, **kw)

    def post(self, url, body, **kw):
        return self.request("POST", url, body, **kw)

    def follow(self, answer, limit=5):
        """Follow redirects as GET."""
        while answer.status in (301, 302, 303) and limit:
            answer, limit = self.get(answer.location), limit - 1
        return answer

    def submit(self, form, **changes):
        """Send a form of a page."""
        fields = {**form["fields"], **changes}
        if form["method"] == "GET":
            query = urllib.parse.urlencode(fields)
            return self.get(form["action"] + ("?" + query if query else ""))
        here = urllib.parse.urlsplit(form["page"])
        origin = "%s://%s" % (here.scheme, here.netloc)
        return self.post(form["action"], fields, headers={"Origin": origin})


def unescape(text):
    return html.unescape(text)
