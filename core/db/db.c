#include "db/db.h"

#include "db/db_int.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRIES 8
#define TRIES_WAITED 2 /* for one that has waited busy_ms each time */
#define TRIES_CONFLICT 2

static const struct db_sql own_sql[] = {
#define SQL(id, text) {#id, text, text},
#include "db/own.def"
#undef SQL
};

/* Statement texts -------------------------------------------------------------------- */

/* The highest $n of a text, outside quotes. */
static int params_of(const char *sql)
{
    int high = 0;
    bool quoted = false;
    for (const char *p = sql; *p != '\0'; p++) {
        if (*p == '\'')
            quoted = !quoted;
        if (quoted || *p != '$')
            continue;
        int n = (int)strtol(p + 1, NULL, 10);
        high = n > high ? n : high;
    }
    return high;
}

static bool writes_of(const char *sql)
{
    static const char *const verbs[] = {"INSERT INTO ", "UPDATE ", "DELETE FROM "};
    bool with = strncasecmp(sql, "WITH ", 5) == 0;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strncasecmp(sql, verbs[i], strlen(verbs[i])) == 0)
            return true;
        if (with && strcasestr(sql, verbs[i]) != NULL)
            return true;
    }
    return false;
}

static void fill_rows(struct db *db)
{
    for (size_t i = 0; i < db->sql_n + DB_OWN_N; i++) {
        const struct db_sql *s = i < db->sql_n ? &db->sql[i] : &own_sql[i - db->sql_n];
        struct db_rows *r = &db->rows[i];
        r->db = db;
        r->name = s->name;
        r->sql = db->ops->kind == DB_SQLITE ? s->sqlite : s->postgres;
        r->params_n = params_of(r->sql);
        r->writes = writes_of(r->sql);
        INVARIANT(r->params_n <= DB_PARAMS_MAX);
    }
}

static struct db_rows *rows_of(struct db *db, int id)
{
    size_t at = id >= 0 ? (size_t)id : db->sql_n + (size_t)(-id - 1);
    INVARIANT(id >= 0 ? at < db->sql_n : at < db->sql_n + DB_OWN_N);
    return &db->rows[at];
}

/* Opening --------------------------------------------------------------------- */

static const struct db_ops *ops_of(struct str url)
{
    if (str_starts(url, STR("sqlite:")))
        return &sqlite_ops;
    if (str_starts(url, STR("postgresql://")) || str_starts(url, STR("postgres://")))
        return &postgres_ops;
    return NULL;
}

struct db *db_open(const struct db_opt *opt, struct err *e)
{
    const struct db_ops *ops = ops_of(opt->url);
    if (ops == NULL || str_has_nul(opt->url)) {
        err_set(e, ERR_INPUT, "a database is sqlite:PATH or postgresql://...");
        return NULL;
    }
    struct db *db = calloc(1, sizeof *db);
    INVARIANT(db != NULL);
    db->ops = ops;
    db->url = strndup(opt->url.p, opt->url.n);
    db->sql = opt->sql;
    db->sql_n = opt->sql_n;
    db->rows = calloc(opt->sql_n + DB_OWN_N, sizeof *db->rows);
    INVARIANT(db->url != NULL && db->rows != NULL);
    db->busy_ms = opt->busy_ms > 0 ? opt->busy_ms : 5000;
    db->create = opt->create;
    db->pid = getpid();
    db->jitter = (uint32_t)db->pid * 2654435761u | 1;
    fill_rows(db);
    if (ops->open(db, e) != 0) {
        db_close(db);
        return NULL;
    }
    return db;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db->ops->close(db);
    free(db->rows);
    free(db->url);
    free(db);
}

enum db_kind db_kind(const struct db *db)
{
    return db->ops->kind;
}

int64_t db_count(const struct db *db)
{
    return db->count;
}

bool db_in_tx(const struct db *db)
{
    return db->in_tx;
}

/* Open again what was lost. A handle carried over fork() would corrupt the database. */
static int revive(struct db *db, struct err *e)
{
    INVARIANT(db->pid == getpid());
    if (!db->fault.lost && db->ops->alive(db)) {
        db->fault = (struct db_fault){0};
        return 0;
    }
    db->ops->close(db);
    if (db->ops->open(db, e) != 0) {
        db->fault = (struct db_fault){.lost = true};
        return -1;
    }
    db->fault = (struct db_fault){0};
    return 0;
}

