/* The database layer keeps its promises on both databases. */
#include "support/rowdb.h"
#include "support/suite.h"
#include "support/testdb.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Values ---------------------------------------------------------------------- */

static void round_trip(struct db *db, int64_t id, int64_t n, double f, struct str s)
{
    struct err e = {0};
    ck_assert_int_eq(db_do(db, ADD, &e, DB_I(id), DB_I(n), DB_F(f), DB_T(s)), 1);
    struct db_rows *r = db_ask(db, GET, &e, DB_I(id));
    ck_assert_int_eq(db_next(r, &e), 1);
    ck_assert_int_eq(db_i64(r, 0), n);
    ck_assert(db_f64(r, 1) == f);
    ck_assert(!db_null(r, 2));
    ck_assert(str_eq(db_text(r, 2), s));
    ck_assert_int_eq(db_next(r, &e), 0);
    ck_assert_int_eq(db_next(r, &e), 0);
    db_end(r);
}

static void values(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct err e = {0};
    round_trip(db, 1, INT64_MAX, 0.1, STR("Zo\xc3\xab 'quoted' \\ $1"));
    round_trip(db, 2, INT64_MIN, -1.7976931348623157e308, STR(""));
    round_trip(db, 3, 0, 5e-324, (struct str){NULL, 0});
    ck_assert_int_eq(db_do(db, ADD, &e, DB_I(4), DB_N, DB_N, DB_N), 1);
    struct db_rows *r = db_ask(db, GET, &e, DB_I(4));
    ck_assert_int_eq(db_next(r, &e), 1);
    for (int col = 0; col < 3; col++)
        ck_assert(db_null(r, col));
    ck_assert_int_eq(db_i64(r, 0), 0);
    ck_assert(db_f64(r, 1) == 0.0);
    ck_assert_uint_eq(db_text(r, 2).n, 0);
    db_end(r);
    db_close(db);
}

START_TEST(values_come_back_as_they_went)
{
    testdb_each_empty(values);
}
END_TEST

static void by_number(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct err e = {0};
    struct db_rows *r = db_ask(db, SWAPPED, &e, DB_T(STR("one")), DB_T(STR("two")));
    ck_assert_int_eq(db_next(r, &e), 1);
    ck_assert(str_is(db_text(r, 0), "two"));
    ck_assert(str_is(db_text(r, 1), "one"));
    db_end(r);
    rowdb_add(db, 7, 70);
    ck_assert_int_eq(rowdb_one(db, TWICE, DB_ARGS(DB_I(7), DB_I(0))), 70);
    db_close(db);
}

/* SQLite numbers "$2" by where it first appears (DEPENDENCIES section 5, trap b). */
START_TEST(parameters_are_bound_by_their_number)
{
    testdb_each_empty(by_number);
}
END_TEST

static void truth(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct err e = {0};
    rowdb_add(db, 1, 5);
    struct db_rows *r = db_ask(db, TRUTH, &e, DB_I(1));
    ck_assert_int_eq(db_next(r, &e), 1);
    ck_assert_int_eq(db_i64(r, 0), 1);
    ck_assert_int_eq(db_i64(r, 1), 0);
    ck_assert(str_is(db_text(r, 0), "1"));
    db_end(r);
    db_close(db);
}

START_TEST(truth_reads_as_one_and_zero)
{
    testdb_each_empty(truth);
}
END_TEST

