#!/usr/bin/python3
"""Every rule of the requirement sheet has a row in tests/conformance/rules.tsv: a test that is
there and cites it, or a reason why no test can show it. What code, tests and templates cite has a
row, too.

A row: id, section of the specification, our sentence, tests. The last is `PATH` or `PATH:NAME`,
several with "; " between, or `none: REASON`. Odd inputs (I, V) are shown through nginx:
tests/integration or tests/browser."""
import json
import os
import re

import guard

RULES = "tests/conformance/rules.tsv"
SHEET = "../shared/lti/LTI.md"

# The ids that there are: each family's highest number. All begin at 1 and have no gaps.
HIGHEST = {"LOGIN-": 12, "BIND-": 4, "PS-": 9, "SAA-": 1, "WIN-": 3, "SES-": 3, "TOK-": 22,
           "JWKS-": 7, "MSG-": 3, "ROLE-": 6, "VAR-": 3, "MIG-": 3, "DL-": 9, "SVC-": 8, "AGS-": 9,
           "NRPS-": 6, "DR-": 2, "DR-S": 8, "PNS-": 1, "C-": 14, "I": 114, "V": 35}
FAMILIES = "|".join(f.rstrip("-") for f in HIGHEST if f not in ("I", "V", "DR-S"))
CITED = re.compile(r"(?<![\w-])((?:%s)-\d{1,3}|DR-S\d{1,2}|[IV]\d{1,3})\b" % FAMILIES)
THROUGH_NGINX = ("tests/integration/", "tests/browser/")


def odd(name):
    """Is it an odd input (I1, V1) and no rule?"""
    return name[1:].isdigit()


def every():
    return [f + str(n) for f, most in HIGHEST.items() for n in range(1, most + 1)]


def rows(root):
    """(line number, its columns) of each row."""
    for number, line in enumerate(guard.read(root, RULES).split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.split("\t")


def sheet(root):
    """The highest number of each family that the requirement sheet has, where it is at hand."""
    path = os.path.join(root, SHEET)
    if not os.path.exists(path):
        return None
    text, found = guard.read(root, SHEET), {}
    for name in CITED.findall(text):
        if odd(name) and not re.search(r"^\| %s \|" % name, text, re.M):
            continue  # "I/O 4" and the like: only table rows make odd inputs
        family, number = re.match(r"(DR-S|[A-Z]+-|[IV])(\d+)$", name).groups()
        found[family] = max(found.get(family, 0), int(number))
    return found


def cites(text, name):
    """Does a test's text cite this id? In a name it may be test_I7_x, test_PS1_x or ags7_x."""
    family, number = re.match(r"(.*?)(\d+)$", name).groups()
    bare = re.escape(family.rstrip("-")) + "[-_]?" if family.endswith("-") else re.escape(family)
    return re.search(r"(?<![A-Za-z0-9])%s%s(?![0-9])" % (bare.replace(r"\-", "[-_]?"), number),
                     text, re.I) is not None


def has(path, text, test):
    """Does the file have a test of that name?"""
    if path.endswith(".json"):
        return any(test in json.dumps(v) for v in json.loads(text).values()) if text else False
    if path.endswith(".py"):
        return re.search(r"^\s+def %s\(" % re.escape(test), text, re.M) is not None
    if path.endswith(".c"):
        return re.search(r"\b%s\b" % re.escape(test), text) is not None
    return test in text


def named_tests(root, name, column):
    """What is wrong with the tests of a row."""
    for entry in column.split("; "):
        where = entry.split(":", 1)[1] if entry.startswith("integration:") else entry
        path, _, test = where.partition(":")
        if not os.path.isfile(os.path.join(root, path)):
            yield "%s: there is no %s" % (name, path)
            continue
        text = guard.read(root, path)
        if test and not has(path, text, test):
            yield "%s: %s has no %s" % (name, path, test)
        if path.endswith((".c", ".py", ".mjs")) and not cites(text, name):
            yield "%s: %s does not cite it" % (name, path)
        if odd(name) and not path.startswith(THROUGH_NGINX):
            yield "%s: %s does not go through nginx" % (name, path)


def table(root):
    """What is wrong with rules.tsv itself."""
    seen, there = set(), set(every())
    for number, row in rows(root):
        at = "%s:%d" % (RULES, number)
        if len(row) != 4 or not all(x.strip() for x in row):
            yield "%s: not four columns" % at
            continue
        name, column = row[0], row[3].strip()
        if name in seen:
            yield "%s: %s is there twice" % (at, name)
        if name not in there:
            yield "%s: there is no rule %s" % (at, name)
        seen.add(name)
        if column.startswith("later"):
            yield "%s: %s has neither test nor reason" % (at, name)
        elif column.startswith("none:"):
            if len(column) < 20:
                yield "%s: %s: say why no test can show it" % (at, name)
        else:
            yield from named_tests(root, name, column)
    for name in sorted(there - seen):
        yield "%s has no row for %s" % (RULES, name)
    found = sheet(root)
    if found is not None and found != HIGHEST:
        yield "%s and this guard disagree: %s" % (
            SHEET, sorted(set(found.items()) ^ set(HIGHEST.items())))


def comments(text, path):
    """Where ids are cited: comments and strings of C, all of other files."""
    if path.endswith((".c", ".h")):
        return " ".join(re.findall(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", text, re.S))
    return text


def citations(root):
    """Ids that are cited and do not exist."""
    there = set(every())
    for path in guard.tracked(root, ".c", ".h", ".def", ".py", ".mjs", ".html"):
        if path.startswith("tests/guards/"):
            continue
        text = comments(guard.read(root, path), path)
        text = re.sub(r"(?<=test_)([IV]\d{1,3})_", r" \1 ", text)
        for name in sorted(set(CITED.findall(text))):
            if name not in there:
                yield "%s cites %s, which there is not" % (path, name)


def check(root):
    if not os.path.exists(os.path.join(root, RULES)):
        yield RULES + " is missing"
        return
    yield from table(root)
    yield from citations(root)


def broken(**changed):
    """A complete table of which some rows are changed, and the one test that it names."""
    test = "tests/integration/test_all.py"
    text = "class A:\n    def test_all(self):\n        '''%s'''\n" % " ".join(every())
    lines = ["%s\tours\tText.\tintegration:%s:test_all" % (n, test) for n in every()]
    for name, column in changed.items():
        name = name.replace("_", "-")
        at = every().index(name)
        lines[at] = lines[at].rsplit("\t", 1)[0] + "\t" + column if column else "# " + name
    return {RULES: "\n".join(lines) + "\n", test: text,
            "tests/unit/test_u.c": "/* TOK-1 I9 */ START_TEST(one)\n"}


if __name__ == "__main__":
    sound = broken(TOK_1="tests/unit/test_u.c:one", C_1="none: said for its own sake")
    with guard.plant(sound) as t:
        if list(check(t)):
            raise SystemExit("rule_ids.py finds something in a sound table")
    guard.main(check, broken(TOK_1=""), broken(I7="later"), broken(I7=""),
               broken(V3="tests/unit/test_u.c:one"), broken(I9="tests/unit/test_u.c:one"),
               broken(TOK_2="tests/unit/test_u.c:one"), broken(TOK_1="tests/unit/test_u.c:two"),
               broken(TOK_1="tests/unit/test_gone.c:one"), broken(C_1="none: no"),
               {**broken(), "lti/msg/a.c": "/* TOK-99 */\n"},
               {"lti/msg/fault.def": "X\n"})
