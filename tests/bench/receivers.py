#!/usr/bin/python3
"""make bench, third part: learning records through nginx, beside a bare FastCGI program.

Statements about 500 invented students come in batches of 100, and one by one, from 8 clients at
once, on SQLite and PostgreSQL; job workers make evidence of them meanwhile. In the same run the
bare program of ../shared/bench takes POSTs of the same bodies behind nginx. What is required is a
rate (2,000 statements a second in batches); the ratio says how much of it is ours. CPU of
"waymark" includes the job that works meanwhile.
"""
import argparse
import base64
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

# pylint: disable=wrong-import-position
from tests.bench import bench  # noqa: E402
from tests.integration.base import query  # noqa: E402
from tests.platform import world  # noqa: E402
from tests.platform.server import Platform  # noqa: E402
from tests.support import demo_course, pg, stack  # noqa: E402

REQUIRED = 2000
COURSE, STUDENTS = 50, 500
LUA = os.path.join(bench.TOOLS, "statements.lua")

# Every statement is new: its id has the run's own number and counts.
SCRIPT = """
local batch, tag, base = tonumber(os.getenv("BATCH")), os.getenv("TAG"), os.getenv("LMS")
local n = 0
local verbs = {"answered", "answered", "answered", "scored", "experienced"}
local function statement()
  n = n + 1
  local verb = verbs[n %% 5 + 1]
  return string.format('{"id":"%%s-%%04x-4%%03x-8000-%%012x","actor":{"objectType":"Agent",' ..
    '"name":"Student %%d","account":{"homePage":"%%s","name":"%%d"}},"verb":{"id":' ..
    '"http://adlnet.gov/expapi/verbs/%%s","display":{"en":"%%s"}},"object":{"objectType":' ..
    '"Activity","id":"%%s/mod/quiz/view.php?id=77#q%%d","definition":{"name":{"en":' ..
    '"Question %%d"},"type":"http://adlnet.gov/expapi/activities/cmi.interaction",' ..
    '"interactionType":"choice","choices":[{"id":"a"},{"id":"b"},{"id":"c"}]}},' ..
    '"result":{"score":{"raw":%%d,"min":0,"max":4},"success":true,"duration":"PT14S"},' ..
    '"context":{"contextActivities":{"parent":[{"id":"%%s/mod/quiz/view.php?id=77"}],' ..
    '"grouping":[{"id":"%%s/course/view.php?id=%d"}]},"language":"en"},' ..
    '"timestamp":"2026-10-%%02dT10:%%02d:%%02dZ"}',
    tag, n %% 65536, n %% 4096, n, n %% %d, base, 100000 + n %% %d, verb, verb, base,
    n %% 5 + 1, n %% 5 + 1, n %% 5, base, base, n %% 28 + 1, n %% 60, n %% 59)
end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-Experience-API-Version"] = "1.0.3"
wrk.headers["Authorization"] = os.getenv("KEY")
function request()
  if batch == 1 then return wrk.format(nil, nil, nil, statement()) end
  local list = {}
  for i = 1, batch do list[i] = statement() end
  return wrk.format(nil, nil, nil, "[" .. table.concat(list, ",") .. "]")
end
""" % (COURSE, STUDENTS, STUDENTS)


def wrk(url, batch, tag, seconds, key="", lms="https://lms.example.test"):
    """(requests answered with 2xx, seconds) of 8 clients."""
    env = {**os.environ, "BATCH": str(batch), "TAG": "%08x" % tag, "KEY": key, "LMS": lms}
    out = subprocess.run(["wrk", "-t1", "-c%d" % bench.CLIENTS, "-d%ds" % seconds, "--timeout",
                          "30s", "-s", LUA, url], env=env, stdout=subprocess.PIPE, check=True,
                         text=True).stdout
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s)", out)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if wrong or "Socket errors" in out:
        sys.exit("bench: not everything was taken\n" + out)
    return int(done.group(1)), float(done.group(2)) / (1000 if done.group(3) == "ms" else 1)


def postmaster(url):
    """The process of a PostgreSQL of tests/support/pg.sh, or none."""
    found = re.search(r"host=([^&]+)", url)
    pid = os.path.join(found.group(1), "data", "postmaster.pid") if found else ""
    if not os.path.exists(pid):
        return []
    with open(pid, encoding="ascii") as f:
        return [int(f.readline())]


