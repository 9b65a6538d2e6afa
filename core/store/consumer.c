#include "store/consumer.h"

#include "store/stmt.h"

static struct str place(struct arena *a, int64_t registration_id, struct str key)
{
    return str_fmt(a, "consumer_key/%lld/%.*s", (long long)registration_id, STR_ARG(key));
}

/* crypt_open's copy lies in the arena: it goes before the arena's memory does. */
static void wipe(void *p)
{
    const struct str *s = p;
    crypt_wipe((void *)(uintptr_t)s->p, s->n);
}

int consumer_get(struct db *db, struct arena *a, const struct keyring *keys,
                 int64_t registration_id, struct str key, struct str *secret,
                 struct err *e)
{
    struct db_rows *r = db_ask(db, S_CONSUMER_GET, e, DB_I(registration_id), DB_T(key));
    if (r == NULL)
        return -1;
    struct str sealed = STR_EMPTY, *plain = ARENA_NEW(a, struct str);
    int rc = db_next(r, e);
    if (rc == 1)
        sealed = str_dup(a, db_text(r, 0));
    db_end(r);
    if (rc != 1)
        return rc;
    if (crypt_open(a, keys->seal, place(a, registration_id, key), sealed, plain, e) != 0)
        return -1;
    arena_defer(a, wipe, plain);
    *secret = *plain;
    return 1;
}

int consumer_put(struct db *db, struct arena *a, struct env *env,
                 const struct keyring *keys, int64_t registration_id, struct str key,
                 struct str secret, struct err *e)
{
    struct str sealed;
    if (crypt_seal(a, env, keys->seal, place(a, registration_id, key), secret, &sealed,
                   e) != 0)
        return -1;
    int64_t n = db_do(db, S_CONSUMER_PUT, e, DB_I(registration_id), DB_T(key),
                      DB_T(sealed), DB_I(env_now_ms(env)));
    return n < 0 ? -1 : 0;
}

int64_t consumer_remove(struct db *db, int64_t registration_id, struct str key,
                        struct err *e)
{
    return db_do(db, S_CONSUMER_REMOVE, e, DB_I(registration_id), DB_T(key));
}

int consumer_each(struct db *db, int64_t registration_id,
                  int (*fn)(void *ctx, const struct consumer *k), void *ctx,
                  struct err *e)
{
    struct db_rows *r = db_ask(db, S_CONSUMER_ALL, e, DB_I(registration_id));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct consumer k = {db_text(r, 0), db_i64(r, 1), db_i64(r, 2)};
        if (fn(ctx, &k) != 0)
            break;
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}
