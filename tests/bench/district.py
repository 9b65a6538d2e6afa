#!/usr/bin/python3
"""make district: many courses of many people, read as a whole and then after a small change.

A learning site of numbers (lms_many.c) answers for COURSES courses with PEOPLE people each. The
courses are put into the database as launches would have left them; job workers read them all.
Printed: rows a second, CPU seconds of the workers (and of the database) for 1,000 people, the most
memory of any worker, and how many requests a whole reading costs, and one of changes after one in a
hundred has handed in something. All people and marks are invented.
"""
import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

# pylint: disable=wrong-import-position
from tests.integration.base import query  # noqa: E402
from tests.support import pg, stack  # noqa: E402

MAP = os.path.join(ROOT, "config/maps/algebra-1.json")
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = json.dumps([AGS + "lineitem.readonly", AGS + "result.readonly"])
MEMORY_KB = 256 * 1024  # required of every worker
CHANGE_SHARE = 0.03     # required: requests of a reading of changes, of those of a whole one
TICK = os.sysconf("SC_CLK_TCK")


class Wrong(Exception):
    """Something is missing, or costs more than it may."""


def cpu_of(pid):
    """CPU seconds so far of a process, and of children that it has waited for."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(x) for x in fields[11:15]) / TICK


class Site:
    """One lms_many."""

    def __init__(self, courses, people):
        argv = [os.path.join(stack.build_dir(), "tests/bench/lms_many"), "0", str(courses),
                str(people)]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=stack.with_parent)
        self.base = "http://127.0.0.1:%d" % int(self.process.stdout.readline())

    def control(self, query_text=""):
        with urllib.request.urlopen(self.base + "/control" + query_text, timeout=60) as r:
            return json.load(r)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class District:
    def __init__(self, courses, people, workers, database, kinds, calls=6):
        self.courses, self.people = courses, people
        self.stack = stack.Stack(database, start=False, conf={
            "job_workers": workers, "log_level": "warn", "platform_calls": calls})
        self.stack.run("migrate")
        self.sites = {k: Site(courses, people) for k in kinds}
        self.peak = {}
        self.cpu = {}
        self.first = 1
        for kind, site in self.sites.items():
            self._register(kind, site)

    def _register(self, kind, site):
        """Courses 1, 2 ... of this site. In the database their ids are all different."""
        made = self.stack.json("platform", "add", "--issuer", "https://%s.example" % kind,
                               "--client-id", kind, "--auth-url", site.base + "/auth",
                               "--token-url", site.base + "/token", "--jwks-url",
                               site.base + "/jwks", "--deployment", "1")["id"]
        self.stack.run("platform", kind, str(made), "--url", site.base, "--token-file", "-",
                       stdin="number\n")
        tenant = query(self.stack, "SELECT tenant_id FROM tenant WHERE registration_id = %d"
                       % made)[0][0]
        canvas, rows, links = kind == "canvas", [], []
        for c in range(1, self.courses + 1):
            own = self.first + c
            roster = "%s/api/lti/courses/%d/names_and_roles" if canvas else "%s/nrps/%d"
            rows.append("(%s, %d, '%s%d', 'Course %d', '', NULL, '', '', '%s', "
                        "'%s/lineitems/%d', '%s', '%s', 0, 0, 0, 1)" % (
                            tenant, own, "context-" if canvas else "", c, own,
                            roster % (site.base, c), site.base, c, SCOPES, site.base))
            links.append("(%s, %d, %d, 'link-%d', 'Waymark', '{}', NULL, 1)" % (
                tenant, own, own, c))
        query(self.stack, "INSERT INTO course (tenant_id, course_id, context_id, title, label, "
              "map_id, rules_version, modality, nrps_url, ags_lineitems_url, ags_scopes, "
              "platform_url, roster_ms, grades_ms, states_ms, created_ms) VALUES "
              + ",".join(rows))
        query(self.stack, "INSERT INTO link (tenant_id, link_id, course_id, resource_link_id, "
              "title, custom, ags_lineitem_url, created_ms) VALUES " + ",".join(links))
        for c in range(1, self.courses + 1):
            self.stack.run("map", "import", MAP, "--course", str(self.first + c))
        self.first += self.courses
        query(self.stack, "DELETE FROM job")

    # -- watching ---------------------------------------------------------------------------

    def start(self):
        self.stack._spawn("waymark", [self.stack.waymark_bin, "worker", "-c",
                                      self.stack.conf_path], self.stack.log_path)

    def watch(self):
        """Note CPU and memory of the workers that run now."""
        for pid in self.stack.workers():
            self.cpu[pid] = max(self.cpu.get(pid, 0.0), cpu_of(pid))
            try:
                self.peak[pid] = max(self.peak.get(pid, 0), self.stack.peak_kb(pid))
            except (OSError, TypeError):
                pass

    def database_cpu(self):
        """CPU seconds of the whole PostgreSQL, by its processes; those that ended are in
        their parent's account."""
        folder = pg.shared().folder
        if folder is None:
            return 0.0
        with open(folder + "/data/postmaster.pid", encoding="utf-8") as f:
            main = int(f.readline())
        return cpu_of(main) + sum(cpu_of(p) for p in stack.children(main))

    def open_jobs(self):
        return int(query(self.stack, "SELECT count(*) FROM job WHERE state IN ('ready', "
                         "'running') AND kind NOT LIKE '%tick' AND kind <> 'purge'")[0][0])

    def dead(self):
        return query(self.stack, "SELECT kind, job_key, error FROM job WHERE state = 'dead' "
                     "OR error IS NOT NULL LIMIT 5")

    def counts(self):
        return {t: int(query(self.stack, "SELECT count(*) FROM " + t)[0][0])
                for t in ("evidence", "enrolment", "state_run")}

    def asked(self):
        return {k: s.control() for k, s in self.sites.items()}

    def read(self, what, *args, seconds, say):
        """One round of readings to its end: the figures."""
        before, asked, cpu, own = self.counts(), self.asked(), self.database_cpu(), \
            sum(self.cpu.values())
        began = time.monotonic()
        self.stack.run("sync", *args, timeout=600)
        told = began
        while self.open_jobs() > 0:
            self.watch()
            if time.monotonic() - began > seconds:
                raise Wrong("%s: %d jobs are left after %d s" % (what, self.open_jobs(), seconds))
            if say and time.monotonic() - told > 60:
                told = time.monotonic()
                say("  %4.0f s: %d jobs left, %s" % (told - began, self.open_jobs(),
                                                     self.counts()))
            time.sleep(0.2)
        self.watch()
        took = time.monotonic() - began
        after, now = self.counts(), self.asked()
        if self.dead():
            raise Wrong("%s: %s" % (what, self.dead()))
        people = self.courses * self.people * len(self.sites)
        figures = {
            "what": what, "seconds": took, "rows": after["evidence"] - before["evidence"],
            "requests": sum(now[k]["all"] - asked[k]["all"] for k in now),
            "by": {k: {n: now[k][n] - asked[k][n] for n in now[k]
                       if now[k][n] != asked[k][n] and n not in ("all", "rounds")} for k in now},
            "states": after["state_run"], "cpu": sum(self.cpu.values()) - own,
            "db_cpu": self.database_cpu() - cpu,
            "people": people}
        if say:
            say("%(what)s: %(seconds).0f s for %(people)d people; %(rows)d new rows, "
                "%(requests)d requests %(by)s" % figures)
            say("  %.0f rows/s, %.1f requests/s; CPU for 1,000 people: workers %.1f s, database "
                "%.1f s" % (figures["rows"] / took, figures["requests"] / took,
                            1000 * figures["cpu"] / people, 1000 * figures["db_cpu"] / people))
        return figures

    def stop(self):
        for s in self.sites.values():
            s.stop()
        self.stack.stop()