class Receiver:
    """Waymark with a course of 500 and a key for it."""

    def __init__(self, database):
        self.platform = Platform(recorded=False).start()
        course = world.synthetic_course(COURSE, STUDENTS, self.platform.base)
        course.sections[0]["modules"].append({
            "id": 77, "url": self.platform.base + "/mod/quiz/view.php?id=77", "instance": 7,
            "name": "Quiz 1: a lot of it", "visible": 1, "uservisible": True,
            "visibleoncoursepage": 1, "modname": "quiz", "completion": 0, "dates": []})
        self.platform.world.add_course(course)
        self.stack = stack.Stack(database, conf={"web_workers": bench.WORKERS,
                                                 "log_level": "warn"})
        self.stack.add_platform(self.platform)
        demo_course.prepare(self.stack, self.platform, course=COURSE,
                            title="Big course %d" % COURSE)
        made = self.stack.json("receiver", "add", "--kind", "xapi", "--platform",
                               str(self.stack.registration), "--label", "Bench")
        text = "%s:%s" % (made["key"], made["secret"])
        self.key, self.number = "Basic " + base64.b64encode(text.encode()).decode(), made["key"]
        self.pids = {n: [self.stack.processes[n].pid] for n in ("waymark", "nginx")}
        self.pids["postgres"] = postmaster(self.stack.values["database"])

    def measure(self, batch, tag, seconds):
        """One line: statements a second, CPU of each part for one statement."""
        before = {k: bench.cpu_us(v) for k, v in self.pids.items()}
        requests, took = wrk(self.stack.url + "/xapi/statements", batch, tag, seconds,
                             self.key, self.platform.base)
        n = requests * batch
        return {"rate": n / took, "requests": requests, "n": n,
                "us": {k: (bench.cpu_us(v) - before[k]) / max(n, 1)
                       for k, v in self.pids.items() if v}}

    def stored(self):
        return int(query(self.stack, "SELECT count(*) FROM statement")[0][0])

    def looked_at(self):
        return int(query(self.stack,
                         "SELECT count(*) FROM statement WHERE state <> 'new'")[0][0])

    def stop(self):
        self.stack.stop()
        self.platform.stop()


def measure_bare(hello, batch, tag, seconds):
    before = bench.cpu_us(hello.pids)
    requests, took = wrk("http://127.0.0.1:%d/" % hello.port, batch, tag, seconds)
    return {"rate": requests / took, "us": (bench.cpu_us(hello.pids) - before) / requests}


def median(rows):
    return sorted(rows, key=lambda r: r["rate"])[len(rows) // 2]


def one_database(name, hello, args):
    """Is the rate what is required?"""
    receiver, tag = Receiver(name), int(time.time()) % 1000000
    sent, rows, bare = 0, {100: [], 1: []}, {100: [], 1: []}
    try:
        for _ in range(args.rounds):
            for batch in (100, 1):
                tag += 1
                bare[batch].append(measure_bare(hello, batch, tag, args.seconds))
                rows[batch].append(receiver.measure(batch, tag, args.seconds))
                sent += rows[batch][-1]["n"]
        if receiver.stored() < sent:
            sys.exit("bench: %d statements were taken, %d are there" % (sent, receiver.stored()))
        looked, began = receiver.looked_at(), time.monotonic()
        time.sleep(2 * args.seconds)  # the job alone, to say how fast it is
        rate = (receiver.looked_at() - looked) / (time.monotonic() - began)
    finally:
        receiver.stop()
    for batch in (100, 1):
        line, floor = median(rows[batch]), median(bare[batch])
        ours = sum(line["us"].values()) * batch
        print("%-10s batches of %-3d %7.0f statements/s, %5.0f us CPU each (%s)\n"
              "%-10s bare POST of it  %7.0f requests/s,   %5.0f us CPU each: ratio %.1f a request, "
              "%.2f a statement"
              % (name, batch, line["rate"], sum(line["us"].values()),
                 ", ".join("%s %.0f" % kv for kv in line["us"].items()), "", floor["rate"],
                 floor["us"], ours / floor["us"], ours / floor["us"] / batch), flush=True)
    print("%-10s the job        %7.0f statements/s looked at, %d of %d when the last one came"
          % (name, rate, looked, sent), flush=True)
    return median(rows[100])["rate"] >= REQUIRED


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--seconds", type=int, default=5, help="of each measurement (5)")
    p.add_argument("--rounds", type=int, default=3, help="in turn; the median counts (3)")
    p.add_argument("--database", default="both", choices=["sqlite", "postgresql", "both"])
    args = p.parse_args()
    if not os.path.isdir(bench.SHARED):
        print("bench: ../shared/bench is not here: nothing to measure with (skipped)")
        return 0
    bench.build_tools()
    with open(LUA, "w", encoding="ascii") as f:
        f.write(SCRIPT)
    hello = bench.Hello(os.path.join(bench.TOOLS, "hello"), stack.free_port())
    both = ("sqlite", "postgresql") if args.database == "both" else (args.database,)
    try:
        good = [one_database(name, hello, args) for name in both]
    finally:
        hello.stop()
    print("required: %d statements/s in batches of 100: %s"
          % (REQUIRED, "yes" if all(good) else "NO"))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
