#!/usr/bin/python3
"""Demographics stand apart: one file of statements names their table and no other table, one C
file runs these statements, and who includes its header is listed here and knows no names."""
import re

import guard

TABLE = "audit_demographic"
STATEMENTS = "core/store/stmt_demographic.def"
STORE = "core/store/demographic.c"
HEADER = "store/demographic.h"

# Who may include the header: the store itself, and what takes in and counts.
READERS = {STORE, "core/learn/demographics.c"}

# Files that may name the table: schema, statements, the comment of the store, and tests.
NAMED = re.compile(r"^(config/migrations/0005_standards\.sql|core/store/stmt_demographic\.def|"
                   r"core/store/demographic\.h|tests/.*)$")

# What knows people by name, mail or number: never in the same file as the header.
NAMES = re.compile(r"store/person\.h|store/personalias\.h|learn/names\.h|learn/roster\.h|"
                   r"name_sealed|email_sealed|\bUSER_(?:LOGIN|IDENTIFIER|EMAIL)\b|"
                   r"\bwho_(?:index|find|name|note)\b|givenName|familyName|crypt_open|"
                   r"person_id|person_alias")
OTHER = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)", re.I)


def tables_of(text):
    """Tables that the statements of a file name."""
    joined = re.sub(r'"\s*"', "", re.sub(r"/\*.*?\*/", "", text, flags=re.S))
    return {t for t in OTHER.findall(joined) if t.lower() not in ("set",)}


def check(root):
    for path in guard.tracked(root, ".c", ".h", ".def", ".sql", ".py", ".html", ".sh"):
        text = guard.read(root, path)
        if path.startswith("tests/guards/"):
            continue
        if TABLE in text and not NAMED.match(path):
            yield "%s names the table %s: only %s does" % (path, TABLE, STATEMENTS)
        if "S_DEMOGRAPHIC_" in text and path != STORE:
            yield "%s runs a statement of %s: only %s does" % (path, STATEMENTS, STORE)
        if '"%s"' % HEADER in text and not path.startswith("tests/"):
            if path not in READERS:
                yield "%s includes %s and is not listed in the guard" % (path, HEADER)
            for name in sorted(set(NAMES.findall(text))):
                yield "%s includes %s and knows people (%s)" % (path, HEADER, name)
        if path == STATEMENTS:
            for table in sorted(tables_of(text) - {TABLE}):
                yield "%s: a statement names %s beside %s" % (path, table, TABLE)


if __name__ == "__main__":
    guard.main(check,
               {"core/store/person.c": 'db_do(db, "SELECT answers FROM audit_demographic")'},
               {"core/store/stmt_x.def": 'SQL(X, "SELECT 1 FROM audit_demographic")'},
               {"core/learn/x.c": "db_ask(l->db, S_DEMOGRAPHIC_ALL, e);"},
               {"lti/web/page_x.c": '#include "store/demographic.h"\n'},
               {"core/learn/demographics.c": '#include "store/demographic.h"\n'
                                             '#include "store/person.h"\n'},
               {STATEMENTS: 'SQL(X, "SELECT a.answers FROM audit_demographic a "\n'
                            '"JOIN person p ON TRUE")'})
