"""Fair turns: a big course, a slow platform and a pause hold up nobody else."""
import threading
import time
import unittest

from tests.integration.base import Case
from tests.platform import world
from tests.platform.server import Platform
from tests.support import demo_course, stack

SMALL, BIG = 3, 50
LONG = 240  # seconds that only end a hang


class Turns(Case):
    """One worker, a course of many slow pages, and others that want to be read."""
    conf = {"job_workers": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.platform.world
        w.add_course(world.synthetic_course(BIG, 1500, cls.platform.base))
        cls.ids = {}
        for num, user in ((SMALL, demo_course.TEACHER), (BIG, 90_000)):
            demo_course.launch(cls.platform, cls.stack, user, num)
            title = w.courses[num].title
            cls.ids[num] = str(cls.stack.course(title)["course"])

    def setUp(self):
        self.addCleanup(self.platform.misbehave.set, [])
        self.addCleanup(setattr, self.platform.world, "page_size", 0)

    def job(self, num):
        return self.sql("SELECT state, attempts, rank, progress_text FROM job WHERE kind = "
                        "'sync.course' AND job_key = '%s' ORDER BY changed_ms DESC LIMIT 1"
                        % self.ids[num])[0]

    def test_a_small_course_does_not_wait_for_a_big_one(self):
        """The big one gives its turn back, keeps its place, and it costs it no attempt."""
        self.platform.world.page_size = 25  # 61 pages
        self.platform.misbehave.set([{"on": "nrps", "do": "slow", "seconds": 0.5}])
        self.stack.run("sync", "--course", self.ids[BIG])
        stack.wait_for(lambda: "roster" in self.job(BIG)[3], LONG, why="the big course to begin")
        self.stack.run("sync", "--course", self.ids[SMALL], "--wait", timeout=LONG)
        state, attempts, _, text = self.job(BIG)
        self.assertNotEqual("done", state)
        self.assertIn("roster", text)  # how far it is stays on the page while others read
        self.platform.misbehave.set([])
        stack.wait_for(lambda: self.job(BIG)[0] == "done", LONG, why="the big course to end")
        self.assertEqual(1, int(self.job(BIG)[1]))
        self.assertEqual(1501, self.count("enrolment", "course_id = %s AND status = 'active'"
                                          % self.ids[BIG]))
        asked = self.platform.world.roster_queries
        self.assertLess(sum("limit=" in str(q) for q in asked), 10)  # no run from the beginning


class Platforms(Case):
    """Two workers, two platforms, one of them slow: it never has both workers."""
    conf = {"job_workers": 2, "platform_calls": 2}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow = Platform().start()
        cls.addClassCleanup(cls.slow.stop)
        cls.registrations = {"fast": cls.stack.registration,
                             "slow": cls.stack.add_platform(cls.slow, "slow-client")}
        for num in range(60, 64):
            cls.slow.world.add_course(world.synthetic_course(num, 200, cls.slow.base))
            demo_course.launch(cls.slow, cls.stack, 90_000, num)
        demo_course.launch(cls.platform, cls.stack, demo_course.TEACHER)
        cls.fast = str(cls.stack.course("Algebra I")["course"])

    def setUp(self):
        self.addCleanup(self.slow.misbehave.set, [])

    def held(self):
        """Workers and calls that the slow platform has just now."""
        lane = self.registrations["slow"]
        jobs = self.count("job", "state = 'running' AND lane = %d" % lane)
        calls = self.count("lease", "name LIKE 'calls/%d/%%'" % lane)
        return jobs, calls

    def test_a_slow_platform_holds_half_of_the_workers(self):
        self.slow.world.page_size = 10
        self.slow.misbehave.set([{"on": "nrps", "do": "slow", "seconds": 0.4}])
        self.stack.run("sync")  # all five
        seen, over = [], threading.Event()

        def watch():
            while not over.is_set():
                seen.append(self.held())
                time.sleep(0.05)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            fast = "kind = 'sync.course' AND state = 'done' AND job_key = '%s'" % self.fast
            stack.wait_for(lambda: self.count("job", fast), LONG, why="the fast platform's course")
            waiting = self.count("job", "kind = 'sync.course' AND state <> 'done'")
            self.slow.misbehave.set([])
            stack.wait_for(lambda: self.count("job", "kind = 'sync.course' AND state <> 'done'")
                           == 0, LONG, why="the slow platform's courses")
        finally:
            over.set()
            watcher.join()
        self.assertGreaterEqual(waiting, 3)
        self.assertEqual(1, max(jobs for jobs, _ in seen))
        self.assertLessEqual(max(calls for _, calls in seen), 2)


class Calls(Case):
    """However many workers: no more calls at once than the platform is allowed."""
    conf = {"job_workers": 4, "platform_calls": 3}

    def test_calls_at_once(self):
        w = self.platform.world
        demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        for num in (70, 71, 72):
            w.add_course(world.synthetic_course(num, 50, self.platform.base))
            demo_course.launch(self.platform, self.stack, 90_000, num)
        self.stack.give_moodle_token(self.platform)
        lock, now, most = threading.Lock(), [0], [0]
        usual = self.platform.ws.call

        def counted(form):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.05)
            try:
                return usual(form)
            finally:
                with lock:
                    now[0] -= 1
        self.platform.ws.call = counted
        self.addCleanup(setattr, self.platform.ws, "call", usual)
        self.stack.run("sync", "--wait", timeout=LONG)
        self.assertEqual(5 * 218, self.count("evidence", "kind = 'answer'"))
        self.assertLessEqual(most[0], 3)
        self.assertGreaterEqual(most[0], 2)  # or nothing was shown
        self.assertEqual(0, self.count("lease", "name LIKE 'calls/%'"))


class Rests(Case):
    """A platform that asks for a pause gets it, from readers as from scores."""

    def test_a_pause_is_for_all_courses_of_the_platform(self):
        w = self.platform.world
        w.add_course(world.synthetic_course(BIG, 20, self.platform.base))
        demo_course.launch(self.platform, self.stack, demo_course.TEACHER)
        demo_course.launch(self.platform, self.stack, 90_000, BIG)
        one = str(self.stack.course("Algebra I")["course"])
        other = str(self.stack.course(w.courses[BIG].title)["course"])
        self.stack.run("sync", "--wait", timeout=LONG)
        self.sql("UPDATE course SET roster_ms = 0, full_ms = 0")
        self.platform.misbehave.set([{"on": "nrps", "do": "ratelimit", "after": 600}])
        self.stack.run("sync", "--course", one, "--changes", "--wait", timeout=LONG, check=False)
        until = int(self.sql("SELECT until_ms FROM service_pause")[0][0])
        self.platform.misbehave.set([])
        asked = self.platform.counts["nrps"]
        self.stack.run("sync", "--course", other, "--changes")
        stack.wait_for(lambda: self.count("job", "job_key = '%s' AND state = 'ready' AND "
                                          "run_ms >= %d" % (other, until)), LONG,
                       why="the other course to be put off")
        self.assertEqual(asked, self.platform.counts["nrps"])
        self.assertEqual("0", str(self.sql("SELECT attempts FROM job WHERE job_key = '%s' AND "
                                           "state = 'ready'" % other)[0][0]))
        self.stack.run("sync", "--course", other, "--wait", timeout=LONG)  # somebody presses
        self.assertEqual(0, self.count("service_pause"))


if __name__ == "__main__":
    unittest.main()
