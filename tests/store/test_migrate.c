/* The schema goes forward only, once, and nobody edits what was applied. */
#include "db/migrate.h"
#include "support/suite.h"
#include "support/testdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const first = "-- one\nCREATE TABLE one (x BIGINT NOT NULL);\n";
static const char *const second = "ALTER TABLE one ADD COLUMN y TEXT;\n"
                                  "INSERT INTO one (x, y) VALUES (1, 'z');\n";

struct folder {
    char path[64];
};

static struct folder make_folder(void)
{
    struct folder f = {"/tmp/waymark-mig-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(f.path));
    return f;
}

static void put(const struct folder *f, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", f->path, name);
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
}

static void drop(const struct folder *f, const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", f->path, name);
    ck_assert_int_eq(unlink(path), 0);
}

static void remove_folder(const struct folder *f)
{
    char cmd[96];
    snprintf(cmd, sizeof cmd, "rm -r '%s'", f->path);
    ck_assert_int_eq(system(cmd), 0);
}

struct seen {
    int before;
    int now;
};

static void note(void *ctx, const struct migrate_step *s)
{
    struct seen *seen = ctx;
    ck_assert_int_eq(s->number, seen->before + seen->now + 1);
    ck_assert_uint_gt(s->name.n, 0);
    seen->before += s->was_applied;
    seen->now += !s->was_applied;
}

static int run(struct testdb *t, const struct folder *f, bool dry, struct seen *seen,
               struct err *e)
{
    *seen = (struct seen){0};
    struct migrate_opt o = {.dir = str_c(f->path),
                            .dry_run = dry,
                            .now_ms = t->now_ms,
                            .report = note,
                            .ctx = seen};
    return migrate_run(t->db, &o, e);
}

static void refused(struct testdb *t, const struct folder *f, enum err_code code,
                    const char *word)
{
    struct err e = {0};
    struct seen seen;
    ck_assert_int_eq(run(t, f, false, &seen, &e), -1);
    ck_assert_msg(e.code == code, "%s", e.text);
    ck_assert_msg(strstr(e.text, word) != NULL, "%s", e.text);
}

static void behind(struct testdb *t, const struct folder *f, const char *word)
{
    struct err e = {0};
    ck_assert_int_eq(migrate_check(t->db, str_c(f->path), &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    ck_assert_msg(strstr(e.text, word) != NULL, "%s", e.text);
}

static void forward(struct testdb *t)
{
    struct err e = {0};
    struct seen seen;
    struct folder f = make_folder();
    put(&f, "0001_one.sql", first);
    put(&f, "README.md", "not a migration");
    behind(t, &f, "empty");
    ck_assert_int_eq(run(t, &f, true, &seen, &e), 0);
    ck_assert_int_eq(seen.now, 1);
    behind(t, &f, "empty"); /* a dry run changes nothing */
    ck_assert_msg(run(t, &f, false, &seen, &e) == 0, "%s", e.text);
    ck_assert_int_eq(seen.now, 1);
    ck_assert_int_eq(migrate_check(t->db, str_c(f.path), &e), 0);
    ck_assert_int_eq(run(t, &f, false, &seen, &e), 0);
    ck_assert_int_eq(seen.before, 1);
    put(&f, "0002_two.sql", second);
    behind(t, &f, "1 migrations behind");
    ck_assert_int_eq(run(t, &f, true, &seen, &e), 0);
    ck_assert_int_eq(seen.before, 1);
    ck_assert_int_eq(seen.now, 1);
    ck_assert_int_eq(run(t, &f, false, &seen, &e), 0);
    ck_assert_int_eq(migrate_check(t->db, str_c(f.path), &e), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT x FROM one"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT min(applied_ms) FROM schema_migration"),
                     t->now_ms);
    remove_folder(&f);
}

START_TEST(the_schema_goes_forward)
{
    testdb_each_empty(forward);
}
END_TEST

static void altered(struct testdb *t)
{
    struct err e = {0};
    struct seen seen;
    struct folder f = make_folder();
    put(&f, "0001_one.sql", first);
    put(&f, "0002_two.sql", second);
    ck_assert_int_eq(run(t, &f, false, &seen, &e), 0);
    put(&f, "0001_one.sql", "CREATE TABLE one (x BIGINT);\n");
    refused(t, &f, ERR_CONFLICT, "0001_one.sql was altered");
    behind(t, &f, "0001_one.sql was altered");
    put(&f, "0001_one.sql", first);
    drop(&f, "0002_two.sql");
    refused(t, &f, ERR_CONFLICT, "newer than this program");
    behind(t, &f, "0002_two.sql");
    remove_folder(&f);
}

START_TEST(an_unknown_or_altered_schema_is_refused)
{
    testdb_each_empty(altered);
}
END_TEST

static void broken(struct testdb *t)
{
    struct err e = {0};
    struct seen seen;
    struct folder f = make_folder();
    put(&f, "0001_one.sql", first);
    put(&f, "0002_two.sql", "INSERT INTO one (x) VALUES (7);\n\nNONSENSE;\n");
    refused(t, &f, ERR_INPUT, "0002_two.sql: statement at line 3");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM one"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM schema_migration"), 1);
    put(&f, "0002_two.sql", second);
    ck_assert_int_eq(run(t, &f, false, &seen, &e), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM one"), 1);
    remove_folder(&f);
}

START_TEST(a_failing_migration_leaves_nothing)
{
    testdb_each_empty(broken);
}
END_TEST

static void odd_folders(struct testdb *t)
{
    struct folder f = make_folder();
    struct folder none = {"/nonexistent"};
    refused(t, &none, ERR_NOTFOUND, "no folder");
    refused(t, &f, ERR_NOTFOUND, "empty");
    put(&f, "0002_two.sql", second);
    refused(t, &f, ERR_INPUT, "0001 is missing");
    put(&f, "0001_one.sql", first);
    put(&f, "0002_again.sql", second);
    refused(t, &f, ERR_INPUT, "twice");
    drop(&f, "0002_again.sql");
    put(&f, "three.sql", second);
    refused(t, &f, ERR_INPUT, "three.sql");
    drop(&f, "three.sql");
    put(&f, "0003_bad.sql", "SELECT '\xff';\n");
    refused(t, &f, ERR_INPUT, "0003_bad.sql");
    remove_folder(&f);
}

START_TEST(odd_folders_are_refused)
{
    testdb_each_empty(odd_folders);
}
END_TEST

/* Processes that start at once --------------------------------------------------- */

static void migrate_all(struct testdb *t, int i)
{
    (void)i;
    struct err e = {0};
    struct migrate_opt o = {.dir = STR("config/migrations"), .now_ms = t->now_ms};
    ck_assert_msg(migrate_run(t->db, &o, &e) == 0, "%s", e.text);
    ck_assert_msg(migrate_check(t->db, o.dir, &e) == 0, "%s", e.text);
}

static void together(struct testdb *t)
{
    testdb_fork(t, 4, migrate_all);
    ck_assert_int_ge(testdb_number(t, "SELECT count(*) FROM schema_migration"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job"), 0);
}

START_TEST(processes_that_start_together_do_not_collide)
{
    testdb_each_empty(together);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("migrate");
    TCase *c = tcase_create("migrate");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, the_schema_goes_forward);
    tcase_add_test(c, an_unknown_or_altered_schema_is_refused);
    tcase_add_test(c, a_failing_migration_leaves_nothing);
    tcase_add_test(c, odd_folders_are_refused);
    tcase_add_test(c, processes_that_start_together_do_not_collide);
    suite_add_tcase(s, c);
    return suite_main(s);
}
