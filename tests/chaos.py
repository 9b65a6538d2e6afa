#!/usr/bin/python3
"""kill -9 of any process at random moments, under launches and synchronisations.

    tests/chaos.py [N] [--database sqlite|postgresql|both] [--seed S]

Afterwards nothing may be lost or doubled: the ledger holds what one undisturbed run put there,
each accepted launch left its one row, no job is stuck or dead, and `waymark replay --verify`
finds every state as the ledger says. `make chaos` runs 200 on both databases; ten of them are
in `make test`.
"""
import argparse
import os
import random
import signal
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[0] = ROOT  # not this folder: it has a package called "platform"

# pylint: disable=wrong-import-position
from tests.integration.base import query  # noqa: E402
from tests.integration.browser import Browser  # noqa: E402
from tests.integration.launcher import Launcher  # noqa: E402
from tests.platform.server import Platform  # noqa: E402
from tests.support import demo_course, stack  # noqa: E402

# What the ledger holds of a fact, whenever it arrived. Access is counted apart.
FACTS = ("SELECT p.sub, e.fact_key FROM evidence e JOIN person p ON p.tenant_id = e.tenant_id "
         "AND p.person_id = e.person_id WHERE e.source_kind <> 'launch'")
ACCESS = ("SELECT p.sub, count(*) FROM evidence e JOIN person p ON p.tenant_id = e.tenant_id "
          "AND p.person_id = e.person_id WHERE e.source_kind = 'launch' GROUP BY p.sub")


class Wrong(Exception):
    """Something was lost, doubled or stuck."""


class Load(threading.Thread):
    """Launches without a pause; remembers which were accepted."""

    def __init__(self, launcher, name):
        super().__init__(daemon=True)
        self.launcher, self.who = launcher, name
        self.over = False
        self.accepted, self.tried = {}, {}

    def run(self):
        n = 0
        while not self.over:
            sub = "chaos-%s-%d" % (self.who, n % 50)
            n += 1
            self.tried[sub] = self.tried.get(sub, 0) + 1
            try:
                login = self.launcher.login(Browser(timeout=30))
                if login.answer.status not in (302, 303):
                    continue
                if self.launcher.attempt(login=login, sub=sub).status == 303:
                    self.accepted[sub] = self.accepted.get(sub, 0) + 1
            except (OSError, EOFError, KeyError, ValueError):
                continue  # nginx or a worker was gone: as a browser would see it
            except Exception as e:  # http.client's own family
                if type(e).__module__ != "http.client":
                    raise


class Syncs(threading.Thread):
    """Asks for a synchronisation again and again."""

    def __init__(self, s, course):
        super().__init__(daemon=True)
        self.s, self.course, self.over = s, str(course), False

    def run(self):
        while not self.over:
            self.s.run("sync", "--course", self.course, check=False)
            time.sleep(0.3)


def victims(s):
    """{pid: what} of everything of ours that may be killed."""
    found = {pid: "worker" for pid in s.workers()}
    found[s.processes["waymark"].pid] = "master"
    for pid in stack.children(s.processes["nginx"].pid):
        found[pid] = "nginx worker"
    return found


def kill_one(s, rng):
    """Kill something. A master is started again, as systemd would."""
    found = victims(s)
    # the master seldom: its end is everybody's end
    pids = [p for p, what in found.items() if what != "master" or rng.random() < 0.15]
    pid = rng.choice(sorted(pids))
    what = found[pid]
    workers = s.workers()
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return "nobody"
    if what == "master":
        s.processes.pop("waymark").wait()
        stack.wait_for(lambda: not any(stack.alive(p) for p in workers), 30,
                       why="the workers of a killed master to end")
        s.start_waymark()
    return what


def quiet(s, seconds=180):
    """Until no job is open."""
    def idle():
        rows = s.json("job", "list")
        return not [r for r in rows if r["state"] in ("ready", "running")
                    and not r["kind"].startswith("tick")]
    stack.wait_for(idle, seconds, every=0.3, why="the queue to empty: %s"
                   % [r for r in s.json("job", "list") if r["state"] in ("ready", "running")])


