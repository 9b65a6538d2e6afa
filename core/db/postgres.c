/* postgres.c: the only file with libpq-fe.h. */
#include "db/db_int.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OID_BOOL 16
#define NUMBER_MAX 32 /* bytes of a number as text */

struct pg {
    PGconn *conn;
    char *scratch; /* the texts of one call's parameters, each with its NUL */
    size_t scratch_cap;
    bool stale; /* the server has forgotten our prepared statements, or must */
};

static struct pg *pg_of(const struct db *db)
{
    return db->conn;
}

/* Errors ---------------------------------------------------------------------- */

/* SQLSTATE (appendix A of the manual) → what callers can do about it. */
static const struct {
    char state[6]; /* a class or a whole state */
    enum err_code code;
} states[] = {
    {"23505", ERR_CONFLICT},    {"23503", ERR_CONFLICT},    {"23P01", ERR_CONFLICT},
    {"23", ERR_INPUT},          {"22", ERR_INPUT},          {"54", ERR_INPUT},
    {"40", ERR_BUSY},           {"55P03", ERR_BUSY},        {"26000", ERR_BUSY},
    {"0A000", ERR_INTERNAL},    {"57P", ERR_UNAVAILABLE},   {"08", ERR_UNAVAILABLE},
    {"53", ERR_UNAVAILABLE},    {"58", ERR_UNAVAILABLE},    {"25P03", ERR_UNAVAILABLE},
    {"25006", ERR_UNAVAILABLE}, {"57014", ERR_UNAVAILABLE},
};

static enum err_code code_of(const char *state)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0)
            return states[i].code;
    return ERR_INTERNAL;
}

/* libpq's texts end in a newline and may have several lines. */
static int first_line(const char *s)
{
    return (int)strcspn(s, "\n");
}

static int lost(struct db *db, const char *what, struct err *e)
{
    db->fault.lost = true;
    const char *why = PQerrorMessage(pg_of(db)->conn);
    return err_set(e, ERR_UNAVAILABLE, "%s: PostgreSQL does not answer: %.*s", what,
                   first_line(why), why);
}

static int failed(struct db *db, const char *what, const PGresult *res, struct err *e)
{
    struct pg *p = pg_of(db);
    const char *state = res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    bool ended = state != NULL && strncmp(state, "57P", 3) == 0;
    if (PQstatus(p->conn) == CONNECTION_BAD || state == NULL || ended)
        return lost(db, what, e);
    const char *why = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    why = why != NULL ? why : "";
    enum err_code code = code_of(state);
    /* A plan whose result changed under a migration: prepare again, run again. */
    bool plan = strcmp(state, "0A000") == 0 && strstr(why, "cached plan") != NULL;
    if (plan || strcmp(state, "26000") == 0) {
        p->stale = true;
        code = ERR_BUSY;
    }
    db->fault.conflict = code == ERR_CONFLICT;
    db->fault.no_table = strcmp(state, "42P01") == 0;
    db->fault.busy = db->fault.busy || code == ERR_BUSY;
    db->fault.waited = strcmp(state, "55P03") == 0;
    if (strncmp(state, "22", 2) == 0) /* these texts quote the value */
        return err_set(e, code, "%s: PostgreSQL %s: a value is refused", what, state);
    return err_set(e, code, "%s: PostgreSQL %s: %.*s", what, state, first_line(why), why);
}

/* 0 when `res` is as good as expected; takes it over. */
static int settle(struct db *db, const char *what, PGresult *res, struct err *e)
{
    ExecStatusType s = PQresultStatus(res);
    bool good = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_EMPTY_QUERY;
    int rc = good ? 0 : failed(db, what, res, e);
    PQclear(res);
    return rc;
}

static int plain(struct db *db, const char *sql, struct err *e)
{
    return settle(db, sql, PQexec(pg_of(db)->conn, sql), e);
}

/* Opening --------------------------------------------------------------------- */

static void be_quiet(void *ctx, const char *text)
{
    (void)ctx;
    (void)text; /* notices ("already exists, skipping") would go to standard error */
}

