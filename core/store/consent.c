#include "store/consent.h"

#include "store/stmt.h"

int consent_begin(struct db *db, struct arena *a, const struct consent *of,
                  struct str state, int64_t expires_ms, struct err *e)
{
    int64_t n =
        db_do(db, S_CONSENT_BEGIN, e, DB_I(of->registration_id), DB_I(of->tenant_id),
              DB_T(of->course), DB_T(crypt_digest(a, state)), DB_I(expires_ms));
    return n < 0 ? -1 : n > 0;
}

int consent_take(struct db *db, struct arena *a, struct str state, int64_t now_ms,
                 struct consent *out, struct err *e)
{
    struct str hash = crypt_digest(a, state);
    struct db_rows *r = db_ask(db, S_CONSENT_FIND, e, DB_T(hash), DB_I(now_ms));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *out = (struct consent){db_i64(r, 0), db_i64(r, 1), str_dup(a, db_text(r, 2))};
    db_end(r);
    if (rc != 1)
        return rc;
    int64_t n = db_do(db, S_CONSENT_TAKE, e, DB_I(out->registration_id),
                      DB_I(out->tenant_id), DB_T(out->course), DB_T(hash));
    return n < 0 ? -1 : n > 0;
}
