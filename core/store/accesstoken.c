#include "store/accesstoken.h"

#include "store/stmt.h"

int accesstoken_get(struct db *db, struct arena *a, int64_t registration_id,
                    struct str scope_hash, int64_t now_ms, struct accesstoken *out,
                    struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_TOKEN_GET, e, DB_I(registration_id), DB_T(scope_hash), DB_I(now_ms));
    if (r == NULL)
        return -1;
    int more = db_next(r, e);
    if (more == 1) {
        out->sealed = str_dup(a, db_text(r, 0));
        out->scope = str_dup(a, db_text(r, 1));
        out->expires_ms = db_i64(r, 2);
    }
    db_end(r);
    return more;
}

int accesstoken_put(struct db *db, int64_t registration_id, struct str scope_hash,
                    const struct accesstoken *in, struct err *e)
{
    return db_do(db, S_TOKEN_PUT, e, DB_I(registration_id), DB_T(scope_hash),
                 DB_T(in->sealed), DB_T(in->scope), DB_I(in->expires_ms)) < 0
               ? -1
               : 0;
}

int64_t accesstoken_purge(struct db *db, int64_t now_ms, struct err *e)
{
    return db_do(db, S_TOKEN_PURGE, e, DB_I(now_ms));
}
