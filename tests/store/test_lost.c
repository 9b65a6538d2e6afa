/* Connections that are lost, and servers that crash (PostgreSQL). */
#include "support/rowdb.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void cut(struct db *victim, struct db *other)
{
    int64_t pid = rowdb_one(victim, BACKEND, NULL, 0);
    ck_assert_int_eq(rowdb_one(other, END_BACKEND, DB_ARGS(DB_I(pid))), 1);
}

struct cutting {
    struct db *other;
    int calls;
    bool at_the_end;
};

static int add_and_be_cut(struct db *db, void *ctx, struct err *e)
{
    struct cutting *c = ctx;
    c->calls++;
    if (db_do(db, ADD, e, DB_I(50), DB_I(c->calls), DB_N, DB_N) != 1)
        return -1;
    if (c->calls == 1)
        cut(db, c->other);
    if (c->at_the_end)
        return 0;
    return db_do(db, ADD, e, DB_I(51), DB_N, DB_N, DB_N) == 1 ? 0 : -1;
}

static void lost(struct testdb *t)
{
    if (db_kind(t->db) != DB_POSTGRES)
        return;
    struct db *db = rowdb_make(t);
    struct db *other = rowdb_open(t);
    struct err e = {0};
    rowdb_add(db, 1, 1);
    cut(db, other);
    rowdb_add(db, 2, 2); /* outside a transaction, with a statement prepared before */
    cut(db, other);
    ck_assert_int_eq(rowdb_count(db), 2);

    struct cutting c = {.other = other};
    ck_assert_msg(db_tx(db, DB_WRITE, add_and_be_cut, &c, &e) == 0, "%s", e.text);
    ck_assert_int_eq(c.calls, 2);
    ck_assert_int_eq(rowdb_count(db), 4);
    ck_assert_int_eq(rowdb_one(db, GET, DB_ARGS(DB_I(50))), 2);
    db_close(other);
    db_close(db);
}

START_TEST(a_lost_connection_is_opened_again)
{
    testdb_each_empty(lost);
}
END_TEST

static void lost_at_commit(struct testdb *t)
{
    if (db_kind(t->db) != DB_POSTGRES)
        return;
    struct db *db = rowdb_make(t);
    struct cutting c = {.other = rowdb_open(t), .at_the_end = true};
    struct err e = {0};
    ck_assert_int_eq(db_tx(db, DB_WRITE, add_and_be_cut, &c, &e), -1);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    ck_assert_int_eq(c.calls, 1);
    rowdb_add(db, 3, 3);
    db_close(c.other);
    db_close(db);
}

/* Nobody knows whether it was committed: running it again might do it twice. */
START_TEST(a_connection_lost_while_committing_is_not_tried_again)
{
    testdb_each_empty(lost_at_commit);
}
END_TEST

/* The server crashes and comes back again and again under a process that counts up. */
struct tally {
    int64_t acknowledged;
    int64_t uncertain;
};

static int count_one(struct db *db, void *ctx, struct err *e)
{
    (void)ctx;
    struct db_rows *r = db_ask(db, GET, e, DB_I(1));
    if (r == NULL)
        return -1;
    int64_t n = db_next(r, e) == 1 ? db_i64(r, 0) : -1;
    db_end(r);
    return db_do(db, SET_N, e, DB_I(1), DB_I(n + 1)) == 1 ? 0 : -1;
}

static void count_up(struct testdb *t, int fd)
{
    struct db *db = rowdb_open(t);
    struct tally n = {0};
    while (access(t->made.p, F_OK) == 0) { /* until the caller takes its mark away */
        struct err e = {0};
        if (db_tx(db, DB_WRITE, count_one, NULL, &e) == 0)
            n.acknowledged++;
        else if (strstr(e.text, "while committing") != NULL)
            n.uncertain++;
        else /* it stayed away for longer than db_tx tries: nothing was done */
            ck_assert_msg(e.code == ERR_UNAVAILABLE, "%s", e.text);
    }
    ck_assert_int_eq(write(fd, &n, sizeof n), sizeof n);
    db_close(db);
}

static int pg_sh(const char *verb, const char *dir)
{
    char cmd[160];
    snprintf(cmd, sizeof cmd, "tests/support/pg.sh %s %s >/dev/null", verb, dir);
    return system(cmd);
}

static struct str own_cluster(struct testdb *t, const char *dir)
{
    char line[256] = "";
    struct str cmd = str_fmt(t->a, "tests/support/pg.sh start %s", dir);
    FILE *p = popen(cmd.p, "r");
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, p));
    ck_assert_int_eq(pclose(p), 0);
    return str_dup(t->a, str_trim(str_c(line)));
}

static void crashes(struct testdb *t)
{
    if (db_kind(t->db) != DB_POSTGRES)
        return;
    char dir[] = "/tmp/waymark-pg-XXXXXX";
    char mark[] = "/tmp/waymark-mark-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    close(mkstemp(mark));
    struct testdb mine = *t;
    mine.url = own_cluster(t, dir);
    mine.made = str_c(mark);
    testdb_resume(&mine);
    struct db *db = rowdb_make(&mine);
    rowdb_add(db, 1, 0);
    db_close(db);
    testdb_pause(&mine);
    int fd;
    pid_t pid = testdb_spawn(&mine, count_up, &fd);
    int bad = 0;
    for (int i = 0; i < 3; i++) {
        usleep(150000);
        bad |= pg_sh("crash", dir);
    }
    ck_assert_int_eq(unlink(mark), 0);
    struct tally n = {0};
    bad |= read(fd, &n, sizeof n) != sizeof n;
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(fd);
    int64_t got = bad ? 0 : testdb_number(&mine, "SELECT n FROM t WHERE id = 1");
    bad |= pg_sh("stop", dir); /* before a check can end this process */
    ck_assert_int_eq(bad, 0);
    ck_assert_int_gt(n.acknowledged, 0);
    ck_assert_int_ge(got, n.acknowledged);
    ck_assert_int_le(got, n.acknowledged + n.uncertain);
}

START_TEST(a_crashing_server_loses_and_repeats_nothing)
{
    testdb_each_empty(crashes);
}
END_TEST

static int read_star(struct db *db, void *ctx, struct err *e)
{
    struct db_rows *r = db_ask(db, STAR, e, DB_I(1));
    if (r == NULL)
        return -1;
    *(bool *)ctx = db_next(r, e) == 1 && db_i64(r, 1) == 5;
    db_end(r);
    return 0;
}

static void new_plan(struct testdb *t)
{
    struct db *db = rowdb_make(t);
    struct err e = {0};
    bool good = false;
    rowdb_add(db, 1, 5);
    ck_assert_int_eq(db_tx(db, DB_READ, read_star, &good, &e), 0);
    testdb_sql(t, "ALTER TABLE t ADD COLUMN extra TEXT;\n");
    good = false;
    ck_assert_msg(db_tx(db, DB_READ, read_star, &good, &e) == 0, "%s", e.text);
    ck_assert(good);
    db_close(db);
}

/* "cached plan must not change result type" while another process migrates. */
START_TEST(statements_outlive_a_migration)
{
    testdb_each_empty(new_plan);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lost");
    TCase *c = tcase_create("lost");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_lost_connection_is_opened_again);
    tcase_add_test(c, a_connection_lost_while_committing_is_not_tried_again);
    tcase_add_test(c, a_crashing_server_loses_and_repeats_nothing);
    tcase_add_test(c, statements_outlive_a_migration);
    suite_add_tcase(s, c);
    return suite_main(s);
}
