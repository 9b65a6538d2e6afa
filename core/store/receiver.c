#include "store/receiver.h"

#include "base/crypt.h"
#include "store/stmt.h"

#define KEY_ID_N 10 /* random bytes */

int receiver_add(struct db *db, struct env *env, struct arena *a, struct receiver *k,
                 struct str *secret, struct err *e)
{
    char raw[KEY_ID_N];
    env_random(env, raw, sizeof raw);
    k->key_id = crypt_hex(a, (struct str){raw, sizeof raw});
    *secret = crypt_token(a, env);
    k->secret_hash = crypt_digest(a, *secret);
    k->created_ms = env_now_ms(env);
    return db_do(db, S_RECEIVER_ADD, e, DB_T(k->key_id), DB_T(k->secret_hash),
                 DB_I(k->tenant_id), DB_I(k->course_id), DB_T(k->kind), DB_T(k->homes),
                 DB_T(k->label), DB_I(k->created_ms)) < 0
               ? -1
               : 0;
}

static struct receiver row(struct db_rows *r, struct arena *a)
{
    struct receiver k = {
        .key_id = str_dup(a, db_text(r, 0)),
        .secret_hash = str_dup(a, db_text(r, 1)),
        .tenant_id = db_i64(r, 2),
        .course_id = db_i64(r, 3),
        .kind = str_dup(a, db_text(r, 4)),
        .homes = str_dup(a, db_text(r, 5)),
        .label = str_dup(a, db_text(r, 6)),
        .state = str_dup(a, db_text(r, 7)),
        .created_ms = db_i64(r, 8),
        .registration_id = db_i64(r, 9),
        .deployment_id = str_dup(a, db_text(r, 10)),
    };
    k.open = str_is(k.state, "active") && str_is(db_text(r, 11), "active") &&
             str_is(db_text(r, 12), "active");
    return k;
}

int receiver_find(struct db *db, struct arena *a, struct str key_id, struct receiver *out,
                  struct err *e)
{
    struct db_rows *r = db_ask(db, S_RECEIVER_FIND, e, DB_T(key_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    if (found == 1)
        *out = row(r, a);
    db_end(r);
    return found;
}

bool receiver_opens(struct arena *a, const struct receiver *k, struct str secret)
{
    return crypt_equal(crypt_digest(a, secret), k->secret_hash);
}

int receiver_each(struct db *db, struct arena *a,
                  int (*fn)(void *ctx, const struct receiver *k), void *ctx,
                  struct err *e)
{
    struct db_rows *r = db_query(db, S_RECEIVER_ALL, NULL, 0, e);
    int more = r == NULL ? -1 : 0, stop = 0;
    while (r != NULL && stop == 0 && (more = db_next(r, e)) == 1) {
        struct receiver k = row(r, a);
        stop = fn(ctx, &k);
    }
    db_end(r);
    return more < 0 ? -1 : stop;
}

int receiver_revoke(struct db *db, struct str key_id, struct err *e)
{
    return (int)db_do(db, S_RECEIVER_REVOKE, e, DB_T(key_id));
}
