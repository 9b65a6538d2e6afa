#include "store/notice.h"

#include "base/vec.h"
#include "store/stmt.h"

int notice_add(struct db *db, const struct notice_row *row, struct err *e)
{
    return (int)db_do(db, S_NOTICE_ADD, e, DB_I(row->registration_id),
                      DB_T(row->notice_id), DB_T(row->nonce_hash), DB_T(row->kind),
                      DB_I(row->received_ms));
}

int64_t notice_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_NOTICE_PURGE, e, DB_I(before_ms));
}

int64_t notice_jobs_purge(struct db *db, struct str kind, int64_t before_ms,
                          int64_t dead_before_ms, struct err *e)
{
    int64_t n = db_do(db, S_NOTICE_JOBS_PURGE, e, DB_T(kind), DB_I(before_ms));
    int64_t dead =
        n < 0 ? -1 : db_do(db, S_NOTICE_DEAD_PURGE, e, DB_T(kind), DB_I(dead_before_ms));
    return dead < 0 ? -1 : n + dead;
}

int notice_tenant(struct db *db, int64_t registration_id, struct str deployment_id,
                  int64_t *tenant_id, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_NOTICE_TENANT, e, DB_I(registration_id), DB_T(deployment_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1) {
        *tenant_id = db_i64(r, 0);
        found = str_is(db_text(r, 1), "active");
    }
    db_end(r);
    return found;
}

int64_t notice_waiting(struct db *db, struct str kind, struct err *e)
{
    struct db_rows *r = db_ask(db, S_NOTICE_WAITING, e, DB_T(kind));
    if (r == NULL)
        return -1;
    int64_t n = db_next(r, e) == 1 ? db_i64(r, 0) : -1;
    db_end(r);
    return n;
}

int notice_service_put(struct db *db, int64_t tenant_id, struct str url,
                       struct str offered, int64_t now_ms, struct err *e)
{
    return db_do(db, S_PNS_PUT, e, DB_I(tenant_id), DB_T(url), DB_T(offered),
                 DB_I(now_ms)) < 0
               ? -1
               : 0;
}

int notice_service_get(struct db *db, struct arena *a, int64_t tenant_id,
                       struct notice_service *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_PNS_GET, e, DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = (struct notice_service){
            .url = str_dup(a, db_text(r, 0)),
            .offered = str_dup(a, db_text(r, 1)),
            .handled = str_dup(a, db_text(r, 2)),
            .checked_ms = db_i64(r, 3),
            .error = str_dup(a, db_text(r, 4)),
            .registration_id = db_i64(r, 5),
            .deployment_id = str_dup(a, db_text(r, 6)),
        };
    db_end(r);
    return found;
}

int notice_service_done(struct db *db, int64_t tenant_id, const struct notice_service *s,
                        int64_t now_ms, struct err *e)
{
    return db_do(db, S_PNS_DONE, e, DB_I(tenant_id), DB_T(s->handled), DB_I(now_ms),
                 db_opt_text(s->error), DB_T(s->url)) < 0
               ? -1
               : 0;
}

int notice_service_each(struct db *db, int (*fn)(void *ctx, int64_t tenant_id), void *ctx,
                        struct err *e)
{
    struct arena *a = arena_new((size_t)16 << 20);
    struct vec ids;
    vec_init(&ids, a, sizeof(int64_t));
    struct db_rows *r = db_query(db, S_PNS_ALL, NULL, 0, e);
    int more = r == NULL ? -1 : 0;
    while (r != NULL && (more = db_next(r, e)) == 1)
        *(int64_t *)vec_push(&ids) = db_i64(r, 0);
    db_end(r);
    for (size_t i = 0; more == 0 && i < ids.n; i++)
        more = fn(ctx, ((const int64_t *)ids.p)[i]);
    arena_free(a);
    return more;
}
