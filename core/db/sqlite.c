/* sqlite.c: the only file with sqlite3.h. */
#include "db/db_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECKPOINT_WAIT_MS 200
#define OPEN_TRIES 100 /* of 20 ms: switching to WAL does not honour the busy timeout */

enum control { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, CONTROL_N };

struct sq {
    sqlite3 *db;
    int wait_ms; /* for another writer */
    sqlite3_stmt *control[CONTROL_N];
};

/* For each connection. WAL is set apart, because it is written into the file.
 * synchronous=NORMAL: a power cut may take the last commits, never the file's soundness.
 * A checkpoint each 64 MB (the purge job makes one earlier): a page that changes often is
 * copied back once. The cache is small, because another process's write empties it. */
static const char pragmas[] = "PRAGMA synchronous = NORMAL;"
                              "PRAGMA foreign_keys = ON;"
                              "PRAGMA journal_size_limit = 67108864;"
                              "PRAGMA wal_autocheckpoint = 16000;"
                              "PRAGMA cache_size = -4000;"
                              "PRAGMA temp_store = MEMORY;"
                              "PRAGMA trusted_schema = OFF;"
                              "PRAGMA analysis_limit = 400;";

static struct sq *sq_of(const struct db *db)
{
    return db->conn;
}

static enum err_code code_of(int rc)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return ERR_CONFLICT;
    default:
        break;
    }
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return ERR_INPUT;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_NOMEM:
        return ERR_UNAVAILABLE;
    default:
        return ERR_INTERNAL;
    }
}

static int failed(struct db *db, const char *what, int rc, struct err *e)
{
    enum err_code code = code_of(rc);
    if (code == ERR_BUSY) {
        db->fault.busy = true;
        db->fault.waited =
            rc == SQLITE_BUSY; /* BUSY_SNAPSHOT and the like come at once */
    }
    db->fault.conflict = code == ERR_CONFLICT;
    const char *why = sqlite3_errmsg(sq_of(db)->db);
    db->fault.no_table = rc == SQLITE_ERROR && strstr(why, "no such table") != NULL;
    return err_set(e, code, "%s: SQLite %d: %s", what, rc, why);
}

/* Opening --------------------------------------------------------------------- */

/* SQLite makes files as the umask says; these hold what concerns students. */
static int make_private(const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(e, ERR_UNAVAILABLE, "cannot make the database file %s: %s", path,
                       strerror(errno));
    close(fd);
    return 0;
}

static bool is_wal(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    bool yes = sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &s, NULL) == SQLITE_OK &&
               sqlite3_step(s) == SQLITE_ROW &&
               strcmp((const char *)sqlite3_column_text(s, 0), "wal") == 0;
    sqlite3_finalize(s);
    return yes;
}

