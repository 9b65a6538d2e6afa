"""The xAPI receiver through nginx: who may send, what is refused and why, what is kept, what a
sender can read again, and what a statement does to a student's panel."""
import base64
import json
import urllib.error
import urllib.request
import uuid

from tests.integration.base import Case

VERBS = "http://adlnet.gov/expapi/verbs/"


class Sender:
    """Somebody who has a key."""

    def __init__(self, stack, kind="xapi", path="/xapi/statements", **more):
        args = [x for k, v in more.items() for x in ("--" + k, str(v))]
        self.made = stack.json("receiver", "add", "--kind", kind, "--platform",
                               str(stack.registration), "--label", "Test", *args)
        self.stack, self.path = stack, path
        self.key = self.made["key"]
        if kind == "xapi":
            raw = "%s:%s" % (self.key, self.made["secret"])
            self.credentials = "Basic " + base64.b64encode(raw.encode()).decode()
        else:
            self.credentials = "Bearer " + self.made["token"]

    def ask(self, method="POST", body=None, query="", raw=None, path=None, **headers):
        """(status, parsed answer, headers)."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        head = {"Authorization": self.credentials, "Content-Type": "application/json",
                "X-Experience-API-Version": "1.0.3",
                **{k.replace("_", "-"): v for k, v in headers.items()}}
        url = self.stack.url + (path or self.path) + query
        req = urllib.request.Request(url, data=data, method=method, headers={
            k: v for k, v in head.items() if v is not None})
        try:
            with urllib.request.urlopen(req, timeout=60) as r:
                return r.status, self._parse(r.read()), r.headers
        except urllib.error.HTTPError as e:
            return e.code, self._parse(e.read()), e.headers

    @staticmethod
    def _parse(text):
        try:
            return json.loads(text)
        except ValueError:
            return text.decode("utf-8", "replace")

    def counts(self):
        """{state or "state: reason": how many} of this key."""
        rows = self.stack.json("receiver", "show", self.key)["counts"]
        return {r["state"] + (": " + r["reason"] if r["reason"] else ""): r["n"] for r in rows}


def statement(verb="experienced", **more):
    return {"id": str(uuid.uuid4()),
            "actor": {"account": {"homePage": "https://lms.example.test", "name": "7"}},
            "verb": {"id": VERBS + verb}, "object": {"id": "https://lms.example.test/a/1"},
            "timestamp": "2026-11-20T10:00:00Z", **more}


class Receiving(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sender = Sender(cls.stack)

    def stored(self):
        return self.count("statement")

    # -- who may send -----------------------------------------------------------------------

    def test_about_asks_for_nothing(self):
        status, told, _ = self.sender.ask("GET", path="/xapi/about", Authorization=None,
                                          X_Experience_API_Version=None)
        self.assertEqual((200, ["1.0.3", "2.0.0"]), (status, told["version"]))

    def test_only_keys_that_are_good(self):
        before = self.stored()
        def basic(text):
            return "Basic " + base64.b64encode(text.encode()).decode()
        other = Sender(self.stack, "caliper")
        gone = Sender(self.stack)
        self.stack.run("receiver", "revoke", gone.key)
        for wrong in (None, "Basic", "Basic !", basic("x:y"), basic("nothing"), "Bearer x",
                      basic(self.sender.key + ":wrong"), basic(self.sender.key + ":"),
                      gone.credentials, other.credentials, "Digest x",
                      self.sender.credentials[:-4]):
            status, told, head = self.sender.ask(body=statement(), Authorization=wrong)
            self.assertEqual((401, True), (status, "error" in told), wrong)
            self.assertIn("Basic", head["WWW-Authenticate"])
        self.assertEqual(before, self.stored())
        self.assertEqual("revoked", self.stack.json("receiver", "show", gone.key)["state"])

    def test_the_secret_is_kept_nowhere(self):
        secret = self.sender.made["secret"]
        rows = self.sql("SELECT secret_hash FROM receiver_key")
        self.assertFalse([r for r in rows if secret in r[0]])
        self.assertNotIn(secret, self.stack.run("receiver", "list").stdout)

    def test_a_version_must_be_said(self):
        for version, answer in (("1.0.3", "1.0.3"), ("1.0", "1.0.3"), ("1.0.1", "1.0.3"),
                                ("2.0.0", "2.0.0"), ("2.0", "2.0.0")):
            status, _, head = self.sender.ask(body=statement(), X_Experience_API_Version=version)
            self.assertEqual((200, answer), (status, head["X-Experience-API-Version"]))
            self.assertTrue(head["X-Experience-API-Consistent-Through"])
        for version in (None, "0.95", "1.1", "3.0", "x"):
            self.assertEqual(400, self.sender.ask(body=statement(),
                                                  X_Experience_API_Version=version)[0])

    # -- what comes in ------------------------------------------------------------------------

    def test_one_many_and_without_id(self):
        one, two = statement(), statement()
        self.assertEqual((200, [one["id"]]), self.sender.ask(body=one)[:2])
        bare = statement()
        del bare["id"]
        status, ids, _ = self.sender.ask(body=[two, bare])
        self.assertEqual((200, two["id"]), (status, ids[0]))
        self.assertEqual(str(uuid.UUID(ids[1])), ids[1])
        third = statement()
        self.assertEqual(204, self.sender.ask("PUT", third, "?statementId=" + third["id"])[0])
        self.assertEqual(400, self.sender.ask("PUT", third, "?statementId=" +
                                              str(uuid.uuid4()))[0])
        self.assertEqual(400, self.sender.ask("PUT", [third], "?statementId=" + third["id"])[0])
        self.assertEqual(400, self.sender.ask("PUT", third)[0])
        self.assertEqual(405, self.sender.ask("DELETE")[0])

    def test_again_is_the_same_and_other_content_a_conflict(self):
        batch = [statement() for _ in range(60)]
        self.assertEqual(200, self.sender.ask(body=batch)[0])
        before = self.stored()
        self.assertEqual(200, self.sender.ask(body=batch)[0])
        again = {**batch[3], "stored": "2026-11-20T10:00:05Z", "version": "1.0.0",
                 "id": batch[3]["id"].upper()}
        self.assertEqual(204, self.sender.ask("PUT", again, "?statementId=" + again["id"])[0])
        changed = {**batch[41], "verb": {"id": VERBS + "answered"}}
        status, told, _ = self.sender.ask(body=[statement(), changed, statement()])
        self.assertEqual((409, 1), (status, told["statement"]))
        status, told, _ = self.sender.ask(body=[*batch[:30], *[statement()] * 1, changed])
        self.assertEqual((409, 31), (status, told["statement"]))
        self.assertEqual(before, self.stored())

    def test_one_bad_statement_refuses_all_of_them(self):
        before = self.stored()
        bad = statement(result={"score": {"scaled": 1.5}})
        status, told, _ = self.sender.ask(body=[statement(), statement(), bad, statement()])
        self.assertEqual((400, 2), (status, told["statement"]))
        self.assertEqual("result.score.scaled: is not between -1 and 1", told["error"])
        twice = statement()
        self.assertEqual((400, 1), (lambda a: (a[0], a[1]["statement"]))(
            self.sender.ask(body=[twice, twice])))
        for raw in (b"", b"{", b"7", b"[7]", b'{"id":1}', b"\xff", b'"x"', b"[" * 100):
            status, told, _ = self.sender.ask(raw=raw)
            self.assertEqual((400, True), (status, "error" in told), raw)
        self.assertEqual(before, self.stored())

    def test_bodies_are_not_measured_here(self):
        gaze = statement(result={"extensions": {"https://x.test/ext/eye-tracking": {"x": 1}}})
        status, told, _ = self.sender.ask(body=[statement(), gaze])
        self.assertEqual((400, 1), (status, told["statement"]))
        self.assertIn("bodies", told["error"])

    def test_limits(self):
        self.assertEqual(413, self.sender.ask(body=[statement() for _ in range(501)])[0])
        self.assertEqual(200, self.sender.ask(body=[statement() for _ in range(500)])[0])
        long = statement(result={"response": "x" * 70000})
        self.assertEqual(413, self.sender.ask(body=long)[0])
        nearly = b" " * (4 * 1024 * 1024 - 2000) + json.dumps(statement()).encode()
        self.assertEqual(200, self.sender.ask(raw=nearly)[0])
        self.assertEqual(413, self.sender.ask(raw=nearly + b" " * 4000)[0])
        self.assertEqual(200, self.sender.ask(body=[])[0])

    def test_multipart_and_other_types_are_refused_with_a_reason(self):
        for kind in ("multipart/mixed; boundary=x", "text/plain", None):
            status, told, _ = self.sender.ask(body=statement(), Content_Type=kind)
            self.assertEqual(400, status)
            self.assertIn("ontent-Type" if kind != "multipart/mixed; boundary=x"
                          else "fileUrl", told["error"])

    # -- what can be read ---------------------------------------------------------------------

    def test_a_sender_reads_its_own(self):
        mine, other = Sender(self.stack), Sender(self.stack)
        sent = statement(result={"score": {"scaled": 0.95}})
        mine.ask(body=sent)
        status, got, head = mine.ask("GET", query="?statementId=" + sent["id"])
        self.assertEqual(200, status)
        self.assertTrue(head["ETag"])
        self.assertEqual(sent, {k: got[k] for k in sent})
        self.assertEqual({"stored", "authority", "version"}, set(got) - set(sent))
        self.assertEqual(mine.key, got["authority"]["account"]["name"])
        self.assertEqual(404, other.ask("GET", query="?statementId=" + sent["id"])[0])
        self.assertEqual([], other.ask("GET")[1]["statements"])

    def test_lists_by_filter_and_page_by_page(self):
        mine = Sender(self.stack)
        sent = [statement("answered" if i % 3 else "completed",
                          object={"id": "https://lms.example.test/a/%d" % (i % 4)})
                for i in range(120)]
        mine.ask(body=sent[:60])
        mine.ask(body=sent[60:])
        ids = [s["id"] for s in sent]

        def listed(query):
            found, pages = [], 0
            status, told, _ = mine.ask("GET", query=query)
            while True:
                self.assertEqual(200, status, told)
                found += [s["id"] for s in told["statements"]]
                pages += 1
                if not told["more"]:
                    return found, pages
                status, told, _ = mine.ask("GET", path=told["more"], query="")
        self.assertEqual(sorted(ids), sorted(listed("")[0]))
        self.assertEqual(ids, listed("?ascending=true&limit=50")[0])
        self.assertEqual(ids[::-1], listed("?limit=7")[0])
        verb = [s["id"] for s in sent if s["verb"]["id"].endswith("completed")]
        self.assertEqual(verb, listed("?ascending=true&limit=9&verb=" + VERBS + "completed")[0])
        self.assertEqual(30, len(listed("?activity=https://lms.example.test/a/2")[0]))
        agent = json.dumps(sent[0]["actor"])
        self.assertEqual(120, len(listed("?agent=" + urllib.request.quote(agent))[0]))
        nobody = json.dumps({"mbox": "mailto:x@y.test"})
        self.assertEqual([], listed("?agent=" + urllib.request.quote(nobody))[0])
        told = mine.ask("GET", query="?limit=1&ascending=true")[1]["statements"][0]["stored"]
        self.assertEqual([], [i for i in listed("?until=" + told)[0] if i in ids[60:]])
        self.assertEqual([], listed("?since=2099-01-01T00:00:00Z")[0])
        for wrong in ("?limit=-1", "?limit=x", "?since=yesterday", "?verbs=1", "?more=abc",
                      "?ascending=yes", "?agent=7", "?statementId=7", "?format=canonical",
                      "?limit=1&limit=2"):
            self.assertEqual(400, mine.ask("GET", query=wrong)[0], wrong)

    def test_what_is_voided_is_read_as_voided(self):
        mine, other = Sender(self.stack), Sender(self.stack)
        first, second = statement(), statement()

        def voiding(target):
            return statement("voided", object={"objectType": "StatementRef",
                                               "id": target["id"]})
        mine.ask(body=[first, second])
        void = voiding(first)
        early = voiding(second)
        self.assertEqual(200, other.ask(body=voiding(second))[0])  # of another sender: nothing
        self.assertEqual(200, mine.ask(body=void)[0])
        self.assertEqual(404, mine.ask("GET", query="?statementId=" + first["id"])[0])
        self.assertEqual(200, mine.ask("GET", query="?voidedStatementId=" + first["id"])[0])
        self.assertEqual(200, mine.ask("GET", query="?statementId=" + second["id"])[0])
        shown = [s["id"] for s in mine.ask("GET")[1]["statements"]]
        self.assertEqual([void["id"], second["id"]], shown)
        late = statement()
        mine.ask(body=voiding(late))  # before what it voids
        mine.ask(body=late)
        self.assertEqual(404, mine.ask("GET", query="?statementId=" + late["id"])[0])
        self.assertEqual(400, mine.ask(body={**early, "object": first["object"]})[0])


class ReceivingPostgres(Receiving):
    database = "postgresql"
