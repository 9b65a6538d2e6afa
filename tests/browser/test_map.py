"""The page "Activities and skills" in Chromium, inside the stand-in's iframe on another site."""
import unittest

from tests.browser import base
from tests.integration.base import query


class Map(base.Sites):
    def test_map(self):
        # two activities of which the map's rules know nothing
        query(self.stack, "UPDATE activity SET title = 'Slope of lines' WHERE activity_id IN "
              "(SELECT a.activity_id FROM activity a WHERE a.kind = 'quiz' ORDER BY a.position "
              "LIMIT 1)")
        query(self.stack, "INSERT INTO activity (tenant_id, activity_id, course_id, title, kind, "
              "url, visible, position, source, changed_ms) SELECT tenant_id, 77, course_id, "
              "'Distributing and collecting like terms', 'assign', NULL, 1, -1, 'other', 1 "
              "FROM course WHERE map_id IS NOT NULL")
        self.steps("map.mjs")


if __name__ == "__main__":
    unittest.main()
