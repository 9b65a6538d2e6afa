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

int main(void)
{
    Suite *s = suite_create("statements");
    TCase *c = tcase_create("statements");
    tcase_add_test(c, every_statement_prepares_on_both_databases);
    tcase_add_test(c, no_statement_leaves_the_dialect);
    suite_add_tcase(s, c);
    return suite_main(s);
}
