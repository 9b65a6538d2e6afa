#!/usr/bin/python3
"""make bench, second part: scores from the outbox to a platform with a rate limit.

So many scores wait in four courses. While they go out, the job workers are killed three times,
and a tenth of the scores change once more. Afterwards every column holds everybody's newest
score, nothing was taken twice, and nobody's scores arrived out of order. Beside it a bare loop
in a process of its own posts the same bodies to the same platform at the same limit: what counts
is the ratio. And one signature of an assertion beside `openssl speed`.

The platform is the stand-in of tests/platform: it keeps what it took, in order, which the load
generator's platform in ../shared/bench does not.
"""
import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

# pylint: disable=wrong-import-position
from tests.integration.base import query  # noqa: E402
from tests.platform import world  # noqa: E402
from tests.platform.oidc import AGS_SCOPE  # noqa: E402
from tests.platform.server import Platform  # noqa: E402
from tests.support import demo_course, stack  # noqa: E402

COURSES = (50, 51, 52, 53)
TYPE = "application/vnd.ims.lis.v1.score+json"
SIGN_LIMIT = 6    # an assertion may cost this many bare signatures (the key is read each time)
POST_LIMIT = 3    # the queue, without the crashes, may take this many times the bare loop


class Wrong(Exception):
    """A score was lost, doubled or out of order."""


class Queue:
    """Waymark with `n` scores waiting, and the platform that takes them."""

    def __init__(self, database, n, per_s, manner="moodle"):
        self.platform = Platform(recorded=False, manner=manner).start()
        self.stack = stack.Stack(database)
        self.stack.add_platform(self.platform)
        self.n, self.people = n, n // len(COURSES)
        self.expected = {}  # (item, user) -> newest score
        self.rows = 0
        self.items = {}
        for num in COURSES:
            self._open_course(num)
        known = {c: (int(t), int(k)) for t, k, c in query(
            self.stack, "SELECT tenant_id, course_id, context_id FROM course")}
        w = self.platform.world
        self.ids = {num: known[w.context_id(w.courses[num])] for num in COURSES}
        self.subs = {p.num: w.sub(p) for p in w.courses[COURSES[0]].people.values()}
        self._fill()
        self.platform.rate.limit(per_s)

    def _open_course(self, num):
        w = self.platform.world
        w.add_course(world.synthetic_course(num, self.people, self.platform.base))
        self.items[num] = w.add_line_item(num, "Mastery", 100)
        page = demo_course.launch(self.platform, self.stack, 90_000, num)
        if page.status != 200:
            raise RuntimeError(page.visible()[:300])

    def _insert(self, head, rows):
        for i in range(0, len(rows), 200):
            query(self.stack, head + " VALUES " + ",".join(rows[i:i + 200]))

    def _fill(self):
        tenant = next(iter(self.ids.values()))[0]
        subs = range(100_000, 100_000 + self.people)
        self._insert("INSERT INTO person (tenant_id, person_id, sub, locale, created_ms)",
                     ["(%d, %d, '%s', 'en', 1)" % (tenant, s, self.subs[s]) for s in subs])
        for _, course in self.ids.values():
            self._insert("INSERT INTO enrolment (tenant_id, course_id, person_id, roles, "
                         "is_learner, is_staff, is_test, status, source, seen_ms, version)",
                         ["(%d, %d, %d, 1, 1, 0, 0, 'active', 'nrps', 1, 0)"
                          % (tenant, course, s) for s in subs])
        for num in COURSES:
            self.put(num, subs, 0)

    def put(self, num, subs, more):
        """Scores of these people in a course: each replaces what still waits."""
        tenant, course = self.ids[num]
        target = self.platform.services.item_url(self.items[num], {"course": num}, "?type_id=1")
        now, rows = int(time.time() * 1000), []
        for s in subs:
            given = 1 + s % 49 + more
            self.expected[self.items[num], self.subs[s]] = given
            self.rows += 1
            payload = json.dumps({"at_ms": now - 60_000 if not more else now,
                                  "scoreGiven": given, "scoreMaximum": 100})
            rows.append("(%d, %d, %d, %d, 'score', '%s', 'k%d', '%s', 'pending', 0, 1, %d, %d)"
                        % (tenant, self.rows, course, s, target, self.rows, payload, now, now))
        if more:
            query(self.stack, "UPDATE outbox SET state = 'replaced' WHERE state = 'pending' AND "
                  "course_id = %d AND person_id IN (%s)" % (course, ",".join(map(str, subs))))
        self._insert("INSERT INTO outbox (tenant_id, outbox_id, course_id, person_id, kind, "
                     "target, dedupe_key, payload, state, attempts, next_ms, created_ms, "
                     "changed_ms)", rows)

    def taken(self):
        return len(self.platform.world.score_log)

    def left(self):
        return int(query(self.stack, "SELECT count(*) FROM outbox WHERE state = 'pending'")[0][0])

    def kill(self):
        for pid in self.stack.workers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def stop(self):
        self.stack.stop()
        self.platform.stop()


