#!/usr/bin/python3
"""make bench: a framework of 5,000 skills (CASE package, 250 clusters, 3,200 prerequisites) taken
into a course, on SQLite and PostgreSQL; and the same package only parsed as JSON, beside it. It
must not take longer than 10 seconds."""
import json
import os
import random
import sys
import time
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)

from tests.integration.test_case import BareCourse  # pylint: disable=wrong-import-position

LIMIT_S, CLUSTERS, EACH, TIME = 10, 250, 20, "2026-01-01T00:00:00Z"


def node(number, title):
    ident = str(uuid.UUID(int=number))
    return {"title": title, "identifier": ident, "uri": "urn:uuid:" + ident}


def package(seed=5):
    rng, items, links = random.Random(seed), [], []

    def item(code, text):
        at = node(100 + len(items), code)
        items.append({"identifier": at["identifier"], "uri": at["uri"], "fullStatement": text,
                      "humanCodingScheme": code, "lastChangeDateTime": TIME})
        return at

    def link(kind, origin, to, place=None):
        at = node(10 ** 9 + len(links), kind)
        links.append({"identifier": at["identifier"], "uri": at["uri"], "associationType": kind,
                      "originNodeURI": origin, "destinationNodeURI": to,
                      "lastChangeDateTime": TIME, **({"sequenceNumber": place} if place else {})})

    document, skills = node(1, "Five thousand"), []
    for c in range(CLUSTERS):
        cluster = item("C.%d" % c, "Cluster %d of the framework" % c)
        link("isChildOf", cluster, document, c + 1)
        for s in range(EACH):
            skills.append(item("C.%d.%d" % (c, s), "Standard %d of cluster %d, said in so many "
                               "words as standards take, and a few more." % (s, c)))
            link("isChildOf", skills[-1], cluster, s + 1)
    for _ in range(20000):
        a, b = sorted(rng.sample(range(len(skills)), 2))
        if b - a < 400:
            link("precedes", skills[a], skills[b])
    return {"CFDocument": {"identifier": document["identifier"], "uri": document["uri"],
                           "creator": "Nobody", "title": document["title"],
                           "lastChangeDateTime": TIME},
            "CFItems": items, "CFAssociations": links}


class Course(BareCourse):
    def __init__(self, database):
        self.database, self.ends = database, []
        self.setUp()

    def addCleanup(self, end):  # pylint: disable=invalid-name
        self.ends.append(end)

    def close(self):
        for end in reversed(self.ends):
            end()


def main():
    worst, text = 0.0, json.dumps(package())
    for database in ("sqlite", "postgresql"):
        course = Course(database)
        try:
            path = os.path.join(course.stack.folder, "framework.json")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            began = time.monotonic()
            json.loads(text)
            bare = time.monotonic() - began
            began = time.monotonic()
            course.stack.run("map", "case", path, "--course", "70")
            took = time.monotonic() - began
            skills = int(course.sql("SELECT count(*) FROM skill")[0][0])
            if skills != CLUSTERS * EACH:
                sys.exit("%s: %d skills instead of %d" % (database, skills, CLUSTERS * EACH))
            print("framework of %d skills, %.1f MB, %s: %.2f s in a course (%.2f s to parse it)"
                  % (skills, len(text) / 1e6, database, took, bare))
            worst = max(worst, took)
        finally:
            course.close()
    if worst > LIMIT_S:
        sys.exit("longer than %d s" % LIMIT_S)


if __name__ == "__main__":
    main()
