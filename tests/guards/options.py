#!/usr/bin/python3
"""Every option is documented: a text in core/base/conf.def, a line in the example file, and no
option that the code never reads."""
import re

import guard

TABLE, EXAMPLE = "core/base/conf.def", "config/waymark.conf.example"
PROMISED = {"smtp_url"}  # part of the published configuration; messages come later
ROW = re.compile(r"^CONF\((\w+),\s*(\w+),\s*\"((?:\\.|[^\"\\])*)\",(.*?)\)$", re.M | re.S)


def check(root):
    paths = guard.tracked(root)
    if TABLE not in paths:
        return
    rows = ROW.findall(guard.read(root, TABLE))
    if not rows:
        yield TABLE + ": no row found"
    example = guard.read(root, EXAMPLE) if EXAMPLE in paths else None
    code = "".join(guard.read(root, p) for p in paths
                   if p.startswith(("core/", "lti/")) and p.endswith(".c"))
    template = "".join(guard.read(root, p) for p in paths if p.startswith("config/nginx/"))
    for name, _, _, rest in rows:
        text = "".join(re.findall(r"\"((?:\\.|[^\"\\])*)\"", rest))
        if len(text) < 20:
            yield "%s: %s has no text" % (TABLE, name)
        if example is not None and not re.search(r"^#?\s*%s\s*=" % name, example, re.M):
            yield "%s: %s is missing; write it anew from the table" % (EXAMPLE, name)
        used = re.search(r"(->|\.)%s\b" % name, code) or "@%s@" % name in template
        if len(code) > 200_000 and not used and name not in PROMISED:
            yield "%s: %s is read nowhere" % (TABLE, name)


if __name__ == "__main__":
    guard.main(check, {TABLE: 'CONF(a, INT, "1", 0, 1, "", "x")\n'},
               {TABLE: 'CONF(a, INT, "1", 0, 1, "", "' + "long text " * 5 + '")\n',
                EXAMPLE: "b = 1\n"})