static int pg_open(struct db *db, struct err *e)
{
    /* What stands behind dbname is overridden by nothing, what stands before it by the
     * URL. */
    static const char *const keys[] = {"connect_timeout",
                                       "keepalives_idle",
                                       "tcp_user_timeout",
                                       "fallback_application_name",
                                       "dbname",
                                       "client_encoding",
                                       NULL};
    const char *const values[] = {"5", "30", "15000", "waymark", db->url, "UTF8", NULL};
    struct pg *p = calloc(1, sizeof *p);
    INVARIANT(p != NULL);
    db->conn = p;
    p->conn = PQconnectdbParams(keys, values, 1);
    INVARIANT(p->conn != NULL);
    if (PQstatus(p->conn) != CONNECTION_OK)
        return lost(db, "open", e);
    PQsetNoticeProcessor(p->conn, be_quiet, NULL);
    char set[96];
    snprintf(set, sizeof set,
             "SET lock_timeout = %d; SET idle_in_transaction_session_timeout = 60000",
             db->busy_ms);
    return plain(db, set, e);
}

static void forget_prepared(struct db *db)
{
    for (size_t i = 0; i < db->sql_n + DB_OWN_N; i++)
        db->rows[i].stmt = NULL;
}

static void pg_close(struct db *db)
{
    struct pg *p = pg_of(db);
    if (p == NULL)
        return;
    forget_prepared(db);
    PQfinish(p->conn);
    free(p->scratch);
    free(p);
    db->conn = NULL;
}

