#include "store/statement.h"

#include "base/map.h"
#include "base/vec.h"
#include "store/stmt.h"

#define LOT 25 /* rows of STATEMENT_ADD_25 and its like */

/* A sealed document belongs to its place. */
static struct str place_of(struct arena *a, int64_t tenant_id, struct str key)
{
    return str_fmt(a, "statement:%lld:%.*s", (long long)tenant_id, STR_ARG(key));
}

/* --- in ---------------------------------------------------------------------- */

struct adding {
    struct env *env;
    struct statement_batch *b;
    struct str *sealed;
    struct str *hash;
    struct arena *a;
};

static void put_row(const struct adding *t, size_t i, struct db_arg *at)
{
    const struct statement_in *in = &t->b->rows[i];
    at[0] = DB_T(in->voids.n > 0 ? STR("void") : t->b->kind);
    at[1] = DB_T(in->key);
    at[2] = DB_I(env_id(t->env));
    at[3] = DB_T(t->hash[i]);
    at[4] = DB_T(t->sealed[i]);
}

/* Some were there before: with the same content, or there is a conflict. */
static int compare(struct db *db, struct adding *t, size_t from, size_t n, struct err *e)
{
    struct statement_batch *b = t->b;
    struct db_arg args[2 + LOT] = {DB_I(b->tenant_id), DB_T(b->kind)};
    struct map *mine = map_new(t->a);
    for (size_t i = 0; i < LOT; i++)
        args[2 + i] = DB_T(b->rows[from + (i < n ? i : 0)].key);
    for (size_t i = from; i < from + n; i++)
        map_put(mine, b->rows[i].key, &t->hash[i]);
    struct db_rows *r = db_query(db, S_STATEMENT_STANDING, args, 2 + LOT, e);
    int more = r == NULL ? -1 : 0;
    size_t known = 0;
    while (r != NULL && (more = db_next(r, e)) == 1) {
        const struct str *hash = map_get(mine, db_text(r, 0));
        size_t at = (size_t)(hash - t->hash);
        known++;
        if (str_eq(*hash, db_text(r, 1)))
            continue;
        if (!b->conflict || at < b->conflict_at)
            b->conflict_at = at;
        b->conflict = true;
    }
    db_end(r);
    if (more < 0)
        return -1;
    if (!b->conflict && known < n) { /* an id of the other kind */
        b->conflict = true;
        b->conflict_at = from;
    }
    return b->conflict ? err_set(e, ERR_INPUT, "a known id with another content") : 0;
}

static int add_lot(struct db *db, struct adding *t, size_t from, size_t n, struct err *e)
{
    struct statement_batch *b = t->b;
    struct db_arg args[3 + 5 * LOT] = {DB_I(b->tenant_id), DB_T(b->key_id),
                                       DB_I(b->now_ms)};
    int64_t added = 0;
    for (size_t i = 0; i < n; i++)
        put_row(t, from + i, args + 3 + 5 * i);
    if (n == LOT) {
        added = db_exec(db, S_STATEMENT_ADD_25, args, 3 + 5 * LOT, e);
    } else {
        for (size_t i = 0; i < n && added >= 0; i++) {
            struct db_arg one[8] = {args[0],         args[1],         args[2],
                                    args[3 + 5 * i], args[4 + 5 * i], args[5 + 5 * i],
                                    args[6 + 5 * i], args[7 + 5 * i]};
            int64_t rc = db_exec(db, S_STATEMENT_ADD, one, 8, e);
            added = rc < 0 ? -1 : added + rc;
        }
    }
    if (added < 0)
        return -1;
    b->added += (size_t)added;
    return (size_t)added < n ? compare(db, t, from, n, e) : 0;
}

static int add_tx(struct db *db, void *ctx, struct err *e)
{
    struct adding *t = ctx;
    struct statement_batch *b = t->b;
    b->added = b->conflict_at = 0;
    b->conflict = false;
    for (size_t from = 0; from < b->n; from += LOT) {
        size_t n = b->n - from < LOT ? b->n - from : LOT;
        if (add_lot(db, t, from, n, e) != 0)
            return -1;
    }
    for (size_t i = 0; i < b->n; i++)
        if (b->rows[i].voids.n > 0 &&
            db_do(db, S_STATEMENT_VOID_ADD, e, DB_I(b->tenant_id), DB_T(b->rows[i].voids),
                  DB_T(b->key_id), DB_T(b->rows[i].key)) < 0)
            return -1;
    return 0;
}

