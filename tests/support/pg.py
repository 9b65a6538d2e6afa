"""A PostgreSQL to throw away, by tests/support/pg.sh, and fresh databases in it."""
import atexit
import glob
import os
import shutil
import subprocess
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))


class Cluster:
    """Started when made; stopped by stop(), or when the program ends."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="wmpg-")
        self.count = 0
        out = subprocess.run([HERE + "/pg.sh", "start", self.folder], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        self.url = out.strip().split("\n")[-1]
        atexit.register(self.stop)

    def stop(self):
        if self.folder:
            subprocess.run([HERE + "/pg.sh", "stop", self.folder], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def restart(self):
        """Start the server again after it was killed."""
        bin_dir = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        argv = [bin_dir + "/pg_ctl", "-D", self.folder + "/data", "-l", self.folder + "/log",
                "-w", "start"]
        if os.geteuid() == 0:
            argv = ["runuser", "-u", "postgres", "--"] + argv
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def database(self):
        """The URL of a new, empty database."""
        u = urllib.parse.urlsplit(self.url)
        q = dict(urllib.parse.parse_qsl(u.query))
        self.count += 1
        name = "w%d_%d" % (os.getpid(), self.count)
        bin_dir = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        subprocess.run([bin_dir + "/createdb", "-h", q["host"], "-p", q["port"], "-U",
                        u.username or "postgres", name], check=True)
        return self.url.replace("@/waymark?", "@/%s?" % name)


_shared = None


def shared():
    """One cluster for all tests of this program. WAYMARK_TEST_PG names a running one."""
    global _shared  # pylint: disable=global-statement
    if _shared is None:
        url = os.environ.get("WAYMARK_TEST_PG")
        if url:
            _shared = Cluster.__new__(Cluster)
            _shared.url, _shared.folder, _shared.count = url, None, 0
        else:
            _shared = Cluster()
    return _shared
