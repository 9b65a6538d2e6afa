#!/usr/bin/python3
"""The whole main job on this machine: an LMS stand-in with a recorded course, nginx, Waymark on
SQLite. `make demo` runs it; --check looks at the outcome and stops.

    tests/platform/demo.py [--check] [--data FILE] [--port 8480] [--lms-port 8481]
"""
import argparse
import json
import os
import shutil
import signal
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[0] = ROOT  # not this folder: it has a package called "platform"

# pylint: disable=wrong-import-position
from tests.platform import answers  # noqa: E402
from tests.platform.server import Platform  # noqa: E402
from tests.support import demo_course, stack  # noqa: E402

FOLDER = os.path.join(ROOT, "build", "demo")


def say(text=""):
    print(text, flush=True)


class Problem(Exception):
    """What the demo should have shown and did not."""


def cards(page):
    """The recommendations on a panel: the text of each."""
    out = []
    start = page.text.find('<ol class="cards"')
    for part in page.text[start:page.text.find("</ol>", start)].split("<li")[1:]:
        page.body = ("<li" + part).encode()
        out.append(page.visible())
    return out


def check_student(platform, s, user, course):
    page = demo_course.launch(platform, s, user, course)
    if page.status != 200:
        raise Problem("the panel answered %d" % page.status)
    title = page.visible()
    found = cards(page)
    reasons = [c for c in found if "Why" in c and len(c.split("Why", 1)[1]) > 30]
    say("A student's panel shows %d recommendations, %d with a reason:" % (len(found),
                                                                           len(reasons)))
    for c in found:
        say("  - " + c[:220])
    if len(reasons) < 3:
        raise Problem("fewer than three recommendations with reasons: " + title[:600])


def check_teacher(platform, s, user, course, title):
    page = demo_course.launch(platform, s, user, course)
    text = page.visible()
    if page.status != 200 or title not in text:
        raise Problem("the teacher's page does not show %s: %d %s" % (title, page.status,
                                                                      text[:400]))
    say("A teacher's page lists the course: " + text[:300])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--check", action="store_true")
    ap.add_argument("--data")
    ap.add_argument("--port", type=int, default=8480)
    ap.add_argument("--lms-port", type=int, default=8481)
    args = ap.parse_args()
    stack.turn_signals_into_exit()
    for port in (args.port, args.lms_port):
        if not stack.is_free(port):
            say("Port %d is taken. Stop what listens there, or name others:\n"
                "  make demo PORT=9480 LMS_PORT=9481" % port)
            return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    platform = Platform(args.lms_port, seed=1).start()
    s = None
    try:
        began = time.monotonic()
        s = stack.Stack(port=args.port, folder=FOLDER, start=False,
                        conf={"database": "sqlite:" + os.path.join(FOLDER, "waymark.db")})
        say("LMS stand-in   %s" % platform.base)
        s.start()
        say("Waymark        %s" % s.url)
        s.add_platform(platform)
        say("Registered. Reading the course \"Algebra I\" ...")
        demo_course.prepare(s, platform, say=lambda t: say(indent(t)))
        courses = [(3, "Algebra I", 36, 66)]
        if args.data:
            courses.append(add_data(s, platform, args.data))
        say("Ready after %.0f s." % (time.monotonic() - began))
        if args.check:
            for number, title, student, teacher in courses:
                check_student(platform, s, student, number)
                check_teacher(platform, s, teacher, number, title)
            say("The demo does what it should.")
            return 0
        show(platform, courses)
        show_registration(platform, s)
        signal.pause()
    except KeyboardInterrupt:
        say("\nStopping.")
    except Problem as e:
        say("FAILED: %s" % e)
        return 1
    finally:
        if s:
            s.stop()
        platform.stop()
    return 0


def indent(text):
    return "\n".join("  " + x for x in text.strip().split("\n"))


def add_data(s, platform, path):
    """A second course made of a file of answers."""
    say("Making a course of %s ..." % path)
    course, document = answers.course(path, platform.base)
    platform.world.add_course(course)
    map_file = os.path.join(FOLDER, "real-answers.json")
    with open(map_file, "w", encoding="utf-8") as f:
        json.dump(document, f)
    demo_course.prepare(s, platform, course=course.num, title=course.title, map_file=map_file,
                        say=lambda t: say(indent(t)))
    student = next(p.num for p in course.people.values() if p.is_student)
    return course.num, course.title, student, demo_course.first_teacher(platform, course.num)


def show(platform, courses):
    say()
    for number, title, student, teacher in courses:
        people = platform.world.courses[number].people
        say("Open \"%s\"" % title)
        say("  as a student (%s):  %s" % (people[student].name,
                                          platform.course_url(number, student)))
        say("  as a teacher (%s):  %s" % (people[teacher].name,
                                          platform.course_url(number, teacher)))
    say("As a teacher, \"Add content with the tool\" below the frame chooses a unit or a gate.")


def show_registration(platform, s):
    """The same LMS once more, as its administrator would register Waymark."""
    made = s.json("platform", "invite", "--name", "Test School")
    say("\nDynamic Registration: open %s/admin/tools and paste\n  %s\n"
        "then approve it at %s/approve with the code\n  %s"
        % (platform.base, made["url"], s.url, made["approval_code"]))
    say("\nThe students are invented; the course was recorded from a real Moodle. "
        "Ctrl-C stops everything.")


if __name__ == "__main__":
    sys.exit(main())