int statement_add(struct db *db, struct env *env, struct arena *a,
                  const struct keyring *keys, struct statement_batch *b, struct err *e)
{
    struct adding t = {env, b, ARENA_ARRAY(a, struct str, b->n),
                       ARENA_ARRAY(a, struct str, b->n), a};
    for (size_t i = 0; i < b->n; i++) {
        t.hash[i] = crypt_digest(a, b->rows[i].document);
        if (crypt_seal(a, env, keys->seal, place_of(a, b->tenant_id, b->rows[i].key),
                       b->rows[i].document, &t.sealed[i], e) != 0)
            return -1;
    }
    return b->n == 0 ? 0 : db_tx(db, DB_WRITE, add_tx, &t, e);
}

/* --- out --------------------------------------------------------------------- */

static int read_row(struct db_rows *r, struct arena *a, const struct keyring *keys,
                    int64_t tenant_id, struct statement *out, struct err *e)
{
    *out = (struct statement){
        .key = str_dup(a, db_text(r, 0)),
        .seq = db_i64(r, 1),
        .kind = str_dup(a, db_text(r, 2)),
        .key_id = str_dup(a, db_text(r, 3)),
        .content_hash = str_dup(a, db_text(r, 5)),
        .state = str_dup(a, db_text(r, 6)),
        .received_ms = db_i64(r, 7),
        .course_id = db_i64(r, 8),
        .person_id = db_i64(r, 9),
        .voided_by = str_dup(a, db_text(r, 10)),
    };
    return crypt_open(a, keys->seal, place_of(a, tenant_id, out->key), db_text(r, 4),
                      &out->document, e);
}

static int read_rows(struct db_rows *r, struct arena *a, const struct keyring *keys,
                     int64_t tenant_id, struct statement **rows, size_t *n, struct err *e)
{
    struct vec v;
    int more = r == NULL ? -1 : 0;
    vec_init(&v, a, sizeof(struct statement));
    while (more >= 0 && r != NULL && (more = db_next(r, e)) == 1)
        if (read_row(r, a, keys, tenant_id, vec_push(&v), e) != 0)
            more = -1;
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more < 0 ? -1 : 0;
}

int statement_get(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t tenant_id, struct str key, struct statement *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_STATEMENT_GET, e, DB_I(tenant_id), DB_T(key));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1 && read_row(r, a, keys, tenant_id, out, e) != 0)
        found = -1;
    db_end(r);
    return found;
}

int statement_list(struct db *db, struct arena *a, const struct keyring *keys,
                   const struct statement_range *q, struct statement **rows, size_t *n,
                   struct err *e)
{
    int id = q->ascending ? S_STATEMENT_OLDEST : S_STATEMENT_NEWEST;
    struct db_rows *r = db_ask(db, id, e, DB_T(q->key_id), DB_I(q->after),
                               DB_I(q->before), DB_I(q->limit));
    return read_rows(r, a, keys, q->tenant_id, rows, n, e);
}

int statement_new(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t tenant_id, int64_t after, int64_t limit,
                  struct statement **rows, size_t *n, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_STATEMENT_NEW, e, DB_I(tenant_id), DB_I(after), DB_I(limit));
    return read_rows(r, a, keys, tenant_id, rows, n, e);
}

/* --- fates ------------------------------------------------------------------- */

struct settling {
    int64_t tenant_id;
    const struct statement_fate *rows;
    size_t n;
};

static struct db_arg opt_id(int64_t id)
{
    return id != 0 ? DB_I(id) : DB_N;
}

