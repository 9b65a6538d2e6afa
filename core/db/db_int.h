/* db_int.h: what db.c, migrate.c and the two backends share. Nobody else includes it. */
#ifndef WAYMARK_DB_DB_INT_H
#define WAYMARK_DB_DB_INT_H

#include "db/db.h"

#include <sys/types.h>

#define DB_PARAMS_MAX 250

/* Statements of the database layer itself (own.def) have negative ids, from -1 down. */
enum db_own {
    DB_OWN_BASE,
#define SQL(id, text) OWN_##id##_AT,
#include "db/own.def"
#undef SQL
    DB_OWN_END
};
enum {
#define SQL(id, text) OWN_##id = -OWN_##id##_AT,
#include "db/own.def"
#undef SQL
    DB_OWN_N = DB_OWN_END - 1
};

/* A statement, and the rows it has open: there is one of these for each statement. */
struct db_rows {
    struct db *db;
    const char *name;
    const char *sql;
    void *stmt;   /* the backend's: sqlite3_stmt, or non-NULL when PostgreSQL knows it */
    void *res;    /* the backend's: PGresult of the open rows */
    int64_t row;  /* PostgreSQL: the row that stands ready; SQLite: 1 = first row not yet
                     told */
    int params_n; /* how many $n the text has */
    bool writes;
    bool open;
    unsigned char at[DB_PARAMS_MAX]; /* SQLite: the index of $1, $2 ... */
};

/* Why the last statement or transaction did not go through. */
struct db_fault {
    bool busy;      /* a lock or a serialisation failure */
    bool waited;    /* it had already waited for as long as busy_ms */
    bool conflict;  /* a unique key was there already */
    bool lost;      /* the connection is gone */
    bool uncertain; /* it went while committing */
    bool no_table;  /* the statement names a table that is not there */
};

struct db {
    const struct db_ops *ops;
    void *conn; /* the backend's */
    char *url;
    const struct db_sql *sql;
    size_t sql_n;
    struct db_rows *rows; /* sql_n, then DB_OWN_N */
    int busy_ms;
    bool create;
    int64_t count;
    pid_t pid;
    bool in_tx;
    enum db_mode mode;
    bool failed; /* a statement of this transaction failed: it cannot commit */
    struct db_fault fault;
    int open_n; /* rows open */
    uint32_t jitter;
};

/* A backend. Functions that fail set e, and db->fault where it applies. */
struct db_ops {
    enum db_kind kind;
    int (*open)(struct db *db, struct err *e); /* also opens again after a loss */
    void (*close)(struct db *db);              /* releases every statement too */
    bool (*alive)(struct db *db);              /* asked between transactions; cheap */
    int (*prepare)(struct db_rows *r, struct err *e);
    int64_t (*exec)(struct db_rows *r, const struct db_arg *args, struct err *e);
    int (*query)(struct db_rows *r, const struct db_arg *args, struct err *e);
    int (*next)(struct db_rows *r, struct err *e);
    void (*end)(struct db_rows *r);
    int64_t (*i64)(struct db_rows *r, int col);
    double (*f64)(struct db_rows *r, int col);
    struct str (*text)(struct db_rows *r, int col);
    bool (*null)(struct db_rows *r, int col);
    int (*begin)(struct db *db, enum db_mode mode, struct err *e);
    int (*commit)(struct db *db, struct err *e);
    void (*rollback)(struct db *db);
    int (*run)(struct db *db, char *sql, struct err *e); /* one statement, no rows */
    int (*upkeep)(struct db *db, struct err *e);
};

extern const struct db_ops sqlite_ops;
extern const struct db_ops postgres_ops;

#endif
