#include "store/lmsaccess.h"

#include "store/stmt.h"

static struct str place(struct arena *a, int64_t registration_id)
{
    return str_fmt(a, "lms_access/%lld/token", (long long)registration_id);
}

int lmsaccess_get(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t registration_id, struct lmsaccess *out, struct err *e)
{
    struct db_rows *r = db_ask(db, S_LMS_GET, e, DB_I(registration_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    struct str sealed = STR_EMPTY;
    if (rc == 1) {
        *out = (struct lmsaccess){
            .registration_id = registration_id,
            .kind = str_dup(a, db_text(r, 0)),
            .base_url = str_dup(a, db_text(r, 1)),
            .probed = str_dup(a, db_text(r, 3)),
            .error = str_dup(a, db_text(r, 4)),
            .changed_ms = db_i64(r, 5),
        };
        sealed = str_dup(a, db_text(r, 2));
    }
    db_end(r);
    if (rc == 1 &&
        crypt_open(a, keys->seal, place(a, registration_id), sealed, &out->token, e) != 0)
        return -1;
    return rc;
}

int lmsaccess_put(struct db *db, struct arena *a, struct env *env,
                  const struct keyring *keys, const struct lmsaccess *in, struct err *e)
{
    struct str sealed;
    if (crypt_seal(a, env, keys->seal, place(a, in->registration_id), in->token, &sealed,
                   e) != 0)
        return -1;
    int64_t n = db_do(db, S_LMS_PUT, e, DB_I(in->registration_id), DB_T(in->kind),
                      DB_T(in->base_url), DB_T(sealed), DB_T(in->probed),
                      db_opt_text(in->error), DB_I(env_now_ms(env)));
    return n < 0 ? -1 : 0;
}