static int settle_tx(struct db *db, void *ctx, struct err *e)
{
    const struct settling *t = ctx;
    for (size_t from = 0; from < t->n; from += LOT) {
        struct db_arg args[1 + 5 * LOT] = {DB_I(t->tenant_id)};
        for (size_t i = 0; i < LOT; i++) {
            const struct statement_fate none = {
                .key = STR_EMPTY, .state = "", .reason = STR_EMPTY};
            const struct statement_fate *f = from + i < t->n ? &t->rows[from + i] : &none;
            struct db_arg *at = args + 1 + 5 * i;
            at[0] = DB_T(f->key);
            at[1] = DB_T(str_c(f->state));
            at[2] = DB_T(f->reason);
            at[3] = opt_id(f->course_id);
            at[4] = opt_id(f->person_id);
        }
        if (db_exec(db, S_STATEMENT_SETTLE, args, 1 + 5 * LOT, e) < 0)
            return -1;
    }
    return 0;
}

int statement_settle(struct db *db, int64_t tenant_id, const struct statement_fate *rows,
                     size_t n, struct err *e)
{
    struct settling t = {tenant_id, rows, n};
    return db_in_tx(db) ? settle_tx(db, &t, e) : db_tx(db, DB_WRITE, settle_tx, &t, e);
}

int statement_voided(struct db *db, int64_t tenant_id, struct str key, struct err *e)
{
    return db_do(db, S_STATEMENT_VOIDED, e, DB_I(tenant_id), DB_T(key)) < 0 ? -1 : 0;
}

int statement_counts(struct db *db, struct str key_id,
                     void (*fn)(void *ctx, struct str state, struct str reason,
                                int64_t n),
                     void *ctx, struct err *e)
{
    struct db_rows *r = db_ask(db, S_STATEMENT_COUNTS, e, DB_T(key_id));
    int more = r == NULL ? -1 : 0;
    while (r != NULL && (more = db_next(r, e)) == 1)
        fn(ctx, db_text(r, 0), db_text(r, 1), db_i64(r, 2));
    db_end(r);
    return more;
}

int64_t statement_waiting(struct db *db, int64_t tenant_id, int64_t course_id,
                          struct str kind, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_STATEMENT_WAITING, e, DB_I(tenant_id), DB_I(course_id), DB_T(kind));
    if (r == NULL)
        return -1;
    int64_t n = db_next(r, e) == 1 ? db_i64(r, 0) : -1;
    db_end(r);
    return n;
}

int statement_tenants(struct db *db, bool waiting,
                      int (*fn)(void *ctx, int64_t tenant_id), void *ctx, struct err *e)
{
    struct arena *a = arena_new((size_t)16 << 20);
    struct vec ids;
    vec_init(&ids, a, sizeof(int64_t));
    int id = waiting ? S_STATEMENT_WAITERS : S_STATEMENT_TENANTS;
    struct db_rows *r = db_query(db, id, NULL, 0, e);
    int more = r == NULL ? -1 : 0;
    while (r != NULL && (more = db_next(r, e)) == 1)
        *(int64_t *)vec_push(&ids) = db_i64(r, 0);
    db_end(r);
    for (size_t i = 0; more == 0 && i < ids.n; i++)
        more = fn(ctx, ((const int64_t *)ids.p)[i]);
    arena_free(a);
    return more;
}

int statement_courses(struct db *db, struct arena *a, int64_t tenant_id,
                      struct statement_course **rows, size_t *n, struct err *e)
{
    struct vec v;
    vec_init(&v, a, sizeof(struct statement_course));
    struct db_rows *r = db_ask(db, S_STATEMENT_COURSES, e, DB_I(tenant_id));
    int more = r == NULL ? -1 : 0;
    while (r != NULL && (more = db_next(r, e)) == 1)
        *(struct statement_course *)vec_push(&v) =
            (struct statement_course){.course_id = db_i64(r, 0),
                                      .context_id = str_dup(a, db_text(r, 1)),
                                      .nrps_url = str_dup(a, db_text(r, 2))};
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return more;
}

int64_t statement_wake(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e)
{
    return db_do(db, S_STATEMENT_WAKE, e, DB_I(tenant_id), DB_I(course_id));
}

int64_t statement_expire(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_STATEMENT_EXPIRE, e, DB_I(env_id_floor(before_ms)));
}

int64_t statement_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_STATEMENT_PURGE, e, DB_I(env_id_floor(before_ms)));
}
