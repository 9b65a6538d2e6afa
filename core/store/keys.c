#include "store/keys.h"

#include "store/stmt.h"

int keys_find(struct db *db, struct arena *a, int64_t registration_id, struct str kid,
              struct keys_set *set, struct keys_row *rows, size_t max, struct err *e)
{
    *set = (struct keys_set){.known = false};
    struct db_rows *r = db_ask(db, S_KEYS_FIND, e, DB_T(kid), DB_I(registration_id));
    if (r == NULL)
        return -1;
    size_t n = 0;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        *set = (struct keys_set){
            .known = true,
            .fetched_ms = db_i64(r, 0),
            .expires_ms = db_i64(r, 1),
            .tried_ms = db_i64(r, 2),
            .failed = !db_null(r, 3),
        };
        if (db_null(r, 4) || n == max)
            continue;
        rows[n] = (struct keys_row){
            .kid = kid,
            .n = str_dup(a, db_text(r, 4)),
            .e = str_dup(a, db_text(r, 5)),
        };
        n++;
    }
    db_end(r);
    return rc == 0 ? (int)n : -1;
}

struct replacement {
    int64_t registration_id;
    const struct keys_row *rows;
    size_t n;
    int64_t now_ms;
    int64_t expires_ms;
};

static int replace(struct db *db, void *ctx, struct err *e)
{
    const struct replacement *p = ctx;
    if (db_do(db, S_KEYS_CLEAR, e, DB_I(p->registration_id)) < 0)
        return -1;
    for (size_t i = 0; i < p->n; i++)
        if (db_do(db, S_KEYS_ADD, e, DB_I(p->registration_id), DB_T(p->rows[i].kid),
                  DB_I((int64_t)i), DB_T(p->rows[i].n), DB_T(p->rows[i].e),
                  DB_I(p->now_ms)) < 0)
            return -1;
    return db_do(db, S_KEYS_SET, e, DB_I(p->registration_id), DB_I(p->now_ms),
                 DB_I(p->expires_ms)) < 0
               ? -1
               : 0;
}

int keys_replace(struct db *db, int64_t registration_id, const struct keys_row *rows,
                 size_t n, int64_t now_ms, int64_t expires_ms, struct err *e)
{
    struct replacement p = {registration_id, rows, n, now_ms, expires_ms};
    return db_tx(db, DB_WRITE, replace, &p, e);
}

int keys_failed(struct db *db, int64_t registration_id, int64_t now_ms, struct str why,
                struct err *e)
{
    return db_do(db, S_KEYS_FAILED, e, DB_I(registration_id), DB_I(now_ms), DB_T(why)) < 0
               ? -1
               : 0;
}

int keys_due(struct db *db, int64_t soon_ms, int64_t now_ms, int64_t pause_ms,
             int64_t *registration_id, size_t max, struct err *e)
{
    struct db_rows *r = db_ask(db, S_KEYS_DUE, e, DB_I(soon_ms), DB_I(now_ms),
                               DB_I(pause_ms), DB_I((int64_t)max));
    if (r == NULL)
        return -1;
    size_t n = 0;
    int rc;
    while ((rc = db_next(r, e)) == 1 && n < max)
        registration_id[n++] = db_i64(r, 0);
    db_end(r);
    return rc < 0 ? -1 : (int)n;
}
