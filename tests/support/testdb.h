/* testdb.h: a fresh database for a test: SQLite always, PostgreSQL when WAYMARK_TEST_PG
 * is set to a URL (tests/support/pg.sh start DIR prints one; each test gets a schema of
 * its own). Programs run in the root of the repository. */
#ifndef WAYMARK_TESTS_TESTDB_H
#define WAYMARK_TESTS_TESTDB_H

#include "base/env.h"
#include "db/db.h"

#include <sys/types.h>

struct testdb {
    struct db *db;
    struct str url;
    struct arena *a;
    struct env env; /* a clock that stands still (t->now_ms), real randomness */
    int64_t now_ms;
    struct str made; /* the temporary folder, or the schema */
};

/* Run fn with a migrated database of each kind; what it made is removed afterwards. */
void testdb_each(void (*fn)(struct testdb *t));

/* The same with an empty database. */
void testdb_each_empty(void (*fn)(struct testdb *t));

/* One more connection. Aborts the test when there is none. */
struct db *testdb_open(const struct testdb *t);

/* Run fn in n processes at once, each with a connection of its own (in t->db) and its
 * number. t->db of the caller is closed meanwhile, as handles do not survive fork().
 * Fails the test unless every process ends well. */
void testdb_fork(struct testdb *t, int n, void (*fn)(struct testdb *t, int i));

/* One process; the caller waits for it. *pipe_fd (may be NULL) reads what fn wrote to
 * t_fd. */
pid_t testdb_spawn(struct testdb *t, void (*fn)(struct testdb *t, int fd), int *pipe_fd);

/* Close t->db, or open it again: around testdb_spawn. */
void testdb_pause(struct testdb *t);
void testdb_resume(struct testdb *t);

/* After a process was killed, between pause and resume: wait until its server has
 * noticed. A PostgreSQL backend may still commit what the killed process asked for. */
void testdb_settle(struct testdb *t);

/* Run SQL of the test's own (a script in the sense of db_script). */
void testdb_sql(struct testdb *t, const char *sql);

/* One number, by a statement of this test alone. */
int64_t testdb_number(struct testdb *t, const char *sql);

#endif
