"""What every guard shares: the files of the repository, and a main that first shows that the
guard can fail.

A guard is a script here with `check(root)`, which yields one line for each thing that is wrong,
and BROKEN, a small tree ({path: text}) in which it must find something. At its end stands
`guard.main(check, BROKEN)`; `tests/run.py` runs every script of this folder but this one.
"""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def tracked(root, *endings):
    """Paths of the files that belong to the repository, and of new ones not ignored; where
    there is no git (a release archive), all files outside build/."""
    try:
        out = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others",
                              "--exclude-standard"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=True).stdout.decode()
        paths = [p for p in out.split("\0") if p and os.path.isfile(os.path.join(root, p))]
    except (subprocess.CalledProcessError, FileNotFoundError):
        paths = []
        for folder, folders, files in os.walk(root):
            folders[:] = [d for d in folders if d not in ("build", "node_modules", ".git")]
            paths += [os.path.relpath(os.path.join(folder, f), root) for f in files]
    return sorted(p for p in paths if not endings or p.endswith(endings))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def plant(tree):
    """A temporary folder with these files: (folder object, path)."""
    folder = tempfile.TemporaryDirectory()
    for path, text in tree.items():
        full = os.path.join(folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)
    return folder


def main(check, *broken):
    """Show that the guard finds something in each broken tree, then check the repository."""
    name = os.path.basename(sys.argv[0])
    for tree in broken:
        with plant(tree) as root:
            if not list(check(root)):
                print("%s finds nothing in its own broken example: %s" % (name, list(tree)))
                return sys.exit(1)
    problems = list(check(ROOT))
    for p in problems:
        print(p)
    print("%s: %s" % (name, "%d problem(s)" % len(problems) if problems else "ok"))
    return sys.exit(1 if problems else 0)