def facts(s):
    return sorted(query(s, FACTS))


def scores_out(s, platform):
    """Post what waits; each score arrived, with one value a person."""
    def done():
        if not int(query(s, "SELECT count(*) FROM outbox WHERE state = 'pending'")[0][0]):
            return True
        query(s, "UPDATE outbox SET next_ms = 0 WHERE state = 'pending'")
        query(s, "UPDATE schedule SET next_ms = 0 WHERE name = 'publish.tick'")
        return False
    stack.wait_for(done, 120, every=1, why="scores to be posted")
    states = dict(query(s, "SELECT state, count(*) FROM outbox GROUP BY state"))
    if "failed" in states:
        raise Wrong("scores that failed: %s" % states)
    values = {}
    for row in platform.world.snapshot():
        values.setdefault(row["userId"], set()).add(row["scoreGiven"])
    if not values or max(len(v) for v in values.values()) > 1:
        raise Wrong("scores differ: %s" % values)


def judge(s, before, loads):
    after = facts(s)
    if len(after) != len(set(after)):
        raise Wrong("facts are in the ledger twice")
    if after != before:
        raise Wrong("the ledger changed: %d facts before, %d after; gone %s, new %s" % (
            len(before), len(after), sorted(set(before) - set(after))[:3],
            sorted(set(after) - set(before))[:3]))
    kept = {sub: int(n) for sub, n in query(s, ACCESS)}
    for load in loads:
        for sub, tried in load.tried.items():
            rows, accepted = kept.get(sub, 0), load.accepted.get(sub, 0)
            if not accepted <= rows <= tried:
                raise Wrong("%s: %d launches accepted of %d, %d rows of access"
                            % (sub, accepted, tried, rows))
    dead = [r for r in s.json("job", "list") if r["state"] == "dead"]
    if dead:
        raise Wrong("dead jobs: %s" % dead[:3])
    s.run("replay", "--verify", timeout=300)


def run(database, kills, seed, say=print):
    """One run on one database. Raises Wrong, or returns what was killed how often."""
    rng = random.Random(seed)
    done = {}
    with Platform(seed=seed) as platform, stack.Stack(database) as s:
        s.add_platform(platform)
        row = demo_course.prepare(s, platform)
        quiet(s)
        before = facts(s)
        if len(before) < 1000:
            raise Wrong("only %d facts to begin with" % len(before))
        launcher = Launcher(s.url, platform.keyring, platform.world.issuer, "q8T2vFZxXnQ4bGd",
                            services=platform)
        loads = [Load(launcher, name) for name in ("a", "b")]
        syncs = Syncs(s, row["course"])
        for t in loads + [syncs]:
            t.start()
        for n in range(kills):
            time.sleep(rng.uniform(0.02, 0.4))
            what = kill_one(s, rng)
            done[what] = done.get(what, 0) + 1
            if say and (n + 1) % 20 == 0:
                say("  %d of %d" % (n + 1, kills))
        for t in loads + [syncs]:
            t.over = True
        for t in loads + [syncs]:
            t.join(60)
        s.wait_ready(60)
        s.run("sync", "--course", str(row["course"]), "--wait", timeout=300)
        quiet(s)
        scores_out(s, platform)
        quiet(s)
        judge(s, before, loads)
        done["launches"] = sum(sum(x.accepted.values()) for x in loads)
    return done


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("kills", nargs="?", type=int, default=200)
    ap.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    ap.add_argument("--seed", type=int, default=int(time.time()))
    args = ap.parse_args()
    stack.turn_signals_into_exit()
    passed = failed = 0
    for database in ("sqlite", "postgresql"):
        if args.database not in (database, "both"):
            continue
        print("%s: %d kills, seed %d" % (database, args.kills, args.seed), flush=True)
        try:
            print("  %s" % run(database, args.kills, args.seed), flush=True)
            passed += 1
        except (Wrong, TimeoutError, RuntimeError) as e:
            print("  FAILED: %s" % e, flush=True)
            failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