/* A server that ended an idle connection has said so on the socket. */
static bool hung_up(PGconn *conn)
{
    struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN | POLLRDHUP};
    if (fd.fd < 0)
        return true;
    if (poll(&fd, 1, 0) <= 0)
        return false;
    if ((fd.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
        return true;
    return PQconsumeInput(conn) == 0 || PQstatus(conn) != CONNECTION_OK;
}

static bool pg_alive(struct db *db)
{
    struct pg *p = pg_of(db);
    if (p == NULL || PQstatus(p->conn) != CONNECTION_OK || hung_up(p->conn))
        return false;
    if (p->stale) {
        forget_prepared(db);
        p->stale = false;
        return plain(db, "DEALLOCATE ALL", NULL) == 0;
    }
    return true;
}

/* Statements ------------------------------------------------------------------ */

static void name_of(const struct db_rows *r, char out[24])
{
    snprintf(out, 24, "s%d", (int)(r - r->db->rows));
}

static int pg_prepare(struct db_rows *r, struct err *e)
{
    char name[24];
    name_of(r, name);
    PGresult *res = PQprepare(pg_of(r->db)->conn, name, r->sql, r->params_n, NULL);
    if (settle(r->db, r->name, res, e) != 0)
        return -1;
    r->stmt = r; /* known to the server */
    return 0;
}

static char *scratch(struct pg *p, size_t n)
{
    if (n > p->scratch_cap) {
        free(p->scratch);
        p->scratch_cap = n < 4096 ? 4096 : n;
        p->scratch = malloc(p->scratch_cap);
        INVARIANT(p->scratch != NULL);
    }
    return p->scratch;
}

/* One parameter as text at `to`; how many bytes it took. */
static size_t put(char *to, const struct db_arg *a)
{
    switch (a->type) {
    case DB_ARG_I64:
        return (size_t)snprintf(to, NUMBER_MAX, "%lld", (long long)a->i) + 1;
    case DB_ARG_F64:
        return (size_t)snprintf(to, NUMBER_MAX, "%.17g", a->f) + 1;
    case DB_ARG_TEXT:
        if (a->s.n > 0)
            memcpy(to, a->s.p, a->s.n);
        to[a->s.n] = '\0';
        return a->s.n + 1;
    case DB_ARG_NULL:
        break;
    }
    return 0;
}

static PGresult *send(struct db_rows *r, const struct db_arg *args)
{
    struct pg *p = pg_of(r->db);
    const char *values[DB_PARAMS_MAX];
    size_t need = 0;
    for (int i = 0; i < r->params_n; i++)
        need += args[i].type == DB_ARG_TEXT ? args[i].s.n + 1 : NUMBER_MAX;
    char *to = scratch(p, need);
    for (int i = 0; i < r->params_n; i++) {
        values[i] = args[i].type == DB_ARG_NULL ? NULL : to;
        to += put(to, &args[i]);
    }
    char name[24];
    name_of(r, name);
    return PQexecPrepared(p->conn, name, r->params_n, values, NULL, NULL, 0);
}

static int64_t pg_exec(struct db_rows *r, const struct db_arg *args, struct err *e)
{
    PGresult *res = send(r, args);
    int64_t changed = r->writes ? strtoll(PQcmdTuples(res), NULL, 10) : 0;
    return settle(r->db, r->name, res, e) == 0 ? changed : -1;
}

static int pg_query(struct db_rows *r, const struct db_arg *args, struct err *e)
{
    PGresult *res = send(r, args);
    ExecStatusType s = PQresultStatus(res);
    if (s != PGRES_TUPLES_OK && s != PGRES_COMMAND_OK)
        return settle(r->db, r->name, res, e);
    r->res = res;
    r->row = -1;
    return 0;
}

static int pg_next(struct db_rows *r, struct err *e)
{
    (void)e; /* the whole answer is here already */
    if (r->row + 1 >= PQntuples(r->res))
        return 0;
    r->row++;
    return 1;
}

static void pg_end(struct db_rows *r)
{
    PQclear(r->res);
    r->res = NULL;
}

static bool pg_null(struct db_rows *r, int col)
{
    return PQgetisnull(r->res, (int)r->row, col) != 0;
}

/* Truth values read as SQLite tells them: 1 and 0. */
static struct str pg_text(struct db_rows *r, int col)
{
    const char *p = PQgetvalue(r->res, (int)r->row, col);
    if (p == NULL)
        return STR_EMPTY;
    if (PQftype(r->res, col) == OID_BOOL && *p != '\0')
        return *p == 't' ? STR("1") : STR("0");
    return (struct str){p, (size_t)PQgetlength(r->res, (int)r->row, col)};
}

static int64_t pg_i64(struct db_rows *r, int col)
{
    return strtoll(pg_text(r, col).p, NULL, 10);
}

static double pg_f64(struct db_rows *r, int col)
{
    return strtod(pg_text(r, col).p, NULL);
}

/* Transactions ---------------------------------------------------------------- */

static int pg_begin(struct db *db, enum db_mode mode, struct err *e)
{
    static const char *const text[] = {
        [DB_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        [DB_WRITE] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE",
        [DB_CLAIM] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    };
    return plain(db, text[mode], e);
}

static int pg_commit(struct db *db, struct err *e)
{
    PGresult *res = PQexec(pg_of(db)->conn, "COMMIT");
    bool rolled = PQresultStatus(res) == PGRES_COMMAND_OK &&
                  strcmp(PQcmdStatus(res), "ROLLBACK") == 0;
    int rc = settle(db, "commit", res, e);
    if (rc == 0 && rolled)
        return err_set(e, ERR_INTERNAL, "commit: the transaction had failed");
    if (rc != 0 && db->fault.lost) {
        if (db->mode == DB_READ)
            return 0; /* what was read was one snapshot; there is nothing to commit */
        db->fault.uncertain = true;
        err_set(e, ERR_UNAVAILABLE, "the connection was lost while committing");
    }
    return rc;
}

static void pg_rollback(struct db *db)
{
    if (!db->fault.lost && PQtransactionStatus(pg_of(db)->conn) != PQTRANS_IDLE)
        plain(db, "ROLLBACK", NULL);
}

static int pg_upkeep(struct db *db, struct err *e)
{
    (void)db;
    (void)e; /* autovacuum does it */
    return 0;
}

static int pg_run(struct db *db, char *sql, struct err *e)
{
    return settle(db, "script", PQexec(pg_of(db)->conn, sql), e);
}

const struct db_ops postgres_ops = {
    .kind = DB_POSTGRES,
    .open = pg_open,
    .close = pg_close,
    .alive = pg_alive,
    .prepare = pg_prepare,
    .exec = pg_exec,
    .query = pg_query,
    .next = pg_next,
    .end = pg_end,
    .i64 = pg_i64,
    .f64 = pg_f64,
    .text = pg_text,
    .null = pg_null,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .run = pg_run,
    .upkeep = pg_upkeep,
};
