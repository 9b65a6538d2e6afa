"""What a teacher is told when a reading fails."""
import unittest

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.support import demo_course


class Failing:
    def test_database_words_stay_in_the_log(self):
        """The sources on the teacher's page quoted the database: statement, table, server."""
        browser = Browser()
        page = demo_course.launch(self.platform, self.stack, demo_course.TEACHER, browser=browser)
        self.stack.give_moodle_token(self.platform)
        number = str(self.stack.course("Algebra I")["course"])
        self.refuse_writes("sync_pair")
        self.stack.run("map", "import", demo_course.MAP, "--course", number)
        self.stack.run("sync", "--course", number, "--wait", check=False, timeout=120)
        seen = browser.get(page.url.replace("/start", "/course"))
        self.assertEqual(200, seen.status)
        self.assertIn("could not store", seen.visible())
        for word in ("SQL", "sync_pair", "PAIR_", "no room"):
            self.assertNotIn(word, seen.text)
        self.assertIn("no room", self.log_json())


class OnSqlite(Failing, Case):
    database = "sqlite"

    def refuse_writes(self, table):
        self.sql("CREATE TRIGGER broken BEFORE INSERT ON %s BEGIN "
                 "SELECT RAISE(ABORT, 'no room'); END" % table)


class OnPostgres(Failing, Case):
    database = "postgresql"

    def refuse_writes(self, table):
        self.sql("CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                 "RAISE EXCEPTION 'no room' USING ERRCODE = '23514'; END $$; CREATE TRIGGER "
                 "broken BEFORE INSERT ON %s EXECUTE FUNCTION broken()" % table)


if __name__ == "__main__":
    unittest.main()
