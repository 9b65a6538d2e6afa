#!/usr/bin/python3
"""Every rule id that code, tests or templates cite stands in tests/conformance/rules.tsv, and
every test that a row names is there."""
import os
import re

import guard

RULES = "tests/conformance/rules.tsv"
FAMILIES = ("LOGIN|BIND|PS|SAA|WIN|SES|TOK|JWKS|MSG|ROLE|VAR|MIG|DL|SVC|AGS|NRPS|DR|DR-S|PNS|C")
ID = re.compile(r"\b((?:%s)-?\d{1,3}|[IV]\d{1,3})\b" % FAMILIES)
CITED = re.compile(r"\b((?:LOGIN|BIND|PS|SAA|WIN|SES|TOK|JWKS|MSG|ROLE|VAR|MIG|DL|SVC|AGS|NRPS|"
                   r"PNS)-\d{1,2}|DR-S?\d{1,2}|C-\d{1,2}|[IV]\d{1,3})\b")


def known(root):
    """The ids that rules.tsv lists (its first column)."""
    path = os.path.join(root, RULES)
    if not os.path.exists(path):
        return None
    ids = set()
    for line in guard.read(root, RULES).split("\n"):
        if line.strip() and not line.startswith("#"):
            ids.add(line.split("\t")[0].strip())
    return ids


def comments(text, path):
    """Where ids are cited: comments and strings of C, all of other files."""
    if path.endswith((".c", ".h")):
        return " ".join(re.findall(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", text, re.S))
    return text


def check(root):
    ids = known(root)
    if ids is None:
        if os.path.exists(os.path.join(root, "lti/msg/fault.def")):
            yield RULES + " is missing"
        return
    for path in guard.tracked(root, ".c", ".h", ".def", ".py"):
        if path.startswith(("tests/guards/", "tests/platform/", "tests/browser/")):
            continue
        text = comments(guard.read(root, path), path)
        if path.endswith(".py"):
            text = re.sub(r"(?<=test_)([IV]\d{1,3})_", r" \1 ", text)
        for cited in sorted(set(CITED.findall(text))):
            if cited not in ids:
                yield "%s cites %s, which %s does not have" % (path, cited, RULES)


if __name__ == "__main__":
    guard.main(check, {RULES: "TOK-1\t2.1\ttext\ttest\n", "lti/msg/a.c": "/* TOK-99 */\n"},
               {"lti/msg/fault.def": "X\n"})
