/* rowdb.h: a table t (id, n, f, s) and a few statements on it, for tests of the database
 * layer itself. */
#ifndef WAYMARK_TESTS_ROWDB_H
#define WAYMARK_TESTS_ROWDB_H

#include "support/testdb.h"

enum {
    ADD,
    ADD_RETURNING,
    GET,
    ALL,
    SET_N,
    COUNT,
    SWAPPED,
    TWICE,
    TRUTH,
    STAR,
    BACKEND,
    END_BACKEND,
    WRONG,
    ROWDB_N
};

/* Make the table; a connection with these statements. */
struct db *rowdb_make(struct testdb *t);

/* One more connection; with a busy time-out of its own (0: the usual). */
struct db *rowdb_open(const struct testdb *t);
struct db *rowdb_busy(const struct testdb *t, int busy_ms);

/* A connection to any URL, and the error instead of the end of the test. */
struct db *rowdb_try(struct str url, struct err *e);

/* Add a row; f and s stay NULL. */
void rowdb_add(struct db *db, int64_t id, int64_t n);

/* The first number that a statement returns, INT64_MIN when there is no row. */
int64_t rowdb_one(struct db *db, int id, const struct db_arg *args, size_t n);

/* How many rows there are. */
int64_t rowdb_count(struct db *db);

#endif
