#!/usr/bin/python3
"""foo.c exports only foo_* (and names of its header's plain family): read off the objects."""
import glob
import os
import re
import subprocess

import guard

# Files that stand for a family of names; each says why.
ALSO = {
    "core/base/str": r"^buf_",               # a buffer is how a slice is made
    "core/base/js": r"^json_",
    "core/job/queue": r"^job_",              # what a queue holds
    "core/job/runner":
    r"^job_(beat|stopping|run_one|turn_over|give_turn)$",  # the same family, to a handler
    "core/base/err": r"^invariant_failed$",  # behind the macro INVARIANT
    "lti/cmd/run": r"^cmd_(serve|web|worker)$",  # one program, three roles
    "lti/cmd/platform_test": r"^platform_rotate$",
    "lti/main": r"^main$",
}


def defined(path):
    out = subprocess.run(["nm", "-g", "--defined-only", path], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False).stdout.decode()
    return [line.split()[-1] for line in out.splitlines() if len(line.split()) == 3]


def wrong(stem, names):
    """Names that a file of this stem must not export."""
    last = stem.rsplit("/", 1)[-1]
    if stem.startswith("lti/cmd/") and last != "cmd":
        names = [n for n in names if n != "cmd_" + last]  # what the command table names
    return [n for n in names if not (n == last or n.startswith(last + "_"))
            and not re.match(ALSO.get(stem, "^$"), n)]


def check(root):
    if os.path.exists(os.path.join(root, "self-test")):  # the example below
        yield from wrong("core/base/str", ["str_ok", "helper"])
        return
    base = os.path.join(root, "build/release")
    for path in sorted(glob.glob(base + "/core/*/*.o") + glob.glob(base + "/lti/*/*.o")):
        stem = os.path.relpath(path, base)[:-2]
        if not os.path.exists(os.path.join(root, stem + ".c")):
            continue  # left from a file that is gone
        for name in wrong(stem, defined(path)):
            yield "%s.c exports %s" % (stem, name)


if __name__ == "__main__":
    guard.main(check, {"self-test": ""})