static int set_wal(struct db *db, struct err *e)
{
    sqlite3 *h = sq_of(db)->db;
    int rc = SQLITE_OK;
    for (int i = 0; i < OPEN_TRIES && !is_wal(h); i++) {
        /* of a new file: a commit writes whole pages, and a launch changes few bytes */
        sqlite3_exec(h, "PRAGMA page_size = 2048", NULL, NULL, NULL);
        rc = sqlite3_exec(h, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
            return failed(db, "open", rc, e);
        if (rc != SQLITE_OK)
            sqlite3_sleep(20);
    }
    return rc == SQLITE_OK ? 0 : failed(db, "open", rc, e);
}

static int prepare_controls(struct db *db, struct err *e)
{
    static const char *const text[CONTROL_N] = {"BEGIN", "BEGIN IMMEDIATE", "COMMIT",
                                                "ROLLBACK"};
    struct sq *q = sq_of(db);
    for (int i = 0; i < CONTROL_N; i++) {
        int rc = sqlite3_prepare_v3(q->db, text[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &q->control[i], NULL);
        if (rc != SQLITE_OK)
            return failed(db, "open", rc, e);
    }
    return 0;
}

/* How to wait for another writer. SQLite's own handler sleeps 1 ms and more at a time,
 * although a launch holds the lock for a sixth of that. */
static int wait_for_lock(void *ctx, int tries)
{
    const struct sq *q = ctx;
    static const int first_us[] = {50, 50, 100, 100, 200, 200, 400, 400, 800, 800};
    const int steps = (int)(sizeof first_us / sizeof *first_us);
    if (tries > steps + q->wait_ms) /* the first ones make 3 ms, then 1 ms each */
        return 0;
    struct timespec t = {.tv_nsec = 1000L * (tries < steps ? first_us[tries] : 1000)};
    nanosleep(&t, NULL);
    return 1;
}

static int sq_open(struct db *db, struct err *e)
{
    const char *path = db->url + strlen("sqlite:");
    bool in_memory = strcmp(path, ":memory:") == 0;
    if (*path == '\0')
        return err_set(e, ERR_INPUT, "sqlite: wants a path");
    if (db->create && !in_memory && make_private(path, e) != 0)
        return -1;
    struct sq *q = calloc(1, sizeof *q);
    INVARIANT(q != NULL);
    db->conn = q;
    /* One thread a process, and nobody asks for SQLite's own statistics: without their
     * locks each allocation is cheaper. Refused (and harmless) after the first handle. */
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(path, &q->db, flags, NULL);
    if (rc != SQLITE_OK && !in_memory && access(path, F_OK) != 0)
        return err_set(e, ERR_UNAVAILABLE,
                       "there is no database %s (waymark migrate makes it)", path);
    if (rc != SQLITE_OK)
        return failed(db, "open", rc, e);
    q->wait_ms = db->busy_ms;
    sqlite3_busy_handler(q->db, wait_for_lock, q);
    if (!in_memory && set_wal(db, e) != 0)
        return -1;
    rc = sqlite3_exec(q->db, pragmas, NULL, NULL, NULL);
    return rc == SQLITE_OK ? prepare_controls(db, e) : failed(db, "open", rc, e);
}

static void sq_close(struct db *db)
{
    struct sq *q = sq_of(db);
    if (q == NULL)
        return;
    for (size_t i = 0; i < db->sql_n + DB_OWN_N; i++) {
        sqlite3_finalize(db->rows[i].stmt);
        db->rows[i].stmt = NULL;
    }
    for (int i = 0; i < CONTROL_N; i++)
        sqlite3_finalize(q->control[i]);
    sqlite3_close(q->db);
    free(q);
    db->conn = NULL;
}

static bool sq_alive(struct db *db)
{
    return db->conn != NULL;
}

/* Statements ------------------------------------------------------------------ */

/* What stands in a comment that begins with "sqlite" is for us. */
static void uncomment(char *sql)
{
    static const char open[] = "/*sqlite ", close[] = "*/";
    for (char *at = sql; (at = strstr(at, open)) != NULL;) {
        char *end = strstr(at, close);
        memset(at, ' ', sizeof open - 1);
        if (end != NULL)
            memset(end, ' ', sizeof close - 1);
    }
}

static int sq_prepare(struct db_rows *r, struct err *e)
{
    sqlite3_stmt *s = NULL;
    char *sql = strdup(r->sql);
    INVARIANT(sql != NULL);
    uncomment(sql);
    int rc = sqlite3_prepare_v3(sq_of(r->db)->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s,
                                NULL);
    free(sql);
    if (rc != SQLITE_OK)
        return failed(r->db, r->name, rc, e);
    /* "$2" is a name to SQLite, numbered by where it first appears. */
    for (int i = 1; i <= r->params_n; i++) {
        char name[16];
        snprintf(name, sizeof name, "$%d", i);
        r->at[i - 1] = (unsigned char)sqlite3_bind_parameter_index(s, name);
        if (r->at[i - 1] == 0) {
            sqlite3_finalize(s);
            return err_set(e, ERR_INTERNAL, "statement %s has no %s", r->name, name);
        }
    }
    r->stmt = s;
    return 0;
}

static int bind_one(sqlite3_stmt *s, int at, const struct db_arg *a,
                    sqlite3_destructor_type keep)
{
    switch (a->type) {
    case DB_ARG_I64:
        return sqlite3_bind_int64(s, at, a->i);
    case DB_ARG_F64:
        return sqlite3_bind_double(s, at, a->f);
    case DB_ARG_TEXT: /* a NULL pointer would bind NULL */
        return sqlite3_bind_text64(s, at, a->s.n > 0 ? a->s.p : "", a->s.n, keep,
                                   SQLITE_UTF8);
    case DB_ARG_NULL:
        break;
    }
    return sqlite3_bind_null(s, at);
}

static int bind_all(struct db_rows *r, const struct db_arg *args,
                    sqlite3_destructor_type keep)
{
    int rc = SQLITE_OK;
    for (int i = 0; rc == SQLITE_OK && i < r->params_n; i++)
        rc = bind_one(r->stmt, r->at[i], &args[i], keep);
    return rc;
}

static int64_t sq_exec(struct db_rows *r, const struct db_arg *args, struct err *e)
{
    int rc = bind_all(r, args, SQLITE_STATIC); /* the caller's texts outlive this call */
    while (rc == SQLITE_OK || rc == SQLITE_ROW)
        rc = sqlite3_step(r->stmt);
    int64_t changed = r->writes ? sqlite3_changes64(sq_of(r->db)->db) : 0;
    if (rc != SQLITE_DONE)
        changed = failed(r->db, r->name, rc, e);
    sqlite3_reset(r->stmt);
    return changed;
}

/* The first step is taken here, so that both databases have done the work by now. */
static int sq_query(struct db_rows *r, const struct db_arg *args, struct err *e)
{
    int rc = bind_all(r, args, SQLITE_TRANSIENT);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(r->stmt);
    r->row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
        r->res = rc == SQLITE_ROW ? r->stmt : NULL;
        return 0;
    }
    failed(r->db, r->name, rc, e);
    sqlite3_reset(r->stmt);
    return -1;
}

static int sq_next(struct db_rows *r, struct err *e)
{
    if (r->res == NULL)
        return 0;
    if (r->row == 1) {
        r->row = 0;
        return 1;
    }
    int rc = sqlite3_step(r->stmt);
    if (rc == SQLITE_ROW)
        return 1;
    r->res = NULL; /* a step behind the end would begin again */
    return rc == SQLITE_DONE ? 0 : failed(r->db, r->name, rc, e);
}

static void sq_end(struct db_rows *r)
{
    r->res = NULL;
    sqlite3_reset(r->stmt);
    sqlite3_clear_bindings(r->stmt);
}

static int64_t sq_i64(struct db_rows *r, int col)
{
    return sqlite3_column_int64(r->stmt, col);
}

static double sq_f64(struct db_rows *r, int col)
{
    return sqlite3_column_double(r->stmt, col);
}

static struct str sq_text(struct db_rows *r, int col)
{
    const unsigned char *p = sqlite3_column_text(r->stmt, col);
    if (p == NULL)
        return STR_EMPTY;
    return (struct str){(const char *)p, (size_t)sqlite3_column_bytes(r->stmt, col)};
}

static bool sq_null(struct db_rows *r, int col)
{
    return sqlite3_column_type(r->stmt, col) == SQLITE_NULL;
}

/* Transactions -------------------------------------------------------------------------
 * A writer takes its lock at BEGIN: one that reads first and writes then is refused at
 * once when somebody wrote in between, whatever the busy timeout. */

static int control(struct db *db, enum control which, struct err *e)
{
    sqlite3_stmt *s = sq_of(db)->control[which];
    int rc = sqlite3_step(s);
    if (rc != SQLITE_DONE)
        failed(db, sqlite3_sql(s), rc, e);
    sqlite3_reset(s);
    return rc == SQLITE_DONE ? 0 : -1;
}

static int sq_begin(struct db *db, enum db_mode mode, struct err *e)
{
    return control(db, mode == DB_READ ? BEGIN_READ : BEGIN_WRITE, e);
}

static int sq_commit(struct db *db, struct err *e)
{
    return control(db, COMMIT, e);
}

static void sq_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(sq_of(db)->db)) /* some errors have rolled back already */
        control(db, ROLLBACK, NULL);
}