def check(q):
    """Nothing lost, doubled, out of order."""
    seen = {}
    for s in q.platform.world.snapshot():
        seen.setdefault((s["item"], s["userId"]), []).append((s["timestamp"], s["scoreGiven"]))
    lost = [k for k, v in q.expected.items() if not seen.get(k) or seen[k][-1][1] != v]
    doubled = [k for k, v in seen.items() if len({g for _, g in v}) != len(v)]
    disordered = [k for k, v in seen.items() if v != sorted(v) or [g for _, g in v] !=
                  sorted(g for _, g in v)]
    states = dict(query(q.stack, "SELECT state, count(*) FROM outbox GROUP BY state"))
    edits = int(query(q.stack, "SELECT count(*) FROM override_seen")[0][0])
    if lost or doubled or disordered or set(states) - {"sent", "replaced"} or edits:
        raise Wrong("lost %s doubled %s disordered %s states %s edits %d" % (
            lost[:3], doubled[:3], disordered[:3], states, edits))
    return {k: int(v) for k, v in states.items()}


def deliver(q, kills, seconds):
    """Everything out, with so many kills on the way: (seconds, of these idle after kills)."""
    at = [q.n * (i + 1) // (kills + 1) for i in range(kills)]
    changed, idle, began = False, 0.0, time.monotonic()
    query(q.stack, "UPDATE schedule SET next_ms = 0 WHERE name = 'publish.tick'")
    while q.left() > 0 or not changed:
        if time.monotonic() - began > seconds:
            raise Wrong("%d are left after %d s: %s" % (q.left(), seconds, q.stack.logs()))
        if not changed and q.taken() >= q.n // 3:
            for num in COURSES:  # some are sent already, some still wait
                q.put(num, range(100_000, 100_000 + q.people, 10), 50)
            changed = True
        if at and q.taken() >= at[0]:
            at.pop(0)
            since = time.monotonic()
            q.kill()
            time.sleep(0.2)  # what was on its way to the platform arrives
            before = q.taken()
            stack.wait_for(lambda n=before: q.taken() > n + 5 or q.left() == 0, 90,
                           why="another worker to go on")
            idle += time.monotonic() - since
        time.sleep(0.05)  # between two looks
    return time.monotonic() - began, idle


def bare(url, token, path):
    """The process that only posts: one connection, one body after the other."""
    where = urllib.parse.urlsplit(url)
    con = http.client.HTTPConnection(where.hostname, where.port)
    with open(path, encoding="utf-8") as f:
        posts = [json.loads(line) for line in f]
    began = time.monotonic()
    for target, body in posts:
        while True:
            con.request("POST", target, body, {"Content-Type": TYPE,
                                               "Authorization": "Bearer " + token})
            answer = con.getresponse()
            answer.read()
            if answer.status == 429:
                time.sleep(int(answer.getheader("Retry-After")))
                continue
            if answer.status != 200:
                sys.exit("bare: %d" % answer.status)
            break
    print(json.dumps({"seconds": time.monotonic() - began}))


def measure_bare(q):
    """The same scores into columns of their own, by the bare loop: seconds."""
    w = q.platform.world
    w.tokens["bare"] = ("bare", [AGS_SCOPE + "score"], w.now() + 3600)
    log, items = w.snapshot(), {}
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as f:
        for s in log[:q.n]:
            item = s.pop("item")
            if item not in items:
                num = w.line_items[item]["course"]
                items[item] = (num, w.add_line_item(num, "Bare", 100))
            num, other = items[item]
            target = q.platform.services.item_url(other, {"course": num}, "/scores")
            f.write(json.dumps([urllib.parse.urlsplit(target).path, json.dumps(s)]) + "\n")
        f.flush()
        out = subprocess.run([sys.executable, os.path.abspath(__file__), "--bare",
                              q.platform.base, "bare", f.name], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return json.loads(out)["seconds"]


def run(database, n, per_s, kills, seconds, say=print, beside=True, manner="moodle"):
    """One queue to its end. The figures; Wrong when anything is."""
    q = Queue(database, n, per_s, manner)
    try:
        took, idle = deliver(q, kills, seconds)
        states = check(q)
        got = q.taken()
        figures = {"database": database, "scores": q.rows, "accepted": got,
                   "replaced": states.get("replaced", 0), "seconds": took, "idle": idle,
                   "per_s": got / max(0.001, took - idle), "refused": q.platform.rate.refused}
        if say:
            say("%(database)s: %(scores)d scores, %(accepted)d taken once each and in order, "
                "%(replaced)d replaced before they went; %(seconds).1f s, of these %(idle).1f s "
                "until another worker took over; %(per_s).0f a second, %(refused)d answers "
                "\"slow down\"" % figures)
        if beside:
            figures["bare"] = measure_bare(q)
            figures["ratio"] = (took - idle) / figures["bare"] * q.n / got
            say("%s: bare loop %.1f s for %d; ratio %.2f (required <= %g)" % (
                database, figures["bare"], q.n, figures["ratio"], POST_LIMIT))
        return figures
    finally:
        q.stop()


def signing():
    """One assertion beside one bare signature: the ratio."""
    binary = os.path.join(stack.build_dir(), "tests", "bench", "assertion_sign")
    out = subprocess.run([binary], check=True, text=True, stdout=subprocess.PIPE).stdout
    ours = float(re.search(r"([\d.]+) us", out)[1])
    out = subprocess.run(["openssl", "speed", "-seconds", "2", "-mr", "rsa2048"], check=True,
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    theirs = 1e6 / float(re.search(r"^\+F2:\d+:2048:([\d.]+):", out, re.M)[1])
    print("assertion for a token %.0f us CPU, bare RSA-2048 signature %.0f us: ratio %.2f "
          "(required <= %g)" % (ours, theirs, ours / theirs, SIGN_LIMIT))
    return ours / theirs <= SIGN_LIMIT


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--scores", type=int, default=10_000)
    p.add_argument("--per-s", type=int, default=300, help="what the platform allows (300)")
    p.add_argument("--kills", type=int, default=3)
    p.add_argument("--seconds", type=int, default=600, help="most for each database")
    p.add_argument("--database", default="both", choices=["sqlite", "postgresql", "both"])
    p.add_argument("--bare", nargs=3, help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.bare:
        bare(*args.bare)
        return 0
    stack.turn_signals_into_exit()
    ok = signing()
    for database in ("sqlite", "postgresql"):
        if args.database in (database, "both"):
            try:
                ok = run(database, args.scores, args.per_s, args.kills,
                         args.seconds)["ratio"] <= POST_LIMIT and ok
            except Wrong as e:
                print("%s: WRONG: %s" % (database, e))
                ok = False
    print("within what is required" if ok else "NOT within what is required")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
