#include "store/picking.h"

#include "store/stmt.h"

int picking_add(struct db *db, const struct picking *p, struct err *e)
{
    struct db_arg data = p->has_data ? DB_T(p->data) : DB_N;
    int64_t n = db_do(db, S_PICKING_ADD, e, DB_T(p->session_hash), DB_I(p->tenant_id),
                      DB_T(p->deployment_id), DB_T(p->return_url), DB_T(p->settings),
                      data, DB_I(p->expires_ms));
    return n < 0 ? -1 : 0;
}

int picking_get(struct db *db, struct arena *a, int64_t tenant_id,
                struct str session_hash, struct picking *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_PICKING_GET, e, DB_T(session_hash), DB_I(tenant_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *out = (struct picking){.session_hash = session_hash,
                                .tenant_id = tenant_id,
                                .deployment_id = str_dup(a, db_text(r, 0)),
                                .return_url = str_dup(a, db_text(r, 1)),
                                .settings = str_dup(a, db_text(r, 2)),
                                .has_data = !db_null(r, 3),
                                .data = str_dup(a, db_text(r, 3)),
                                .answers = db_i64(r, 4),
                                .expires_ms = db_i64(r, 5)};
    db_end(r);
    return rc;
}

int picking_answer(struct db *db, int64_t tenant_id, struct str session_hash, bool first,
                   int64_t now_ms, struct err *e)
{
    int64_t n = first
                    ? db_do(db, S_PICKING_ANSWER, e, DB_T(session_hash), DB_I(tenant_id),
                            DB_I(now_ms))
                    : db_do(db, S_PICKING_AGAIN, e, DB_T(session_hash), DB_I(tenant_id));
    return n < 0 ? -1 : n > 0;
}

int64_t picking_purge(struct db *db, int64_t before_ms, struct err *e)
{
    return db_do(db, S_PICKING_PURGE, e, DB_I(before_ms));
}
