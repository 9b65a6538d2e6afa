#!/usr/bin/python3
"""Line coverage by folder, from what gcc wrote under build/cover."""
import collections
import glob
import gzip
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def lines_of(gcda, into):
    """Add {file: {line: runs}} of one counter file."""
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["gcov", "--json-format", "--object-directory", os.path.dirname(gcda), gcda],
                       cwd=tmp, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        for name in glob.glob(os.path.join(tmp, "*.gcov.json.gz")):
            with gzip.open(name, "rt") as f:
                for unit in json.load(f)["files"]:
                    path = os.path.relpath(os.path.join(ROOT, unit["file"]), ROOT)
                    if path.startswith(("core/", "lti/")):
                        for line in unit["lines"]:
                            seen = into[path]
                            n = line["line_number"]
                            seen[n] = max(seen.get(n, 0), line["count"])


def main():
    found = glob.glob(os.path.join(ROOT, "build/cover/**/*.gcda"), recursive=True)
    if not found:
        sys.exit("cover: no counters under build/cover; run make cover")
    runs = collections.defaultdict(dict)
    for gcda in found:
        lines_of(gcda, runs)
    folders = collections.defaultdict(lambda: [0, 0])
    for path, lines in runs.items():
        folder = folders[os.path.dirname(path)]
        folder[0] += sum(1 for n in lines.values() if n)
        folder[1] += len(lines)
    for name, (hit, total) in sorted(folders.items()):
        print("%-16s %5.1f %%  %5d of %5d lines" % (name, 100 * hit / total, hit, total))
    hit, total = map(sum, zip(*folders.values()))
    print("%-16s %5.1f %%  %5d of %5d lines" % ("all", 100 * hit / total, hit, total))


main()
