"""A course made of real learners' answers: a CSV `student,seq,ts,item,skill,correct`, plain or
packed by zstd, becomes people, quizzes and attempts, and a skill map to go with them.

Each skill is one quiz; a student's answers at it, in their order, are attempts of up to five
questions. Where the file has no times, answers are spread evenly over eight weeks; where it has,
they are moved so that the newest is yesterday. No name is real: people are "Learner N"."""
import collections
import csv
import io
import subprocess
import time

from .world import DAY, Course, Person

PEOPLE, SKILLS, SLOTS, WEEKS = 40, 20, 5, 8


def read(path):
    """{student: [(seq, ts, skill, correct)]} in the file's order."""
    if path.endswith(".zst"):
        text = subprocess.run(["zstdcat", path], stdout=subprocess.PIPE, check=True).stdout
    else:
        with open(path, "rb") as f:
            text = f.read()
    students = collections.defaultdict(list)
    for row in csv.DictReader(io.StringIO(text.decode("utf-8"))):
        students[row["student"]].append((int(row["seq"]), int(float(row["ts"] or 0)),
                                         row["skill"], int(row["correct"])))
    for rows in students.values():
        rows.sort()
    return students


def chosen(students):
    """Students with enough answers but not too many, and the skills that they met most."""
    some = [s for s in sorted(students, key=lambda s: (len(s), s))
            if 40 <= len(students[s]) <= 400][:PEOPLE]
    if not some:
        some = sorted(students, key=lambda s: -len(students[s]))[:PEOPLE]
    met = collections.Counter(r[2] for s in some for r in students[s][:400])
    return some, [k for k, _ in met.most_common(SKILLS)]


def course(path, base, number=60, name="Real answers"):
    """(Course, map document) of a file."""
    students, now = read(path), time.time()
    who, skills = chosen(students)
    c = Course(number, name, "DATA")
    c.summary = {"id": number, "fullname": name, "shortname": "DATA"}
    c.people[59_000] = Person(59_000, "Robin", "Reyes", "robin@school.test", "robin", "T59",
                              ["editingteacher"])
    modules = []
    for i, skill in enumerate(skills):
        quiz, cm = 6000 + i, 7000 + i
        title = "Skill %s" % skill
        c.quizzes.append({"id": quiz, "coursemodule": cm, "course": number, "name": title,
                          "timeopen": 0, "timeclose": 0, "attempts": 0, "grademethod": 1,
                          "sumgrades": SLOTS, "grade": 10, "visible": True, "section": 0})
        c.grade_items.append({"id": 8000 + i, "itemname": title, "itemtype": "mod",
                              "itemmodule": "quiz", "iteminstance": quiz, "itemnumber": 0,
                              "cmid": cm, "grademin": 0, "grademax": 10})
        modules.append({"id": cm, "url": "%s/mod/quiz/view.php?id=%d" % (base, cm),
                        "name": title, "instance": quiz, "visible": 1, "uservisible": True,
                        "visibleoncoursepage": 1, "modname": "quiz", "completion": 0,
                        "dates": []})
    c.sections = [{"id": 6000, "name": "Skills", "visible": 1, "section": 0,
                   "modules": modules}]
    newest = max((r[1] for s in who for r in students[s]), default=0)
    shift = (int(now // DAY) - 1) * DAY - newest // DAY * DAY if newest else 0
    for n, student in enumerate(who):
        person = Person(60_001 + n, "Learner", str(n + 1), "", "learner%d" % (n + 1), "",
                        ["student"])
        c.people[person.num] = person
        add_attempts(c, person, students[student][:400], skills, shift, now)
    return c, skill_map(name, skills)


def add_attempts(c, person, rows, skills, shift, now):
    """One student's answers as attempts, and the best grade of each quiz."""
    start = now - DAY - WEEKS * 7 * DAY
    open_ones = {}
    for k, (_, ts, skill, correct) in enumerate(rows):
        if skill not in skills:
            continue
        at = int(ts + shift if ts else start + WEEKS * 7 * DAY * (k + 1) / len(rows))
        i = skills.index(skill)
        a = open_ones.get(i)
        if a is None:
            tries = 1 + sum(x["attempt"]["quiz"] == 6000 + i
                            and x["attempt"]["userid"] == person.num for x in c.attempts)
            number = 900_000 + len(c.attempts)
            a = {"attempt": {"id": number, "quiz": 6000 + i, "userid": person.num,
                             "attempt": tries, "uniqueid": number, "state": "finished",
                             "timestart": at, "sumgrades": 0, "preview": 0}, "questions": []}
            open_ones[i] = a
            c.attempts.append(a)
        a["questions"].append([len(a["questions"]) + 1, "numerical", "%d.00" % correct, 1,
                               "gradedright" if correct else "gradedwrong", at])
        if len(a["questions"]) == SLOTS:
            del open_ones[i]
        finish(c, person, a, i, at)
        person.access = max(person.access, at)


def finish(c, person, a, i, at):
    """Bring the attempt's sum, times and the grade in line with its questions."""
    right = sum(q[4] == "gradedright" for q in a["questions"])
    a["attempt"].update({"timefinish": at, "timemodified": at, "sumgrades": right})
    a["grade"] = 10 * right / len(a["questions"])
    old = c.grades.get((person.num, 8000 + i), [0])[0]
    c.grades[person.num, 8000 + i] = [max(old, a["grade"]), at, at]


def skill_map(name, skills):
    """A map without prerequisites: the file does not tell any."""
    codes = ["S-%d" % (i + 1) for i in range(len(skills))]
    return {"format": "waymark-map/1", "code": "real-answers", "title": name, "language": "en",
            "about": "One skill for each skill of a file of real answers.",
            "thresholds": {"mastered": 0.95, "almost": 0.8, "min_rows": 3, "min_days": 2,
                           "review_days": 28},
            "bkt": {"init": 0.3, "learn": 0.1, "guess": 0.2, "slip": 0.1, "half_life_days": 0},
            "targets": codes,
            "skills": [{"code": k, "title": "Skill " + s, "unit": "Skills", "minutes": 10}
                       for k, s in zip(codes, skills)],
            "activities": [{"title": "Skill " + s, "kind": "quiz",
                            "tells": [{"slot": str(n + 1), "skill": k, "weight": 1}
                                      for n in range(SLOTS)]} for k, s in zip(codes, skills)]}
