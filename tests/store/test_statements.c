/* A guard: every statement of the table prepares on both databases. */
#include "support/suite.h"
#include "support/testdb.h"

#include "store/stmt.h"

#include <string.h>

static void prepare(struct testdb *t)
{
    struct err e = {0};
    ck_assert_msg(db_prepare_all(t->db, &e) == 0, "%s", e.text);
    struct db_rows *r = db_ask(t->db, S_PING, &e);
    ck_assert_int_eq(db_next(r, &e), 1);
    ck_assert_int_eq(db_i64(r, 0), 1);
    db_end(r);
}

START_TEST(every_statement_prepares_on_both_databases)
{
    testdb_each(prepare);
}
END_TEST

static bool has(const char *sql, const char *word)
{
    return strcasestr(sql, word) != NULL;
}

/* What prepares on both but means different things (core/store/README.md). */
START_TEST(no_statement_leaves_the_dialect)
{
    static const char *const words[] = {
        "SELECT *",  "now()",   "random(", "greatest(",  "RETURNING *", "strftime",
        "datetime(", "to_char", "json_",   "CURRENT_TI", "->"};
    size_t n;
    const struct db_sql *sql = stmt_table(&n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(sql[i].sqlite != NULL && sql[i].postgres != NULL, "no text");
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            ck_assert_msg(!has(sql[i].sqlite, words[k]) &&
                              !has(sql[i].postgres, words[k]),
                          "%s uses %s", sql[i].name, words[k]);
    }
}
END_TEST

/* What may read a whole table: the tables are small, an administrator asks, or a purge
 * reads it once in a while, which costs less than an index that each launch writes to. */
static const char *const scans[] = {
    "TRIAL_ALL",          "TRIAL_BY_ID",
    "COURSES_WITH_MAP",   "COURSE_ALL",
    "COURSE_BY_ID",       "JOB_DEPTH",
    "JOB_LIST",           "JOB_LIST_STATE",
    "LAUNCH_NOTES",       "LOGIN_COUNT",
    "REGISTRATION_ALL",   "LOGIN_DROP_OLDEST",
    "RULES_NEWEST",       "RULES_CURRENT",
    "SCHEDULE_LIST",      "TOKEN_PURGE",
    "LOGIN_PURGE",        "TICKET_PURGE",
    "LAUNCH_NOTES_PURGE", "LAUNCH_NOTES_TRIM",
    "REQUESTS_ALL",       "REQUEST_SET",
    "KEYS_DUE",           "PNS_ALL",
    "INVITATION_ALL",     "REGISTRATION_BY_CLIENT",
    "INVITATION_PURGE",   "ATTEMPT_COUNT_PURGE",
    "CALL_PURGE",         "PICKING_PURGE",
    "ORIGIN_PURGE",       "RECEIVER_ALL",
    "STATEMENT_TENANTS",  "STATEMENT_WAITERS",
    "STATEMENT_SETTLE",   "WHO_PURGE",
    "IMPORT_PURGE",       "IMPORT_BY_ID",
    "READING_DUE",        "IMPORT_ABANDON",
    "FITTED_DUE",
};

static bool may_scan(const char *name)
{
    for (size_t i = 0; i < sizeof scans / sizeof *scans; i++)
        if (strcmp(name, scans[i]) == 0)
            return true;
    return false;
}

static bool is_scan(struct str step)
{
    return str_starts(step, STR("SCAN ")) &&
           str_find(step, STR("CONSTANT ROW"), 0) == SIZE_MAX &&
           !str_starts(step, STR("SCAN ("));
}

/* Tables that grow with what people do. To SQLite without statistics a tenant's rows are
 * ten, so it may prefer the primary key with the tenant alone to a better index: then the
 * statement names the index (README.md of core/store). */
static const char *const growing[] = {"evidence", "outbox", "unlock_grant",   "decision",
                                      "exposure", "looked", "opening_member", "state_",
                                      "person",   "job"};

static bool reads_tenant(struct arena *a, const char *sql, struct str step)
{
    if (str_find(step, STR("(tenant_id=?)"), 0) == SIZE_MAX)
        return false;
    /* "SEARCH v USING": v is a table's name, or stands behind one. */
    size_t end = str_find(step, STR(" USING"), 0);
    struct str name = str_sub(step, 7, end);
    for (size_t i = 0; i < sizeof growing / sizeof *growing; i++) {
        struct str as = str_fmt(a, " %s %.*s ", growing[i], STR_ARG(name));
        if (str_starts(name, str_c(growing[i])) || strstr(sql, as.p) != NULL)
            return true;
    }
    return false;
}

static void plan(struct testdb *t)
{
    if (db_kind(t->db) != DB_SQLITE)
        return;
    size_t n;
    const struct db_sql *sql = stmt_table(&n);
    for (size_t i = 0; i < n; i++) {
        struct err e = {0};
        struct db_arg none[250] = {{0}};
        struct str text = str_fmt(t->a, "EXPLAIN QUERY PLAN %s", sql[i].sqlite);
        struct db_sql one = {sql[i].name, text.p, text.p};
        struct db_opt o = {.url = t->url, .sql = &one, .sql_n = 1};
        struct db *db = db_open(&o, &e);
        ck_assert_msg(db != NULL, "%s", e.text);
        size_t args = 0;
        for (size_t k = 1; k <= 250; k++) {
            struct str mark = str_fmt(t->a, "$%zu", k);
            args = str_find(text, mark, 0) != SIZE_MAX ? k : args;
        }
        struct db_rows *r = db_query(db, 0, none, args, &e);
        ck_assert_msg(r != NULL, "%s", e.text);
        while (db_next(r, &e) == 1)
            ck_assert_msg((!is_scan(db_text(r, 3)) || may_scan(sql[i].name)) &&
                              !reads_tenant(t->a, sql[i].sqlite, db_text(r, 3)),
                          "%s: %.*s", sql[i].name, STR_ARG(db_text(r, 3)));
        db_end(r);
        db_close(db);
    }
}

START_TEST(statements_find_their_rows_by_an_index)
{
    testdb_each(plan);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("statements");
    TCase *c = tcase_create("statements");
    tcase_add_test(c, every_statement_prepares_on_both_databases);
    tcase_add_test(c, no_statement_leaves_the_dialect);
    tcase_add_test(c, statements_find_their_rows_by_an_index);
    suite_add_tcase(s, c);
    return suite_main(s);
}
