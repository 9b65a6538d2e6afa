#include "store/registration.h"

#include "store/stmt.h"

void registration_row(struct db_rows *r, int first, struct arena *a,
                      struct registration *out)
{
    *out = (struct registration){
        .id = db_i64(r, first),
        .issuer = str_dup(a, db_text(r, first + 1)),
        .client_id = str_dup(a, db_text(r, first + 2)),
        .name = str_dup(a, db_text(r, first + 3)),
        .auth_url = str_dup(a, db_text(r, first + 4)),
        .token_url = str_dup(a, db_text(r, first + 5)),
        .jwks_url = str_dup(a, db_text(r, first + 6)),
        .token_aud = str_dup(a, db_text(r, first + 7)),
        .state = str_dup(a, db_text(r, first + 8)),
        .deployment_policy = str_dup(a, db_text(r, first + 9)),
        .allow_anonymous = db_i64(r, first + 10) != 0,
        .admins_are_staff = db_i64(r, first + 11) != 0,
        .strict_target = db_i64(r, first + 12) != 0,
        .trusted_audiences = str_dup(a, db_text(r, first + 13)),
        .product_family = str_dup(a, db_text(r, first + 14)),
        .frame_origins = str_dup(a, db_text(r, first + 15)),
        .clock_offset_ms = db_i64(r, first + 16),
        .created_ms = db_i64(r, first + 17),
        .changed_ms = db_i64(r, first + 18),
    };
}

/* Read at most two rows: the first into *out. How many there were, or -1. */
static int read_up_to_two(struct db_rows *r, struct arena *a, struct registration *out,
                          struct err *e)
{
    if (r == NULL)
        return -1;
    int n = 0, rc;
    while ((rc = db_next(r, e)) == 1 && ++n < 2)
        registration_row(r, 0, a, out);
    db_end(r);
    return rc < 0 ? -1 : n;
}

int registration_find(struct db *db, struct arena *a, struct str issuer,
                      struct str client_id, struct registration *out, struct err *e)
{
    if (client_id.n == 0)
        return read_up_to_two(db_ask(db, S_REGISTRATION_BY_ISSUER, e, DB_T(issuer)), a,
                              out, e);
    return read_up_to_two(
        db_ask(db, S_REGISTRATION_FIND, e, DB_T(issuer), DB_T(client_id)), a, out, e);
}

int registration_get(struct db *db, struct arena *a, int64_t id, struct registration *out,
                     struct err *e)
{
    return read_up_to_two(db_ask(db, S_REGISTRATION_GET, e, DB_I(id)), a, out, e);
}

int registration_add(struct db *db, struct env *env, struct registration *r,
                     struct err *e)
{
    r->id = env_id(env);
    r->created_ms = r->changed_ms = env_now_ms(env);
    int64_t n = db_do(
        db, S_REGISTRATION_ADD, e, DB_I(r->id), DB_T(r->issuer), DB_T(r->client_id),
        DB_T(r->name), DB_T(r->auth_url), DB_T(r->token_url), DB_T(r->jwks_url),
        db_opt_text(r->token_aud), DB_T(r->state), DB_T(r->deployment_policy),
        DB_I(r->allow_anonymous), DB_I(r->admins_are_staff), DB_T(r->trusted_audiences),
        DB_I(r->strict_target), db_opt_text(r->product_family), DB_T(r->frame_origins),
        DB_I(r->created_ms));
    return n < 0 ? -1 : 0;
}

int64_t registration_set_state(struct db *db, int64_t id, struct str state,
                               int64_t now_ms, struct err *e)
{
    return db_do(db, S_REGISTRATION_SET_STATE, e, DB_T(state), DB_I(now_ms), DB_I(id));
}

int64_t registration_decide(struct db *db, int64_t id, struct str state, int64_t now_ms,
                            struct err *e)
{
    return db_do(db, S_REGISTRATION_DECIDE, e, DB_T(state), DB_I(now_ms), DB_I(id));
}

int64_t registration_learn(struct db *db, int64_t id, struct str frame_origins,
                           struct str product_family, int64_t clock_offset_ms,
                           struct err *e)
{
    return db_do(db, S_REGISTRATION_LEARN, e, DB_T(frame_origins),
                 db_opt_text(product_family), DB_I(clock_offset_ms), DB_I(id));
}

static int each(struct db_rows *r, struct arena *a,
                int (*fn)(void *ctx, const struct registration *r), void *ctx,
                struct err *e)
{
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct registration reg;
        registration_row(r, 0, a, &reg);
        if (fn(ctx, &reg) != 0)
            break;
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

int registration_each(struct db *db, struct arena *a,
                      int (*fn)(void *ctx, const struct registration *r), void *ctx,
                      struct err *e)
{
    return each(db_query(db, S_REGISTRATION_ALL, NULL, 0, e), a, fn, ctx, e);
}

int registration_each_client(struct db *db, struct arena *a, struct str client_id,
                             int (*fn)(void *ctx, const struct registration *r),
                             void *ctx, struct err *e)
{
    return each(db_ask(db, S_REGISTRATION_BY_CLIENT, e, DB_T(client_id)), a, fn, ctx, e);
}

int registration_add_deployment(struct db *db, struct env *env, int64_t registration_id,
                                struct str deployment_id, struct str state, struct err *e)
{
    int64_t n = db_do(db, S_DEPLOYMENT_ADD, e, DB_I(env_id(env)), DB_I(registration_id),
                      DB_T(deployment_id), DB_T(state), DB_I(env_now_ms(env)));
    if (n == 0)
        return err_set(e, ERR_CONFLICT, "this deployment is there already");
    return n < 0 ? -1 : 0;
}

int registration_each_deployment(struct db *db, struct arena *a, int64_t registration_id,
                                 int (*fn)(void *ctx, const struct deployment *d),
                                 void *ctx, struct err *e)
{
    struct db_rows *r = db_ask(db, S_DEPLOYMENT_ALL, e, DB_I(registration_id));
    if (r == NULL)
        return -1;
    int rc;
    while ((rc = db_next(r, e)) == 1) {
        struct deployment d = {
            .tenant_id = db_i64(r, 0),
            .registration_id = db_i64(r, 1),
            .deployment_id = str_dup(a, db_text(r, 2)),
            .state = str_dup(a, db_text(r, 3)),
            .created_ms = db_i64(r, 4),
        };
        if (fn(ctx, &d) != 0)
            break;
    }
    db_end(r);
    return rc < 0 ? -1 : 0;
}

int64_t registration_set_deployment(struct db *db, int64_t registration_id,
                                    struct str deployment_id, struct str state,
                                    struct err *e)
{
    return db_do(db, S_DEPLOYMENT_SET, e, DB_T(state), DB_I(registration_id),
                 DB_T(deployment_id));
}
