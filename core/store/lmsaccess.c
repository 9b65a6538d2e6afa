#include "store/lmsaccess.h"

#include "base/vec.h"
#include "store/stmt.h"

/* Where a sealed text belongs: moved to another row, it does not open. */
static struct str place(struct arena *a, const struct lmsaccess *x, const char *what)
{
    if (x->tenant_id == 0 && x->course.n == 0)
        return str_fmt(a, "lms_access/%lld/%s", (long long)x->registration_id, what);
    return str_fmt(a, "lms_access/%lld/%lld/%.*s/%s", (long long)x->registration_id,
                   (long long)x->tenant_id, STR_ARG(x->course), what);
}

static int unseal(struct arena *a, const struct keyring *keys, const struct lmsaccess *x,
                  const char *what, struct str *text, struct err *e)
{
    struct str sealed = *text;
    if (sealed.n == 0)
        return 0;
    return crypt_open(a, keys->seal, place(a, x, what), sealed, text, e);
}

static int seal(struct arena *a, struct env *env, const struct keyring *keys,
                const struct lmsaccess *x, const char *what, struct str plain,
                struct str *out, struct err *e)
{
    *out = STR_EMPTY;
    if (plain.n == 0)
        return 0;
    return crypt_seal(a, env, keys->seal, place(a, x, what), plain, out, e);
}

/* A row of LMS_COLS; the secrets are sealed still. */
static struct lmsaccess row_of(struct arena *a, struct db_rows *r,
                               int64_t registration_id)
{
    return (struct lmsaccess){
        .registration_id = registration_id,
        .tenant_id = db_i64(r, 0),
        .course = str_dup(a, db_text(r, 1)),
        .kind = str_dup(a, db_text(r, 2)),
        .base_url = str_dup(a, db_text(r, 3)),
        .token = str_dup(a, db_text(r, 4)),
        .token_expires_ms = db_i64(r, 5),
        .refresh = str_dup(a, db_text(r, 6)),
        .client_id = str_dup(a, db_text(r, 7)),
        .client_secret = str_dup(a, db_text(r, 8)),
        .probed = str_dup(a, db_text(r, 9)),
        .probed_ms = db_i64(r, 10),
        .error = str_dup(a, db_text(r, 11)),
        .changed_ms = db_i64(r, 12),
    };
}

static int take(struct db_rows *r, struct arena *a, const struct keyring *keys,
                int64_t registration_id, struct lmsaccess *out, struct err *e)
{
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *out = row_of(a, r, registration_id);
    db_end(r);
    if (rc == 1 && (unseal(a, keys, out, "token", &out->token, e) != 0 ||
                    unseal(a, keys, out, "refresh", &out->refresh, e) != 0 ||
                    unseal(a, keys, out, "secret", &out->client_secret, e) != 0))
        return -1;
    return rc;
}

int lmsaccess_find(struct db *db, struct arena *a, const struct keyring *keys,
                   int64_t registration_id, int64_t tenant_id, struct str course,
                   struct lmsaccess *out, struct err *e)
{
    return take(
        db_ask(db, S_LMS_FIND, e, DB_I(registration_id), DB_I(tenant_id), DB_T(course)),
        a, keys, registration_id, out, e);
}

int lmsaccess_get(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t registration_id, int64_t tenant_id, struct str course,
                  struct lmsaccess *out, struct err *e)
{
    return take(
        db_ask(db, S_LMS_GET, e, DB_I(registration_id), DB_I(tenant_id), DB_T(course)), a,
        keys, registration_id, out, e);
}

int lmsaccess_list(struct db *db, struct arena *a, int64_t registration_id,
                   struct lmsaccess **rows, size_t *n, struct err *e)
{
    struct db_rows *r = db_ask(db, S_LMS_LIST, e, DB_I(registration_id));
    struct vec v;
    int rc;
    if (r == NULL)
        return -1;
    vec_init(&v, a, sizeof(struct lmsaccess));
    while ((rc = db_next(r, e)) == 1) {
        struct lmsaccess *x = vec_push(&v);
        *x = row_of(a, r, registration_id);
        x->token = x->refresh = x->client_secret = STR_EMPTY;
    }
    db_end(r);
    *rows = v.p;
    *n = v.n;
    return rc;
}

const struct lmsaccess *lmsaccess_narrowest(const struct lmsaccess *rows, size_t n,
                                            int64_t tenant_id, struct str course)
{
    const struct lmsaccess *best = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct lmsaccess *x = &rows[i];
        bool ours = (x->tenant_id == 0 || x->tenant_id == tenant_id) &&
                    (x->course.n == 0 || str_eq(x->course, course));
        if (ours && (best == NULL || x->course.n > 0 || best->course.n == 0))
            best = x;
    }
    return best;
}

int lmsaccess_put(struct db *db, struct arena *a, struct env *env,
                  const struct keyring *keys, const struct lmsaccess *in, struct err *e)
{
    struct str token, refresh, secret;
    if (seal(a, env, keys, in, "token", in->token, &token, e) != 0 ||
        seal(a, env, keys, in, "refresh", in->refresh, &refresh, e) != 0 ||
        seal(a, env, keys, in, "secret", in->client_secret, &secret, e) != 0)
        return -1;
    int64_t n = db_do(db, S_LMS_PUT, e, DB_I(in->registration_id), DB_I(in->tenant_id),
                      DB_T(in->course), DB_T(in->kind), DB_T(in->base_url), DB_T(token),
                      DB_I(in->token_expires_ms), db_opt_text(refresh),
                      DB_T(in->client_id), db_opt_text(secret), DB_T(in->probed),
                      DB_I(in->probed_ms), db_opt_text(in->error), DB_I(env_now_ms(env)));
    return n < 0 ? -1 : 0;
}

int lmsaccess_probed(struct db *db, const struct lmsaccess *in, struct err *e)
{
    int64_t n = db_do(db, S_LMS_PROBED, e, DB_I(in->registration_id), DB_I(in->tenant_id),
                      DB_T(in->course), DB_T(in->probed), DB_I(in->probed_ms),
                      db_opt_text(in->error));
    return n < 0 ? -1 : 0;
}

int lmsaccess_doubt(struct db *db, const struct lmsaccess *in, struct err *e)
{
    int64_t n = db_do(db, S_LMS_DOUBT, e, DB_I(in->registration_id), DB_I(in->tenant_id),
                      DB_T(in->course));
    return n < 0 ? -1 : 0;
}

int lmsaccess_remove(struct db *db, int64_t registration_id, int64_t tenant_id,
                     struct str course, struct err *e)
{
    int64_t n =
        db_do(db, S_LMS_REMOVE, e, DB_I(registration_id), DB_I(tenant_id), DB_T(course));
    return n < 0 ? -1 : n > 0;
}
