#include "sync/access.h"

#include "lms/canvas.h"
#include "sync/lmskey.h"

static bool is_fresh(const struct lmsaccess *c, int64_t now_ms)
{
    return c->probed_ms > 0 && now_ms - c->probed_ms < LMSACCESS_FRESH_MS;
}

/* A token that was taken back before its time: the consent may still give another one. */
static int ask(struct sync_app *app, struct db *db, struct env *env, struct access *x,
               struct lms_site *site, struct arena *a, struct err *e)
{
    struct lmsaccess *c = &x->credential;
    int rc = x->lms.ops->probe(&x->lms, site, a, e);
    if (rc == 0 || e == NULL || e->code != ERR_DENIED || c->refresh.n == 0)
        return rc;
    struct err own = {0};
    struct str old = c->token;
    c->token_expires_ms = LMSKEY_REFUSED;
    if (lmskey_renew(app, db, env, c, a, &own) != 0 || str_eq(old, c->token))
        return rc;
    err_clear(e);
    x->lms.token = c->token;
    return x->lms.ops->probe(&x->lms, site, a, e);
}

/* A refusal is remembered, so that the next reading asks again and people see why. */
static int probe(struct sync_app *app, struct db *db, struct env *env, struct access *x,
                 struct lms_site *site, struct arena *a, struct err *e)
{
    struct lmsaccess *c = &x->credential;
    int rc = ask(app, db, env, x, site, a, e);
    if (rc == 0) {
        c->probed = lms_probed_text(x->lms.ops, site, a);
        c->probed_ms = env_now_ms(env);
        c->error = STR_EMPTY;
        return lmsaccess_probed(db, c, e);
    }
    c->probed_ms = 0;
    c->error = str_c(e->text);
    lmsaccess_probed(db, c, NULL);
    return rc;
}

int access_open(struct sync_app *app, struct db *db, struct env *env,
                const struct course *course, struct access *out, struct arena *a,
                struct err *e)
{
    struct lmsaccess *c = &out->credential;
    struct lms_site site;
    *out = (struct access){.course = canvas_course(course->context_id, course->nrps_url),
                           .memo = {.a = a}};
    int found = lmsaccess_find(db, a, app->learn.keys, course->registration_id,
                               course->tenant_id, out->course, c, e);
    if (found != 1)
        return found;
    const struct lms_ops *ops = lms_find(c->kind);
    if (ops == NULL || c->token.n == 0)
        return 0;
    if (lmskey_renew(app, db, env, c, a, e) != 0)
        return -1;
    out->lms = (struct lms){.ops = ops,
                            .http = app->http,
                            .base_url = c->base_url,
                            .token = c->token,
                            .course = c->course, /* of a site's token: any course */
                            .memo = &out->memo};
    if (!is_fresh(c, env_now_ms(env)) || lms_probed_read(ops, c->probed, &site, a) != 1)
        if (probe(app, db, env, out, &site, a, e) != 0)
            return -1;
    out->can = site.can;
    out->lms.met = site.met;
    return 1;
}

int access_doubt(struct db *db, const struct access *x, struct err *e)
{
    return lmsaccess_doubt(db, &x->credential, e);
}
