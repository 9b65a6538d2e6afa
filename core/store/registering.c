#include "store/registering.h"

#include "store/stmt.h"

/* What is sealed is sealed for its row and column. */
static struct str place(struct arena *a, struct str attempt_hash, const char *column)
{
    return str_fmt(a, "registering/%.*s/%s", STR_ARG(attempt_hash), column);
}

static int seal(struct arena *a, struct env *env, const struct keyring *keys,
                struct str place, struct str plain, struct str *sealed, struct err *e)
{
    *sealed = STR_EMPTY;
    return plain.n == 0 ? 0 : crypt_seal(a, env, keys->seal, place, plain, sealed, e);
}

static int unseal(struct arena *a, const struct keyring *keys, struct str place,
                  struct str sealed, struct str *plain, struct err *e)
{
    return sealed.n == 0 ? 0 : crypt_open(a, keys->seal, place, sealed, plain, e);
}

int registering_add(struct db *db, struct arena *a, struct env *env,
                    const struct keyring *keys, const struct registering *in,
                    struct err *e)
{
    struct str url, token;
    if (seal(a, env, keys, place(a, in->attempt_hash, "config_url"), in->config_url, &url,
             e) != 0 ||
        seal(a, env, keys, place(a, in->attempt_hash, "token"), in->token, &token, e) !=
            0)
        return -1;
    return (int)db_do(db, S_REGISTERING_ADD, e, DB_T(in->attempt_hash),
                      DB_T(in->code_hash), DB_T(url), DB_T(token), DB_I(in->expires_ms),
                      DB_I(env_now_ms(env)));
}

int registering_get(struct db *db, struct arena *a, const struct keyring *keys,
                    struct str attempt_hash, struct registering *out, struct err *e)
{
    struct str url = STR_EMPTY, token = STR_EMPTY;
    struct db_rows *r = db_ask(db, S_REGISTERING_GET, e, DB_T(attempt_hash));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1) {
        *out = (struct registering){
            .attempt_hash = str_dup(a, db_text(r, 0)),
            .code_hash = str_dup(a, db_text(r, 1)),
            .state = str_dup(a, db_text(r, 2)),
            .config = str_dup(a, db_text(r, 5)),
            .outcome = str_dup(a, db_text(r, 6)),
            .registration_id = db_i64(r, 7),
            .expires_ms = db_i64(r, 8),
        };
        url = str_dup(a, db_text(r, 3));
        token = str_dup(a, db_text(r, 4));
    }
    db_end(r);
    if (rc == 1 &&
        (unseal(a, keys, place(a, attempt_hash, "config_url"), url, &out->config_url,
                e) != 0 ||
         unseal(a, keys, place(a, attempt_hash, "token"), token, &out->token, e) != 0))
        return -1;
    return rc;
}

int registering_move(struct db *db, struct str attempt_hash, const char *from,
                     const char *to, struct err *e)
{
    return (int)db_do(db, S_REGISTERING_MOVE, e, DB_T(str_c(to)), DB_T(attempt_hash),
                      DB_T(str_c(from)));
}

int registering_read(struct db *db, struct str attempt_hash, struct str config,
                     struct err *e)
{
    return (int)db_do(db, S_REGISTERING_READ, e, DB_T(config), DB_T(attempt_hash));
}

int registering_end(struct db *db, struct str attempt_hash, const char *from,
                    const char *to, struct str outcome, int64_t registration_id,
                    struct err *e)
{
    return (int)db_do(db, S_REGISTERING_END, e, DB_T(str_c(to)), DB_T(outcome),
                      registration_id == 0 ? DB_N : DB_I(registration_id),
                      DB_T(attempt_hash), DB_T(str_c(from)));
}

int64_t registering_count(struct db *db, struct str code_hash, struct err *e)
{
    struct db_rows *r = db_ask(db, S_REGISTERING_COUNT, e, DB_T(code_hash));
    if (r == NULL)
        return -1;
    int64_t n = db_next(r, e) == 1 ? db_i64(r, 0) : -1;
    db_end(r);
    return n;
}

int64_t registering_purge(struct db *db, int64_t now_ms, struct err *e)
{
    return db_do(db, S_REGISTERING_PURGE, e, DB_I(now_ms));
}
