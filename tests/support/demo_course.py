"""The recorded course inside Waymark: launched once, mapped, synchronised. Used by the demo and
by tests of pages."""
import os
import sys

from tests.integration.browser import Browser
from tests.support import stack as stack_module

MAP = os.path.join(stack_module.ROOT, "config/maps/algebra-1.json")
STUDENT, TEACHER = 36, 66


def launch(platform, stack, user, course=3, ca=None, browser=None):
    """Open the tool as the stand-in's user would, step by step through LMS and tool: the page
    at the end."""
    browser = browser or Browser(ca=ca, resolve={"lms.localhost": "127.0.0.1",
                                                 "tool.localhost": "127.0.0.1"})
    page = browser.get("%s/mod/lti/launch.php?course=%d&user=%d" % (platform.base, course, user))
    for _ in range(8):
        forms = [f for f in page.forms() if f["action"].endswith(("/lti/login", "/lti/launch"))]
        if page.status in (301, 302, 303):
            page = browser.get(page.location)
        elif page.status == 200 and forms:
            page = browser.submit(forms[0])
        else:
            return page
    raise RuntimeError("the launch goes in circles")


def prepare(stack, platform, ca=None, course=3, title="Algebra I", map_file=MAP, say=None):
    """Launch as teacher (so that the course is known), give the web service token, import the
    map, synchronise. Returns the course's row."""
    page = launch(platform, stack, TEACHER if course == 3 else first_teacher(platform, course),
                  course, ca)
    if page.status != 200:
        raise RuntimeError("the teacher's launch failed: %d %s" % (page.status,
                                                                    page.visible()[:400]))
    stack.give_moodle_token(platform)
    found = stack.course(title)
    if found is None:
        raise RuntimeError("no course called " + title)
    number = str(found["course"])
    stack.run("map", "import", map_file, "--course", number)
    out = stack.run("sync", "--course", number, "--wait", timeout=300).stdout
    if say:
        say(out)
    return stack.course(title)


def first_teacher(platform, course):
    return next(p.num for p in platform.world.courses[course].people.values() if p.teaches)


if __name__ == "__main__":
    sys.exit("this is used by other programs")
