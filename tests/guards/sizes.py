#!/usr/bin/python3
"""Sizes: files up to 800 lines, headers up to 200, functions up to 100, lines up to 90."""
import re

import guard

FILE, HEADER, FUNCTION, LINE = 800, 200, 100, 90
# Tables and texts are as long as they are; Python keeps to 100 columns.
TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", re.S)


def blank(match):
    """White space with the same line ends: comments and strings hide braces."""
    return "".join("\n" if c == "\n" else " " for c in match.group())


def functions(text):
    """(name, first line, lines) of each function of a C file in K&R style."""
    code = TOKEN.sub(blank, text)
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", blank, code, flags=re.M)
    depth, start, name = 0, 0, None
    for m in re.finditer(r"[{}]", code):
        if m.group() == "{":
            if depth == 0:
                head = code[max(code.rfind(";", 0, m.start()), code.rfind("}", 0, m.start())) + 1:
                            m.start()]
                found = re.search(r"(\w+)\s*\([^;]*\)\s*$", head, re.S)
                name, start = (found.group(1) if found else None), m.start()
            depth += 1
        else:
            depth -= 1
            if depth == 0 and name:
                first = code.count("\n", 0, start) + 1
                yield name, first, code.count("\n", 0, m.end()) + 1 - first + 1
                name = None


def check(root):
    for path in guard.tracked(root, ".c", ".h", ".def", ".py", ".sh"):
        text = guard.read(root, path)
        lines = text.split("\n")
        limit = HEADER if path.endswith(".h") else FILE
        if len(lines) - 1 > limit:
            yield "%s: %d lines (at most %d)" % (path, len(lines) - 1, limit)
        wide = 100 if path.endswith((".py", ".sh")) else LINE
        for n, line in enumerate(lines, 1):
            if len(line) > wide:
                yield "%s:%d: %d columns (at most %d)" % (path, n, len(line), wide)
        if path.endswith(".c"):
            for name, first, size in functions(text):
                if size > FUNCTION:
                    yield "%s:%d: %s() has %d lines (at most %d)" % (path, first, name, size,
                                                                     FUNCTION)


if __name__ == "__main__":
    LONG = "int f(void)\n{\n" + "    g(\"}\"); /* } */\n" * 101 + "}\n"
    guard.main(check, {"core/base/x.c": LONG}, {"core/base/x.h": "int a;\n" * 201},
               {"core/base/x.c": "int a;\n" * 801}, {"lti/a.c": "//" + "x" * 90})
