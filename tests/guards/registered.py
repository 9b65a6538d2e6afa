#!/usr/bin/python3
"""Every test that is written runs: START_TEST in a test case, test files with a suite, fuzz
targets with a corpus, no two methods of one name in a Python test class."""
import ast
import os
import re

import guard

START = re.compile(r"^START_TEST\((\w+)\)", re.M)


def c_tests(root):
    for path in guard.tracked(root, ".c"):
        text = guard.read(root, path)
        if re.match(r"^tests/(unit|store)/test_\w+\.c$", path):
            if not re.search(r"\bmain\(", text):
                yield "%s: no main(), so nothing of it runs" % path
            named = START.sub("", text)
            for name in START.findall(text):  # in tcase_add_*, or in a table that is walked
                if not re.search(r"\b%s\b" % name, named):
                    yield "%s: %s is not added to a test case" % (path, name)
        m = re.match(r"^tests/fuzz/fuzz_(\w+)\.c$", path)
        if m and not os.path.isdir(os.path.join(root, "tests/fuzz/corpus", m[1])):
            yield "%s: no corpus in tests/fuzz/corpus/%s" % (path, m[1])


def python_tests(root):
    for path in guard.tracked(root, ".py"):
        if not re.match(r"^tests/integration/.*\.py$", path):
            continue
        name = os.path.basename(path)
        tree = ast.parse(guard.read(root, path), path)
        for cls in [n for n in tree.body if isinstance(n, ast.ClassDef)]:
            seen = set()
            for f in [n for n in cls.body if isinstance(n, ast.FunctionDef)]:
                if f.name in seen:
                    yield "%s: %s.%s is there twice; the first never runs" % (path, cls.name,
                                                                              f.name)
                seen.add(f.name)
            if any(n.startswith("test") for n in seen) and not name.startswith("test_"):
                yield "%s: has tests, but is not called test_*.py" % path


def check(root):
    yield from c_tests(root)
    yield from python_tests(root)


if __name__ == "__main__":
    guard.main(check,
               {"tests/unit/test_x.c": "START_TEST(one)\nint main(void) {}\n"},
               {"tests/store/test_x.c": "START_TEST(a)\ntcase_add_test(c, a);\n"},
               {"tests/fuzz/fuzz_x.c": "int LLVMFuzzerTestOneInput;\n"},
               {"tests/integration/test_x.py":
                "class A:\n def test_a(self): pass\n def test_a(self): pass\n"})