static int sq_run(struct db *db, char *sql, struct err *e)
{
    uncomment(sql);
    int rc = sqlite3_exec(sq_of(db)->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : failed(db, "script", rc, e);
}

static int sq_upkeep(struct db *db, struct err *e)
{
    sqlite3 *h = sq_of(db)->db;
    sq_of(db)->wait_ms = CHECKPOINT_WAIT_MS; /* a checkpoint keeps writers waiting */
    int rc = sqlite3_wal_checkpoint_v2(h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(h, "PRAGMA optimize", NULL, NULL, NULL);
    sq_of(db)->wait_ms = db->busy_ms;
    if (rc == SQLITE_OK || code_of(rc) == ERR_BUSY)
        return 0;
    return failed(db, "upkeep", rc, e);
}

const struct db_ops sqlite_ops = {
    .kind = DB_SQLITE,
    .open = sq_open,
    .close = sq_close,
    .alive = sq_alive,
    .prepare = sq_prepare,
    .exec = sq_exec,
    .query = sq_query,
    .next = sq_next,
    .end = sq_end,
    .i64 = sq_i64,
    .f64 = sq_f64,
    .text = sq_text,
    .null = sq_null,
    .begin = sq_begin,
    .commit = sq_commit,
    .rollback = sq_rollback,
    .run = sq_run,
    .upkeep = sq_upkeep,
};
