#!/usr/bin/python3
"""No path or host of the machine that something was written on in a tracked file."""
import re

import guard

# Put together here, so that this file does not find itself.
WORDS = ["/" + "work/", "/" + "root/", "/" + "home/", "bash" + "_jobs", ".py" + "env",
         "registry." + "npmjs", "\"resolved\"" + ":"]
PATTERN = re.compile("|".join(re.escape(w) for w in WORDS))
# A home folder may be named where a user's own is meant.
EXCEPT = re.compile(r"^(LICENSE|tests/guards/machine_paths\.py)$")
BINARY = (".png", ".jpg", ".gz", ".zst", ".ico", ".woff2", ".jwt", ".mo", ".db")


def check(root):
    for path in guard.tracked(root):
        if EXCEPT.match(path) or path.endswith(BINARY) or "/corpus/" in path:
            continue
        for n, line in enumerate(guard.read(root, path).split("\n"), 1):
            m = PATTERN.search(line)
            if m:
                yield "%s:%d: %s" % (path, n, m.group())


if __name__ == "__main__":
    guard.main(check, {"README.md": "cd /" + "work/main\n"},
               {"package-lock.json": "https://registry." + "npmjs.org/x\n"})
