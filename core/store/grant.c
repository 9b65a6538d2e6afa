#include "store/grant.h"

#include "store/stmt.h"

int grant_add(struct db *db, struct arena *a, struct env *env, const struct keyring *keys,
              const struct grant *in, struct err *e)
{
    struct str sealed = STR_EMPTY;
    struct str place =
        str_fmt(a, "registration_grant/%lld/token", (long long)in->registration_id);
    if (in->token.n > 0 &&
        crypt_seal(a, env, keys->seal, place, in->token, &sealed, e) != 0)
        return -1;
    int64_t n =
        db_do(db, S_REGISTRATION_GRANT_ADD, e, DB_I(in->registration_id),
              DB_T(in->scopes), DB_T(in->document), DB_T(in->account), DB_T(in->warnings),
              DB_T(in->client_uri), db_opt_text(sealed), DB_I(env_now_ms(env)));
    return n < 0 ? -1 : 0;
}

int grant_get(struct db *db, struct arena *a, int64_t registration_id, struct grant *out,
              struct err *e)
{
    struct db_rows *r = db_ask(db, S_REGISTRATION_GRANT_GET, e, DB_I(registration_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *out = (struct grant){
            .registration_id = registration_id,
            .scopes = str_dup(a, db_text(r, 0)),
            .document = str_dup(a, db_text(r, 1)),
            .account = str_dup(a, db_text(r, 2)),
            .warnings = str_dup(a, db_text(r, 3)),
            .client_uri = str_dup(a, db_text(r, 4)),
            .has_token = db_i64(r, 5) != 0,
            .created_ms = db_i64(r, 6),
        };
    db_end(r);
    return rc;
}