def tell(text):
    print(text, flush=True)


def run(courses, people, workers=2, database="postgresql", seconds=7200, say=tell,
        kinds=("moodle", "canvas")):
    """A whole reading, one of changes when nothing has changed, a change, one of changes."""
    d = District(courses, people, workers, database, kinds)
    try:
        d.start()
        stack.wait_for(lambda: len(d.stack.workers()) == workers, 60, why="the workers")
        out = {"whole": d.read("whole", seconds=seconds, say=say),
               "same": d.read("nothing changed", "--changes", seconds=seconds, say=say)}
        for s in d.sites.values():
            s.control("?change=1")
        out["changes"] = d.read("1 % changed", "--changes", seconds=seconds, say=say)
        out["night"] = d.read("whole once more", seconds=seconds, say=say)
        out["peak_kb"] = max(d.peak.values())
        out["share"] = out["changes"]["requests"] / out["whole"]["requests"]
        share = {k: sum(out["changes"]["by"][k].values()) / sum(out["whole"]["by"][k].values())
                 for k in d.sites}
        if say:
            say("requests after 1 %% change: %.2f %% of a whole reading's (required <= %g %%)" % (
                100 * out["share"], 100 * CHANGE_SHARE))
            say("  of these " + ", ".join("%s %.2f %%" % (k, 100 * v) for k, v in share.items()))
            say("the largest worker had %.0f MB (required <= %d)" % (
                out["peak_kb"] / 1024, MEMORY_KB // 1024))
        return out
    finally:
        d.stop()


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--courses", type=int, default=100, help="of each kind of site (100)")
    p.add_argument("--people", type=int, default=500, help="in each course (500)")
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--kind", choices=["moodle", "canvas"], help="one kind of site alone")
    p.add_argument("--seconds", type=int, default=7200, help="most for one reading")
    p.add_argument("--database", default="postgresql", choices=["sqlite", "postgresql"])
    args = p.parse_args()
    stack.turn_signals_into_exit()
    try:
        out = run(args.courses, args.people, args.workers, args.database, args.seconds,
                  kinds=(args.kind,) if args.kind else ("moodle", "canvas"))
    except Wrong as e:
        print("WRONG: %s" % e)
        return 1
    ok = out["share"] <= CHANGE_SHARE and out["peak_kb"] <= MEMORY_KB
    print("within what is required" if ok else "NOT within what is required")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