static void refused(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    const struct str bad[] = {STR("a\0b"), STR("\xff"), STR("\xed\xa0\x80")};
    for (size_t i = 0; i < 3; i++) {
        struct err e = {0};
        ck_assert_int_eq(db_do(db, ADD, &e, DB_I(1), DB_N, DB_N, DB_T(bad[i])), -1);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
    const double odd[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        struct err e = {0};
        ck_assert_int_eq(db_do(db, ADD, &e, DB_I(1), DB_N, DB_F(odd[i]), DB_N), -1);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
    ck_assert_int_eq(rowdb_count(db), 0);
    db_close(db);
}

START_TEST(what_the_databases_treat_differently_is_refused)
{
    testdb_each_empty(refused);
}
END_TEST

/* Statements ------------------------------------------------------------------------- */

static void misuse(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct err e = {0};
    ck_assert_int_eq(db_do(db, SET_N, &e, DB_I(1)), -1);
    ck_assert_int_eq(e.code, ERR_INTERNAL);
    struct db_rows *r = db_ask(db, ALL, &e);
    ck_assert_ptr_null(db_ask(db, ALL, &e));
    ck_assert_int_eq(e.code, ERR_INTERNAL);
    db_end(r);
    db_end(r);
    db_end(NULL);
    ck_assert_ptr_null(db_ask(db, ADD_RETURNING, &e, DB_I(1), DB_I(1)));
    ck_assert_int_eq(e.code, ERR_INTERNAL);
    ck_assert_int_eq(rowdb_count(db), 0);
    ck_assert_int_eq(db_do(db, WRONG, &e), -1);
    ck_assert_int_eq(db_prepare_all(db, &e), -1);
    ck_assert(strstr(e.text, "WRONG") != NULL);
    db_close(db);
}

START_TEST(misuse_is_told_not_done)
{
    testdb_each_empty(misuse);
}
END_TEST

static void changed(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct err e = {0};
    rowdb_add(db, 1, 5);
    ck_assert_int_eq(db_do(db, SET_N, &e, DB_I(1), DB_I(6)), 1);
    ck_assert_int_eq(db_do(db, SET_N, &e, DB_I(2), DB_I(6)), 0);
    ck_assert_int_eq(db_do(db, COUNT, &e), 0);
    int64_t before = db_count(db);
    rowdb_add(db, 2, 5);
    ck_assert_int_eq(db_count(db), before + 1);
    ck_assert_int_eq(db_do(db, ADD, &e, DB_I(1), DB_N, DB_N, DB_N), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    rowdb_add(db, 3, 5);
    db_close(db);
}

START_TEST(changed_rows_are_counted_and_duplicates_told)
{
    testdb_each_empty(changed);
}
END_TEST

/* Transactions ----------------------------------------------------------------------- */

static int returning(struct db *db, void *ctx, struct err *e)
{
    struct db_rows *r = db_ask(db, ADD_RETURNING, e, DB_I(1), DB_I(41));
    int64_t *got = ctx;
    if (r != NULL && db_next(r, e) == 1)
        *got = db_i64(r, 0);
    return 0; /* the rows stay open: the end of the transaction closes them */
}

static int add_and_refuse(struct db *db, void *ctx, struct err *e)
{
    (void)ctx;
    rowdb_add(db, 2, 2);
    return err_set(e, ERR_DENIED, "on second thoughts");
}

static int swallow(struct db *db, void *ctx, struct err *e)
{
    (void)e;
    struct err own_e = {0};
    rowdb_add(db, 3, 3);
    ck_assert_int_eq(db_do(db, ADD, &own_e, DB_I(1), DB_N, DB_N, DB_N), -1);
    ck_assert_int_eq(own_e.code, ERR_CONFLICT);
    ck_assert_int_eq(db_do(db, ADD, &own_e, DB_I(4), DB_N, DB_N, DB_N), -1);
    *(int *)ctx += 1;
    return 0;
}

static int nested(struct db *db, void *ctx, struct err *e)
{
    ck_assert(db_in_tx(db));
    return db_tx(db, DB_WRITE, swallow, ctx, e);
}

static int write_in_read(struct db *db, void *ctx, struct err *e)
{
    (void)ctx;
    return db_do(db, SET_N, e, DB_I(1), DB_I(0)) < 0 ? -1 : 0;
}

static void transactions(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct err e = {0};
    int64_t got = 0;
    int calls = 0;
    ck_assert_int_eq(db_tx(db, DB_WRITE, returning, &got, &e), 0);
    ck_assert_int_eq(got, 41);
    ck_assert_int_eq(rowdb_count(db), 1);
    ck_assert_int_eq(db_tx(db, DB_WRITE, add_and_refuse, NULL, &e), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_int_eq(db_tx(db, DB_WRITE, swallow, &calls, &e), -1);
    ck_assert_int_eq(e.code, ERR_INTERNAL);
    ck_assert_int_eq(calls, 2); /* the other row might have come in between */
    ck_assert_int_eq(db_tx(db, DB_WRITE, nested, &calls, &e), -1);
    ck_assert_int_eq(e.code, ERR_INTERNAL);
    ck_assert_int_eq(db_tx(db, DB_READ, write_in_read, NULL, &e), -1);
    ck_assert_int_eq(rowdb_count(db), 1);
    ck_assert(!db_in_tx(db));
    db_close(db);
}

START_TEST(a_transaction_is_all_or_nothing)
{
    testdb_each_empty(transactions);
}
END_TEST

static int read_twice(struct db *db, void *ctx, struct err *e)
{
    (void)e;
    struct db *other = ctx;
    int64_t before = rowdb_count(db);
    rowdb_add(other, 100, 1);
    ck_assert_int_eq(rowdb_count(db), before);
    return 0;
}

static void snapshot(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct db *other = rowdb_open(t);
    struct err e = {0};
    ck_assert_int_eq(db_tx(db, DB_READ, read_twice, other, &e), 0);
    ck_assert_int_eq(rowdb_count(db), 1);
    db_close(other);
    db_close(db);
}

START_TEST(a_reader_sees_one_moment)
{
    testdb_each_empty(snapshot);
}
END_TEST

/* Contention ------------------------------------------------------------------ */

#define TURNS 50

static int raise_by_one(struct db *db, void *ctx, struct err *e)
{
    (void)ctx;
    int64_t n = rowdb_one(db, GET, DB_ARGS(DB_I(1)));
    return db_do(db, SET_N, e, DB_I(1), DB_I(n + 1)) == 1 ? 0 : -1;
}

static void raise_often(struct testdb *t, int i)
{
    (void)i;
    struct db *db = rowdb_open(t);
    for (int done = 0; done < TURNS;) {
        struct err e = {0};
        int rc = db_tx(db, DB_WRITE, raise_by_one, NULL, &e);
        ck_assert_msg(rc == 0 || e.code == ERR_BUSY, "%s", e.text);
        done += rc == 0;
    }
    db_close(db);
}

static void contention(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    rowdb_add(db, 1, 0);
    db_close(db);
    testdb_fork(t, 4, raise_often);
    ck_assert_int_eq(testdb_number(t, "SELECT n FROM t WHERE id = 1"), 4 * TURNS);
}

/* Read, then write what follows from it: a lost update would show as a lower sum. */
START_TEST(no_update_is_lost_between_processes)
{
    testdb_each_empty(contention);
}
END_TEST

struct faster {
    struct db *other;
    int calls;
};

static int look_and_add(struct db *db, void *ctx, struct err *e)
{
    struct faster *c = ctx;
    struct db_rows *r = db_ask(db, GET, e, DB_I(60));
    int there = r != NULL ? db_next(r, e) : -1;
    db_end(r);
    if (c->calls++ == 0 && db_kind(db) == DB_POSTGRES)
        rowdb_add(c->other, 60, 1); /* somebody was faster; SQLite would make him wait */
    if (there != 0)
        return there < 0 ? -1 : 0;
    return db_do(db, ADD, e, DB_I(60), DB_I(2), DB_N, DB_N) == 1 ? 0 : -1;
}

static void meeting(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct faster c = {.other = rowdb_open(t)};
    struct err e = {0};
    ck_assert_msg(db_tx(db, DB_WRITE, look_and_add, &c, &e) == 0, "%s", e.text);
    ck_assert_int_eq(c.calls, db_kind(db) == DB_POSTGRES ? 2 : 1);
    ck_assert_int_eq(rowdb_count(db), 1);
    db_close(c.other);
    db_close(db);
}

START_TEST(a_row_that_came_in_between_is_seen_the_second_time)
{
    testdb_each_empty(meeting);
}
END_TEST

static int hold(struct db *db, void *ctx, struct err *e)
{
    struct db *other = ctx;
    struct err own_e = {0};
    if (db_do(db, SET_N, e, DB_I(1), DB_I(9)) < 0)
        return -1;
    ck_assert_int_eq(db_tx(other, DB_WRITE, raise_by_one, NULL, &own_e), -1);
    ck_assert_int_eq(own_e.code, ERR_BUSY);
    return 0;
}

static int read_first(struct db *db, void *ctx, struct err *e)
{
    struct err own_e = {0};
    rowdb_count(db);
    ck_assert_int_eq(db_tx(ctx, DB_WRITE, raise_by_one, NULL, &own_e), -1);
    ck_assert_int_eq(own_e.code, ERR_BUSY);
    return raise_by_one(db, NULL, e);
}

static void locked_out(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct db *other = rowdb_busy(t, 50);
    struct err e = {0};
    rowdb_add(db, 1, 0);
    ck_assert_int_eq(db_tx(db, DB_WRITE, hold, other, &e), 0);
    ck_assert_int_eq(db_tx(other, DB_WRITE, raise_by_one, NULL, &e), 0);
    ck_assert_int_eq(rowdb_one(db, GET, DB_ARGS(DB_I(1))), 10);
    if (db_kind(db) ==
        DB_SQLITE) /* the lock is there before the first statement (trap a) */
        ck_assert_int_eq(db_tx(db, DB_WRITE, read_first, other, &e), 0);
    db_close(other);
    db_close(db);
}

START_TEST(a_lock_that_stays_is_told_as_busy)
{
    testdb_each_empty(locked_out);
}
END_TEST

/* Crashes --------------------------------------------------------------------- */

static int add_and_hang(struct db *db, void *ctx, struct err *e)
{
    (void)e;
    rowdb_add(db, 2, 2);
    ck_assert_int_eq(write(*(int *)ctx, "x", 1), 1);
    for (;;)
        pause();
}

static void die_in_the_middle(struct testdb *t, int fd)
{
    struct db *db = rowdb_open(t);
    struct err e = {0};
    rowdb_add(db, 1, 1);
    db_tx(db, DB_WRITE, add_and_hang, &fd, &e);
}

static void killed(struct testdb *t)
{
    db_close(rowdb_make(t));
    testdb_pause(t);
    int fd;
    char c;
    pid_t pid = testdb_spawn(t, die_in_the_middle, &fd);
    ck_assert_int_eq(read(fd, &c, 1), 1);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(fd);
    testdb_resume(t);
    struct db *db = rowdb_open(t);
    ck_assert_int_eq(rowdb_count(db), 1); /* what was committed, and nothing else */
    rowdb_add(db, 2, 2);                  /* and its lock is gone */
    db_close(db);
}

START_TEST(a_killed_process_leaves_what_it_committed)
{
    testdb_each_empty(killed);
}
END_TEST

/* Opening --------------------------------------------------------------------- */

static void open_and_add(struct testdb *t, int i)
{
    struct db *db = rowdb_open(t);
    rowdb_add(db, 10 + i, i);
    db_close(db);
}

static void many_open(struct testdb *t)
{
    db_close(rowdb_make(t));
    testdb_fork(t, 8, open_and_add);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM t"), 8);
    if (db_kind(t->db) != DB_SQLITE)
        return;
    struct stat st;
    ck_assert_int_eq(stat(t->url.p + strlen("sqlite:"), &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    struct err e = {0};
    ck_assert_int_eq(db_upkeep(t->db, &e), 0);
}

START_TEST(many_processes_open_at_once)
{
    testdb_each_empty(many_open);
}
END_TEST

START_TEST(what_cannot_be_opened_is_told)
{
    static const struct {
        const char *url;
        enum err_code code;
    } cases[] = {
        {"mysql://x", ERR_INPUT},
        {"", ERR_INPUT},
        {"sqlite:", ERR_INPUT},
        {"sqlite:/nonexistent/folder/t.db", ERR_UNAVAILABLE},
        {"postgresql:///x?host=/nonexistent", ERR_UNAVAILABLE},
        {"postgresql://x:y:z/", ERR_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        ck_assert_ptr_null(rowdb_try(str_c(cases[i].url), &e));
        ck_assert_msg(e.code == cases[i].code, "%s: %s", cases[i].url, e.text);
    }
    db_close(NULL);
}
END_TEST

/* Scripts --------------------------------------------------------------------- */

static void scripts(struct testdb *t)
{
    struct err e = {0};
    testdb_sql(t, "-- first\n\nCREATE TABLE a (\n  -- within; here\n  x BIGINT);\r\n"
                  "INSERT INTO a (x) VALUES (1);\n  INSERT INTO a (x)\nVALUES (2)");
    ck_assert_int_eq(testdb_number(t, "SELECT sum(x) FROM a"), 3);
    testdb_sql(t, "");
    testdb_sql(t, "-- nothing\n\n");
    int rc = db_script(
        t->db, STR("INSERT INTO a (x) VALUES (3);\n\n-- c\nINSERT INTO\nb;\n"), &e);
    ck_assert_int_eq(rc, -1);
    ck_assert_msg(strstr(e.text, "line 4") != NULL, "%s", e.text);
    ck_assert_int_eq(db_script(t->db, STR("SELECT 1\0;\n"), &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
}

START_TEST(scripts_run_statement_by_statement)
{
    testdb_each_empty(scripts);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("db");
    TCase *c = tcase_create("db");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, values_come_back_as_they_went);
    tcase_add_test(c, parameters_are_bound_by_their_number);
    tcase_add_test(c, truth_reads_as_one_and_zero);
    tcase_add_test(c, what_the_databases_treat_differently_is_refused);
    tcase_add_test(c, misuse_is_told_not_done);
    tcase_add_test(c, changed_rows_are_counted_and_duplicates_told);
    tcase_add_test(c, a_transaction_is_all_or_nothing);
    tcase_add_test(c, a_reader_sees_one_moment);
    tcase_add_test(c, no_update_is_lost_between_processes);
    tcase_add_test(c, a_row_that_came_in_between_is_seen_the_second_time);
    tcase_add_test(c, a_lock_that_stays_is_told_as_busy);
    tcase_add_test(c, a_killed_process_leaves_what_it_committed);
    tcase_add_test(c, many_processes_open_at_once);
    tcase_add_test(c, what_cannot_be_opened_is_told);
    tcase_add_test(c, scripts_run_statement_by_statement);
    suite_add_tcase(s, c);
    return suite_main(s);
}