/* Statements ------------------------------------------------------------------------- */

static int check_args(const struct db_rows *r, const struct db_arg *args, size_t n,
                      struct err *e)
{
    if ((size_t)r->params_n != n)
        return err_set(e, ERR_INTERNAL, "statement %s takes %d parameters, got %zu",
                       r->name, r->params_n, n);
    for (size_t i = 0; i < n; i++) {
        const struct db_arg *a = &args[i];
        if (a->type == DB_ARG_TEXT && (str_has_nul(a->s) || !str_utf8(a->s)))
            return err_set(e, ERR_INPUT, "statement %s: parameter %zu is no UTF-8 text",
                           r->name, i + 1);
        if (a->type == DB_ARG_F64 && !isfinite(a->f))
            return err_set(e, ERR_INPUT, "statement %s: parameter %zu is no number",
                           r->name, i + 1);
    }
    return 0;
}

static int check_state(struct db *db, const struct db_rows *r, struct err *e)
{
    if (r->open)
        return err_set(e, ERR_INTERNAL, "statement %s still has rows open", r->name);
    if (!db->in_tx)
        return revive(db, e);
    if (db->failed)
        return err_set(e, ERR_INTERNAL, "statement %s: the transaction has failed before",
                       r->name);
    if (r->writes && db->mode == DB_READ)
        return err_set(e, ERR_INTERNAL, "statement %s writes in a reading transaction",
                       r->name);
    return 0;
}

/* The statement, prepared, with everything checked; NULL with the error. */
static struct db_rows *ready(struct db *db, int id, const struct db_arg *args, size_t n,
                             struct err *e)
{
    struct db_rows *r = rows_of(db, id);
    if (check_state(db, r, e) != 0 || check_args(r, args, n, e) != 0)
        return NULL;
    if (r->stmt == NULL && db->ops->prepare(r, e) != 0)
        return NULL;
    db->count++;
    return r;
}

int64_t db_exec(struct db *db, int id, const struct db_arg *args, size_t n, struct err *e)
{
    struct db_rows *r = ready(db, id, args, n, e);
    int64_t changed = r != NULL ? db->ops->exec(r, args, e) : -1;
    if (changed < 0)
        db->failed = true;
    return changed;
}

struct db_rows *db_query(struct db *db, int id, const struct db_arg *args, size_t n,
                         struct err *e)
{
    struct db_rows *r = ready(db, id, args, n, e);
    if (r != NULL && r->writes && !db->in_tx) {
        err_set(e, ERR_INTERNAL, "statement %s returns what it wrote: use db_tx",
                r->name);
        r = NULL;
    }
    if (r == NULL || db->ops->query(r, args, e) != 0) {
        db->failed = true;
        return NULL;
    }
    r->open = true;
    db->open_n++;
    return r;
}

int db_next(struct db_rows *r, struct err *e)
{
    int rc = r->db->ops->next(r, e);
    if (rc < 0)
        r->db->failed = true;
    return rc;
}

void db_end(struct db_rows *r)
{
    if (r == NULL || !r->open)
        return;
    r->db->ops->end(r);
    r->open = false;
    r->db->open_n--;
}

int64_t db_i64(struct db_rows *r, int col)
{
    return r->db->ops->i64(r, col);
}

double db_f64(struct db_rows *r, int col)
{
    return r->db->ops->f64(r, col);
}

struct str db_text(struct db_rows *r, int col)
{
    return r->db->ops->text(r, col);
}

bool db_null(struct db_rows *r, int col)
{
    return r->db->ops->null(r, col);
}

int db_prepare_all(struct db *db, struct err *e)
{
    if (revive(db, e) != 0)
        return -1;
    for (size_t i = 0; i < db->sql_n; i++) {
        struct db_rows *r = &db->rows[i];
        if (r->stmt == NULL && db->ops->prepare(r, e) != 0)
            return -1;
    }
    return 0;
}

/* Transactions ----------------------------------------------------------------------- */

static void end_all(struct db *db)
{
    for (size_t i = 0; db->open_n > 0 && i < db->sql_n + DB_OWN_N; i++)
        db_end(&db->rows[i]);
}

