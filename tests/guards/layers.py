#!/usr/bin/python3
"""Layers: which folder may include which, foreign headers in one file each, and no symbols of
curl, FastCGI or JWT in libcore.a. `make layers` runs this."""
import glob
import os
import re
import subprocess

import guard

# Folder -> folders it may include besides itself. Arrows are transitive, so lists are complete.
BASE = {"base"}
CORE = {"base", "db", "store", "job", "engine", "file", "learn"}
LOW = CORE | {"net", "view", "jose"}
MID = LOW | {"msg", "service", "lms"}
TOP = MID | {"sync", "web"}
ALLOWED = {
    "core/base": BASE,
    "core/db": BASE,
    "core/store": BASE | {"db"},
    "core/job": BASE | {"db", "store"},
    "core/engine": BASE,
    "core/file": BASE,
    "core/learn": BASE | {"db", "store", "job", "engine", "file"},
    "lti/net": CORE,
    "lti/view": CORE,
    "lti/jose": CORE | {"net"},  # key sets are fetched by the HTTP client
    "lti/msg": LOW,
    "lti/service": LOW,
    "lti/lms": LOW | {"service"},
    "lti/sync": MID,
    "lti/web": MID,
    "lti/proc": TOP,
    "lti/cmd": TOP | {"proc"},
    "lti": TOP | {"proc", "cmd"},
}

# A foreign library's header belongs into one file (or folder) only.
FOREIGN = {
    r"^curl/": r"^lti/net/http[a-z_]*\.c$",
    r"^jansson\.h$": r"^core/base/js\.c$",
    r"^jwt\.h$": r"^lti/jose/",
    r"^sqlite3\.h$": r"^core/db/sqlite\.c$",
    r"^libpq-fe\.h$": r"^core/db/postgres\.c$",
    r"^zip\.h$": r"^core/file/unzip\.c$",
    r"^fcgi": r"^lti/web/fcgi\.c$",
    r"^openssl/": r"^(core/base/crypt\.c|lti/jose/)",
    r"^check\.h$": r"^tests/",
}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
CORE_NEVER = re.compile(r"^(curl_|FCGX_|FCGI_|jwt_)")
# The engine has no clock, no input or output and no randomness of its own.
ENGINE_NEVER = re.compile(r"^(time|clock_gettime|gettimeofday|open|openat|fopen|read|write|socket|"
                          r"rand|random|getrandom|getenv|localtime|localtime_r|printf|puts|"
                          r"sqlite3_.*|PQ.*|db_.*|store_.*|env_.*)$")


def folder_of(path):
    return path.rsplit("/", 1)[0]


def includes(root):
    """Wrong include lines."""
    for path in guard.tracked(root, ".c", ".h", ".def"):
        top = path.split("/")[0]
        if top not in ("core", "lti"):
            continue
        here = folder_of(path)
        allowed = ALLOWED.get(here)
        if allowed is None:
            yield "%s: folder %s is not in the table of layers" % (path, here)
            continue
        for kind, name in INCLUDE.findall(guard.read(root, path)):
            if kind == "<":
                yield from foreign(path, name)
                continue
            first = name.split("/")[0] if "/" in name else here.split("/")[-1]
            if first in ("core", "lti", "..", "tests"):
                yield "%s: write \"%s\" from its own folder on" % (path, name)
            elif first != here.split("/")[-1] and first not in allowed:
                yield "%s: %s must not use %s (\"%s\")" % (path, here, first, name)


def foreign(path, name):
    for header, place in FOREIGN.items():
        if re.search(header, name) and not re.search(place, path):
            yield "%s: <%s> belongs elsewhere (%s)" % (path, name, place)


def undefined(path):
    """Symbols an object or archive needs from outside."""
    out = subprocess.run(["nm", "-u", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         check=False).stdout.decode()
    return {line.split()[-1].split("@")[0] for line in out.splitlines()
            if line.strip().startswith("U ")}


def symbols(root):
    """Wrong symbols, where something was built."""
    for path in glob.glob(os.path.join(root, "build/release/libcore.a")):
        for s in sorted(undefined(path)):
            if CORE_NEVER.match(s):
                yield "libcore.a uses %s: core does not talk to anybody" % s
    for folder, words in (("engine", "the engine is"), ("file", "readers of files are")):
        for path in glob.glob(os.path.join(root, "build/release/core/%s/*.o" % folder)):
            for s in sorted(undefined(path)):
                if ENGINE_NEVER.match(s):
                    yield "%s uses %s: %s pure" % (os.path.relpath(path, root), s, words)


def check(root):
    yield from includes(root)
    yield from symbols(root)


if __name__ == "__main__":
    guard.main(check,
               {"core/base/x.c": '#include "web/req.h"\n'},
               {"core/engine/x.c": '#include "db/db.h"\n'},
               {"lti/web/page_x.c": "#include <curl/curl.h>\n"})
