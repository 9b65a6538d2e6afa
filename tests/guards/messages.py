#!/usr/bin/python3
"""Every message id that templates and code use has its text in templates/i18n/en.po, every
text there is used, other languages have no id that English lacks, and a template gives a
message only parameters that its text has."""
import re

import guard

PO, TEXTS = "templates/i18n/en.po", "lti/msg/text.def"
ENTRY = re.compile(r'^msgid ((?:"(?:\\.|[^"\\])*"\s*)+)((?:(?:msgid_plural|msgstr(?:\[\d\])?) '
                   r'(?:"(?:\\.|[^"\\])*"\s*)+)+)', re.M)
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
TAG = re.compile(r"\{\{#t\}\}\s*(\S+?)((?:\s+\w+=[\w.]+)*)\s*\{\{/t\}\}")
LITERAL = re.compile(r'(STR\(|log_put\(\w+,\s*|log_err\(\w+,\s*|#include\s+)?'
                     r'"([a-z_]+\.[a-z0-9_.]*)"')
ROW = re.compile(r'^T\(\w+,\s*"([^"]+)",\s*((?:"(?:\\.|[^"\\])*"\s*)+)\)', re.M)
CODE = ("lti/web/", "lti/view/", "lti/lms/", "core/learn/")


def joined(text):
    return "".join(STRING.findall(text))


def catalogue(text):
    """{id: all its texts in one}, without the header."""
    found = {}
    for ident, rest in ENTRY.findall(text):
        rest = re.sub(r"msgid_plural (?:\"(?:\\.|[^\"\\])*\"\s*)+", "", rest)
        if joined(ident):
            found[joined(ident)] = joined(rest)
    return found


def in_templates(root, paths, english):
    for p in paths:
        if p.startswith("templates/") and p.endswith(".html"):
            for ident, args in TAG.findall(guard.read(root, p)):
                yield ident, p
                for name in re.findall(r"(\w+)=", args):
                    if name != "n" and "{%s}" % name not in english.get(ident, ""):
                        yield None, "%s: %s has no parameter {%s}" % (p, ident, name)


def in_code(root, paths, families):
    """Ids in C: literals of a known family that are no slice, log code or header. A literal
    that ends in a dot stands for every id that begins so."""
    for p in paths:
        if p.startswith(CODE) and p.endswith((".c", ".def")):
            for before, ident in LITERAL.findall(guard.read(root, p)):
                if not before and ident.split(".")[0] in families:
                    yield ident, p


def check(root):
    paths = guard.tracked(root)
    if PO not in paths:
        return
    english = catalogue(guard.read(root, PO))
    families = {i.split(".")[0] for i in english}
    used = set()
    uses = list(in_templates(root, paths, english)) + list(in_code(root, paths, families))
    for ident, text in ROW.findall(guard.read(root, TEXTS)) if TEXTS in paths else []:
        uses.append((ident, TEXTS))
        if english.get(ident, joined(text)) != joined(text):
            yield "%s: the text of %s differs from %s" % (TEXTS, ident, PO)
    for ident, where in uses:
        if ident is None:
            yield where
            continue
        hits = {i for i in english if i == ident or (ident[-1] == "." and i.startswith(ident))}
        used |= hits
        if not hits:
            yield "%s: message %s is not in %s" % (where, ident, PO)
    for p in paths:
        if re.match(r"templates/pages/.*\.sample\.json$", p):
            for ident in re.findall(r'"\$t": "([^"]+)"', guard.read(root, p)):
                if ident not in english:
                    yield "%s: message %s is not in %s" % (p, ident, PO)
        if re.match(r"templates/i18n/.*\.po$", p):
            for ident in set(catalogue(guard.read(root, p))) - set(english):
                yield "%s: %s is no message of %s" % (p, ident, PO)
    for ident in sorted(set(english) - used):
        yield "%s: %s is used nowhere" % (PO, ident)


if __name__ == "__main__":
    one = 'msgid "a.b"\nmsgstr "text {x}"\n'
    guard.main(check, {PO: one},
               {PO: one, "templates/pages/p.html": "{{#t}}a.b{{/t}}{{#t}}a.c{{/t}}"},
               {PO: one, "templates/pages/p.html": "{{#t}}a.b y=z{{/t}}"},
               {PO: one, "lti/web/w.c": 'view_msg(v, "k", "a.b"); view_msg(v, "k", "a.d");'},
               {PO: one, TEXTS: 'T(X, "a.b",\n  "other")\n'})