static int attempt(struct db *db, enum db_mode mode,
                   int (*fn)(struct db *db, void *ctx, struct err *e), void *ctx,
                   struct err *e)
{
    if (revive(db, e) != 0 || db->ops->begin(db, mode, e) != 0)
        return -1;
    db->in_tx = true;
    db->mode = mode;
    db->failed = false;
    int rc = fn(db, ctx, e);
    end_all(db);
    if (rc >= 0 && db->failed)
        rc = err_set(e, ERR_INTERNAL, "a statement of the transaction had failed");
    if (rc >= 0 && db->ops->commit(db, e) != 0)
        rc = -1;
    if (rc < 0)
        db->ops->rollback(db);
    db->in_tx = false;
    return rc;
}

/* Is it worth while to run it again after `tries` tries? A unique key that was there
 * already may have come from a transaction that ours did not see: PostgreSQL lets a look
 * find nothing and the insert after it find something. The second run sees the row; when
 * there was no such meeting, it fails the same way. */
static bool again(const struct db *db, int tries)
{
    if (db->fault.conflict && tries < TRIES_CONFLICT)
        return true;
    if (db->fault.uncertain)
        return false;
    if (db->fault.busy)
        return tries < (db->fault.waited ? TRIES_WAITED : TRIES);
    return db->fault.lost && tries < TRIES;
}

/* 2, 4, 8 ... 256 ms, half to one and a half times. The jitter keeps processes that met
 * once from meeting again; it decides nothing else, so it is not the injected randomness.
 */
static void pause_before(struct db *db, int tries)
{
    uint32_t j = db->jitter;
    j ^= j << 13;
    j ^= j >> 17;
    j ^= j << 5;
    db->jitter = j;
    int64_t us = (int64_t)1000 << tries;
    us += (int64_t)(j % 1024) * us * 2 / 1024;
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000},
              NULL);
}

int db_tx(struct db *db, enum db_mode mode,
          int (*fn)(struct db *db, void *ctx, struct err *e), void *ctx, struct err *e)
{
    if (db->in_tx)
        return err_set(e, ERR_INTERNAL, "transactions do not nest");
    for (int tries = 1;; tries++) {
        err_clear(e);
        int rc = attempt(db, mode, fn, ctx, e);
        if (rc >= 0 || !again(db, tries))
            return rc;
        pause_before(db, tries);
    }
}

int db_upkeep(struct db *db, struct err *e)
{
    if (db->in_tx)
        return err_set(e, ERR_INTERNAL, "upkeep inside a transaction");
    return revive(db, e) == 0 ? db->ops->upkeep(db, e) : -1;
}

bool db_is_error(const struct err *e)
{
    static const char here[] = __FILE__;
    size_t folder = (size_t)(strrchr(here, '/') - here) + 1;
    return e->code != ERR_NONE && e->file != NULL && strncmp(e->file, here, folder) == 0;
}

/* Scripts --------------------------------------------------------------------- */

/* Blank and comment lines run nothing; a line that ends with ";" ends a statement. */
static bool is_silent(struct str line)
{
    return line.n == 0 || str_starts(line, STR("--"));
}

static int run_piece(struct db *db, struct str piece, int line, struct err *e)
{
    char *z = strndup(piece.p, piece.n);
    INVARIANT(z != NULL);
    struct err why = {0};
    db->count++;
    int rc = db->ops->run(db, z, &why);
    free(z);
    if (rc == 0)
        return 0;
    db->failed = true;
    return err_set(e, why.code, "statement at line %d: %.150s", line, why.text);
}

int db_script(struct db *db, struct str sql, struct err *e)
{
    if (str_has_nul(sql) || !str_utf8(sql))
        return err_set(e, ERR_INPUT, "the script is no UTF-8 text");
    if (!db->in_tx && revive(db, e) != 0)
        return -1;
    size_t from = 0; /* of the statement; SIZE_MAX between two */
    int first = 0;
    int number = 0;
    bool open = false;
    for (struct str line, rest = sql; rest.n > 0;) {
        number++;
        str_cut(rest, '\n', &line, &rest);
        struct str text = str_trim(line);
        if (is_silent(text))
            continue;
        if (!open) {
            from = (size_t)(line.p - sql.p);
            first = number;
        }
        open = !str_ends(text, STR(";"));
        size_t to = (size_t)(line.p - sql.p) + line.n;
        if (!open && run_piece(db, str_sub(sql, from, to), first, e) != 0)
            return -1;
    }
    return open ? run_piece(db, str_sub(sql, from, sql.n), first, e) : 0;
}
