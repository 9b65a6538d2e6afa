#include "support/rowdb.h"

#include <check.h>

#define SAME(name, text)                                                                 \
    {                                                                                    \
        name, text, text                                                                 \
    }

static const struct db_sql table[ROWDB_N] = {
    [ADD] = SAME("ADD", "INSERT INTO t (id, n, f, s) VALUES ($1, $2, $3, $4)"),
    [ADD_RETURNING] =
        SAME("ADD_RETURNING", "INSERT INTO t (id, n) VALUES ($1, $2) RETURNING n"),
    [GET] = SAME("GET", "SELECT n, f, s FROM t WHERE id = $1"),
    [ALL] = SAME("ALL", "SELECT id FROM t ORDER BY id"),
    [SET_N] = SAME("SET_N", "UPDATE t SET n = $2 WHERE id = $1"),
    [COUNT] = SAME("COUNT", "SELECT count(*) FROM t"),
    [SWAPPED] = SAME("SWAPPED", "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT)"),
    [TWICE] = SAME("TWICE", "SELECT n FROM t WHERE id = $1 OR n = $2 OR id = $1"),
    [TRUTH] = SAME("TRUTH", "SELECT n = 5, n > 5 FROM t WHERE id = $1"),
    [STAR] = SAME("STAR", "SELECT * FROM t WHERE id = $1"),
    [BACKEND] = {"BACKEND", "SELECT 0", "SELECT pg_backend_pid()"},
    [END_BACKEND] = {"END_BACKEND", "SELECT $1",
                     "SELECT pg_terminate_backend(CAST($1 AS INTEGER), 5000)"},
    [WRONG] = SAME("WRONG", "SELECT nothing FROM nowhere"),
};

struct db *rowdb_busy(const struct testdb *t, int busy_ms)
{
    struct err e = {0};
    struct db_opt o = {.url = t->url, .sql = table, .sql_n = ROWDB_N, .busy_ms = busy_ms};
    struct db *db = db_open(&o, &e);
    ck_assert_msg(db != NULL, "%s", e.text);
    return db;
}

struct db *rowdb_open(const struct testdb *t)
{
    return rowdb_busy(t, 0);
}

struct db *rowdb_make(struct testdb *t)
{
    testdb_sql(t, "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, n BIGINT,\n"
                  "f DOUBLE PRECISION, s TEXT);\n");
    return rowdb_open(t);
}

void rowdb_add(struct db *db, int64_t id, int64_t n)
{
    struct err e = {0};
    int64_t got = db_do(db, ADD, &e, DB_I(id), DB_I(n), DB_N, DB_N);
    ck_assert_msg(got == 1, "%s", e.text);
}

int64_t rowdb_one(struct db *db, int id, const struct db_arg *args, size_t n)
{
    struct err e = {0};
    struct db_rows *r = db_query(db, id, args, n, &e);
    ck_assert_msg(r != NULL, "%s", e.text);
    int64_t got = db_next(r, &e) == 1 ? db_i64(r, 0) : INT64_MIN;
    db_end(r);
    return got;
}

int64_t rowdb_count(struct db *db)
{
    return rowdb_one(db, COUNT, NULL, 0);
}

struct db *rowdb_try(struct str url, struct err *e)
{
    struct db_opt o = {.url = url, .sql = table, .sql_n = ROWDB_N};
    return db_open(&o, e);
}
