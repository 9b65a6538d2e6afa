"""Pages in Chromium, inside the stand-in's iframe on another site. Screenshots go to
build/browser/."""
import unittest

from tests.browser import base
from tests.integration.base import query


class Pages(base.Sites):
    def test_pages(self):
        # a score that somebody edited in the LMS, and one that it does not take
        query(self.stack, "INSERT INTO override_seen (tenant_id, target, person_id, course_id, "
              "ours, theirs, maximum, seen_ms) SELECT tenant_id, 'https://lms/i', person_id, "
              "course_id, 40, 80, 100, 1790000000000 FROM enrolment WHERE is_learner = 1 LIMIT 1")
        query(self.stack, "UPDATE outbox SET state = 'failed', receipt = 'posting a score: the "
              "LMS answers 422 <b>not gradable</b>' WHERE outbox_id = (SELECT min(outbox_id) "
              "FROM outbox)")
        self.steps("pages.mjs")


if __name__ == "__main__":
    unittest.main()
