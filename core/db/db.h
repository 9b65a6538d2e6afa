/* db.h: one thin interface over SQLite (3.40) and PostgreSQL (15).
 *
 * SQL lives in a table of statements (core/store/stmt.def), in the one dialect that both
 * run unchanged, with $1, $2 ... for parameters. A statement is prepared once a process
 * and known by its number. Types are BIGINT, DOUBLE PRECISION and TEXT. sqlite.c is the
 * only file with sqlite3.h, postgres.c the only one with libpq-fe.h. Never carry a handle
 * over fork(). */
#ifndef WAYMARK_DB_DB_H
#define WAYMARK_DB_DB_H

#include "base/err.h"
#include "base/str.h"

struct db;
struct db_rows;

enum db_kind { DB_SQLITE, DB_POSTGRES };

/* One row of the statement table. `sqlite` and `postgres` are the same pointer unless the
 * statement is one of the few that need a form for each. */
struct db_sql {
    const char *name;
    const char *sqlite;
    const char *postgres;
};

struct db_opt {
    struct str url;           /* "sqlite:PATH" or "postgresql://..." */
    const struct db_sql *sql; /* the statement table; ids are indexes into it */
    size_t sql_n;
    int busy_ms; /* how long to wait for a lock; 0 = 5,000 */
    bool create; /* SQLite: make the file when it is missing */
};

/* A connection; NULL with ERR_UNAVAILABLE (no such server or file) or ERR_INPUT (bad
 * URL). */
struct db *db_open(const struct db_opt *opt, struct err *e);
void db_close(struct db *db);
enum db_kind db_kind(const struct db *db);

/* A parameter of a statement. */
struct db_arg {
    enum { DB_ARG_NULL, DB_ARG_I64, DB_ARG_F64, DB_ARG_TEXT } type;
    int64_t i;
    double f;
    struct str s;
};

#define DB_I(v) ((struct db_arg){.type = DB_ARG_I64, .i = (v)})
#define DB_F(v) ((struct db_arg){.type = DB_ARG_F64, .f = (v)})
#define DB_T(v) ((struct db_arg){.type = DB_ARG_TEXT, .s = (v)})
#define DB_N ((struct db_arg){.type = DB_ARG_NULL})

/* Text, or NULL when it is empty. */
static inline struct db_arg db_opt_text(struct str s)
{
    return s.n == 0 ? DB_N : DB_T(s);
}

#define DB_ARGS(...)                                                                     \
    (const struct db_arg[]){__VA_ARGS__},                                                \
        sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg)

/* Run a statement that returns no rows: db_do(db, S_LOGIN_INSERT, e, DB_T(hash),
 * DB_I(now)). Returns the number of rows changed, or -1: ERR_CONFLICT (a unique key),
 * ERR_BUSY (a lock or a serialisation failure: run the transaction again),
 * ERR_UNAVAILABLE (no connection), ERR_INPUT (a value that the database refuses: text
 * with NUL or bad UTF-8, NaN). */
#define db_do(db, id, e, ...) db_exec((db), (id), DB_ARGS(__VA_ARGS__), (e))
int64_t db_exec(struct db *db, int id, const struct db_arg *args, size_t n,
                struct err *e);

/* Run a statement that returns rows. NULL on error. Rows must be closed before the same
 * statement runs again, and before the transaction ends. A statement that writes and
 * returns rows (RETURNING) runs inside db_tx only. */
#define db_ask(db, id, e, ...) db_query((db), (id), DB_ARGS(__VA_ARGS__), (e))
struct db_rows *db_query(struct db *db, int id, const struct db_arg *args, size_t n,
                         struct err *e);

/* 1: a row stands ready; 0: no more; -1: error. */
int db_next(struct db_rows *r, struct err *e);
void db_end(struct db_rows *r); /* NULL is fine */

/* Columns of the row that stands ready, from 0. Text lives until the next db_next or
 * db_end: copy what you keep. NULL reads as 0, 0.0 or an empty slice. */
int64_t db_i64(struct db_rows *r, int col);
double db_f64(struct db_rows *r, int col);
struct str db_text(struct db_rows *r, int col);
bool db_null(struct db_rows *r, int col);

enum db_mode { DB_READ, DB_WRITE, DB_CLAIM };

/* Run fn inside a transaction: BEGIN IMMEDIATE (SQLite) or REPEATABLE READ (PostgreSQL)
 * for DB_WRITE; one snapshot, read only, for DB_READ. DB_CLAIM is DB_WRITE whose every
 * statement sees what was committed before it (READ COMMITTED on PostgreSQL): only for a
 * claim that repeats its test where it writes. fn returns 0 to commit, -1 to roll back.
 *
 * The transaction is rolled back and run again when it was busy or its connection was
 * lost before the commit was sent (up to 8 times, with growing pauses), and once when a
 * unique key was there already, because its row may have come from a transaction that
 * this one could not see. So fn must not keep what it read in an earlier try. A statement
 * that failed spoils the transaction: it cannot commit any more.
 *
 * Returns fn's result, or -1 with the error. Transactions do not nest. */
int db_tx(struct db *db, enum db_mode mode,
          int (*fn)(struct db *db, void *ctx, struct err *e), void *ctx, struct err *e);

/* Is a transaction under way? For functions that may join their caller's. */
bool db_in_tx(const struct db *db);

/* Housekeeping between transactions, about hourly, by one process: gives the SQLite log
 * back to the disk and refreshes the planner's figures. Being busy is no error. */
int db_upkeep(struct db *db, struct err *e);

/* Text of many statements, split at ";\n" (migrations, PRAGMA). */
int db_script(struct db *db, struct str sql, struct err *e);

/* Statements run since the connection was opened (for benchmarks and tests). */
int64_t db_count(const struct db *db);

/* Prepare every statement of the table now; the error names the first that fails. */
int db_prepare_all(struct db *db, struct err *e);

/* Did this layer set the error? Its words are for logs: they name statements, tables and
 * servers, which no page shows. */
bool db_is_error(const struct err *e);

#endif
