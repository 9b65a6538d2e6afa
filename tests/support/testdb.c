#include "support/testdb.h"

#include "db/migrate.h"
#include "store/stmt.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define T0 1760000000000 /* October 2025 */

static int64_t frozen_now(void *ctx)
{
    return ((struct testdb *)ctx)->now_ms;
}

static void real_fill(void *ctx, void *p, size_t n)
{
    (void)ctx;
    ck_assert_int_eq(getrandom(p, n, 0), (ssize_t)n);
}

static void must(int rc, const struct err *e)
{
    if (rc != 0)
        ck_abort_msg("%s (%s:%d)", e->text, e->file, e->line);
}

static struct db *open_with(struct str url, const struct db_sql *sql, size_t n)
{
    struct err e = {0};
    struct db_opt o = {.url = url, .sql = sql, .sql_n = n, .create = true};
    struct db *db = db_open(&o, &e);
    must(db == NULL, &e);
    return db;
}

struct db *testdb_open(const struct testdb *t)
{
    size_t n;
    const struct db_sql *sql = stmt_table(&n);
    return open_with(t->url, sql, n);
}

void testdb_pause(struct testdb *t)
{
    db_close(t->db);
    t->db = NULL;
}

void testdb_resume(struct testdb *t)
{
    t->db = testdb_open(t);
}

void testdb_sql(struct testdb *t, const char *sql)
{
    struct err e = {0};
    must(db_script(t->db, str_c(sql), &e), &e);
}

int64_t testdb_number(struct testdb *t, const char *sql)
{
    struct err e = {0};
    const struct db_sql one = {"TEST", sql, sql};
    struct db *db = open_with(t->url, &one, 1);
    struct db_rows *r = db_ask(db, 0, &e);
    must(r == NULL, &e);
    int64_t got = db_next(r, &e) == 1 ? db_i64(r, 0) : -1;
    db_end(r);
    db_close(db);
    return got;
}

void testdb_settle(struct testdb *t)
{
    ck_assert_ptr_null(t->db);
    if (!str_starts(t->url, STR("postgresql:")))
        return;
    char *sql = str_z(t->a, str_fmt(t->a,
                                    "SELECT count(*) FROM pg_stat_activity WHERE "
                                    "application_name = '%.*s' AND pid <> "
                                    "pg_backend_pid()",
                                    STR_ARG(t->made)));
    for (int i = 0; testdb_number(t, sql) > 0; i++) {
        ck_assert_int_lt(i, 6000);
        usleep(10000);
    }
}

/* Making and removing ---------------------------------------------------------------- */

static void start(struct testdb *t)
{
    t->a = arena_new((size_t)64 << 20);
    t->now_ms = T0;
    env_system(&t->env);
    t->env.now_ms = frozen_now;
    t->env.fill = real_fill;
    t->env.ctx = t;
}

static void on_admin(const char *fmt, const struct testdb *t)
{
    struct err e = {0};
    struct db *db = open_with(str_c(getenv("WAYMARK_TEST_PG")), NULL, 0);
    char sql[128];
    snprintf(sql, sizeof sql, "%s SCHEMA %.*s%s", fmt, STR_ARG(t->made),
             *fmt == 'D' ? " CASCADE" : "");
    must(db_script(db, str_c(sql), &e), &e);
    db_close(db);
}

static void make_sqlite(struct testdb *t)
{
    char dir[] = "/tmp/waymark-test-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    t->made = str_dup(t->a, str_c(dir));
    t->url = str_fmt(t->a, "sqlite:%s/t.db", dir);
}

static void make_postgres(struct testdb *t)
{
    const char *base = getenv("WAYMARK_TEST_PG");
    t->made = str_fmt(t->a, "t_%d_%lld", (int)getpid(), (long long)env_id(&t->env));
    t->url = str_fmt(t->a, "%s%coptions=-csearch_path%%3D%.*s&application_name=%.*s",
                     base, strchr(base, '?') != NULL ? '&' : '?', STR_ARG(t->made),
                     STR_ARG(t->made));
    on_admin("CREATE", t);
}

static void drop_sqlite(struct testdb *t)
{
    static const char *const names[] = {"t.db", "t.db-wal", "t.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str path = str_fmt(t->a, "%.*s/%s", STR_ARG(t->made), names[i]);
        unlink(path.p);
    }
    rmdir(t->made.p);
}

static void migrate(struct testdb *t)
{
    struct err e = {0};
    struct migrate_opt o = {.dir = STR("config/migrations"), .now_ms = t->now_ms};
    must(migrate_run(t->db, &o, &e), &e);
}

static void with_each(void (*fn)(struct testdb *t), bool migrated)
{
    bool have_pg = getenv("WAYMARK_TEST_PG") != NULL;
    for (int pg = 0; pg <= (have_pg ? 1 : 0); pg++) {
        struct testdb t = {0};
        start(&t);
        (pg ? make_postgres : make_sqlite)(&t);
        testdb_resume(&t);
        if (migrated)
            migrate(&t);
        fn(&t);
        testdb_pause(&t);
        if (pg)
            on_admin("DROP", &t);
        else
            drop_sqlite(&t);
        arena_free(t.a);
    }
}

void testdb_each(void (*fn)(struct testdb *t))
{
    with_each(fn, true);
}

void testdb_each_empty(void (*fn)(struct testdb *t))
{
    with_each(fn, false);
}

/* Processes -------------------------------------------------------------------------- */

/* The clock stands still, so children that count on from the same id would all make the
 * same ones: each draws its own. */
static void begin_child(struct testdb *t)
{
    t->env.last_id = 0;
    testdb_resume(t);
}

pid_t testdb_spawn(struct testdb *t, void (*fn)(struct testdb *t, int fd), int *pipe_fd)
{
    ck_assert_ptr_null(t->db);
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        close(fds[0]);
        begin_child(t);
        fn(t, fds[1]);
        testdb_pause(t);
        _exit(0);
    }
    close(fds[1]);
    if (pipe_fd != NULL)
        *pipe_fd = fds[0];
    else
        close(fds[0]);
    return pid;
}

void testdb_fork(struct testdb *t, int n, void (*fn)(struct testdb *t, int i))
{
    testdb_pause(t);
    pid_t pids[16];
    ck_assert_int_le(n, 16);
    for (int i = 0; i < n; i++) {
        pids[i] = fork();
        ck_assert_int_ge(pids[i], 0);
        if (pids[i] == 0) {
            begin_child(t);
            fn(t, i);
            testdb_pause(t);
            _exit(0);
        }
    }
    for (int i = 0; i < n; i++) {
        int status = -1;
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert_msg(status == 0, "process %d ended with %d", i, status);
    }
    testdb_resume(t);
}
