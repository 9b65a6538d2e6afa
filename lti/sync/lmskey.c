#include "sync/lmskey.h"

#include "base/crypt.h"
#include "learn/app.h"
#include "lms/canvas_oauth.h"
#include "store/lease.h"

#include <time.h>

#define SOON_MS INT64_C(300000) /* renewed so long before it ends */
#define LEASE_MS 20000
#define WAIT_MS 500
#define WAITS 40
#define PAYLOAD_N 16384

struct str lmskey_place(struct arena *a, struct str hash)
{
    return str_fmt(a, "lms.consent/%.*s", STR_ARG(hash));
}

static struct canvas_oauth key_of(struct sync_app *app, const struct lmsaccess *c,
                                  struct arena *a)
{
    return (struct canvas_oauth){
        .http = app->http,
        .base_url = c->base_url,
        .client_id = c->client_id,
        .client_secret = c->client_secret,
        .redirect_uri =
            str_fmt(a, "%.*s" LMSKEY_PATH, STR_ARG(app->learn.conf->public_url))};
}

static int keep(struct sync_app *app, struct db *db, struct env *env, struct lmsaccess *c,
                const struct canvas_oauth_token *t, struct arena *a, struct err *e)
{
    c->token = t->access;
    if (t->refresh.n > 0)
        c->refresh = t->refresh;
    c->token_expires_ms = env_now_ms(env) + t->life_ms;
    return lmsaccess_put(db, a, env, app->learn.keys, c, e);
}

/* --- renewing ------------------------------------------------------------------ */

static bool lasts(const struct lmsaccess *c, int64_t now_ms, int64_t margin_ms)
{
    return c->token.n > 0 &&
           (c->token_expires_ms == 0 || c->token_expires_ms - now_ms > margin_ms);
}

static int again(struct sync_app *app, struct db *db, struct lmsaccess *c,
                 struct arena *a, struct err *e)
{
    struct lmsaccess now;
    int rc = lmsaccess_get(db, a, app->learn.keys, c->registration_id, c->tenant_id,
                           c->course, &now, e);
    if (rc == 1)
        *c = now;
    return rc < 0 ? -1 : 0;
}

/* Under the lease. Canvas's own word is final: without a new consent there is no
 * token. */
static int renew(struct sync_app *app, struct db *db, struct env *env,
                 struct lmsaccess *c, struct arena *a, struct err *e)
{
    struct canvas_oauth key;
    struct canvas_oauth_token t;
    struct str old = c->token;
    bool refused = c->token_expires_ms == LMSKEY_REFUSED;
    if (again(app, db, c, a, e) != 0)
        return -1;
    bool known = refused && str_eq(old, c->token);
    if ((lasts(c, env_now_ms(env), SOON_MS) && !known) || c->refresh.n == 0)
        return 0; /* the last holder has done it */
    key = key_of(app, c, a);
    if (canvas_oauth_renew(&key, c->refresh, &t, a, e) == 0)
        return keep(app, db, env, c, &t, a, e);
    if (e->code == ERR_DENIED) {
        c->error = str_c(e->text);
        c->probed_ms = 0;
        lmsaccess_probed(db, c, NULL);
    }
    return -1;
}

int lmskey_renew(struct sync_app *app, struct db *db, struct env *env,
                 struct lmsaccess *c, struct arena *a, struct err *e)
{
    struct str name = str_fmt(a, "lmskey:%lld:%lld:%.*s", (long long)c->registration_id,
                              (long long)c->tenant_id, STR_ARG(c->course));
    struct err own = {0};
    e = e != NULL ? e : &own;
    for (int i = 0; i < WAITS; i++) {
        int64_t now = env_now_ms(env);
        if (c->refresh.n == 0 || lasts(c, now, SOON_MS))
            return 0;
        int got = lease_take(db, name, app->svc.holder, now, now + LEASE_MS, e);
        if (got < 0)
            return -1;
        if (got == 1) {
            int rc = renew(app, db, env, c, a, e);
            lease_drop(db, name, app->svc.holder, NULL);
            return rc;
        }
        if (lasts(c, now, 0))
            return 0; /* somebody renews it; this one still works */
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
        if (again(app, db, c, a, e) != 0)
            return -1;
    }
    return err_set(e, ERR_UNAVAILABLE, "another process is renewing the token");
}

/* --- a consent ------------------------------------------------------------------ */

struct order {
    struct lmsaccess access;
    struct str code;
};

static int read_order(struct job_ctx *c, struct order *o, struct err *e)
{
    struct sync_app *app = c->app;
    struct js *v = js_parse(c->arena, c->job->payload, PAYLOAD_N, 4, e);
    int64_t registration, tenant;
    if (v == NULL || !js_i64(js_get(v, "registration"), &registration) ||
        !js_i64(js_get(v, "tenant"), &tenant))
        return err_set(e, ERR_INPUT, "the job names no credential");
    if (crypt_open(c->arena, app->learn.keys->seal, lmskey_place(c->arena, c->job->key),
                   js_text(v, "code"), &o->code, e) != 0)
        return -1;
    int found = lmsaccess_get(c->db, c->arena, app->learn.keys, registration, tenant,
                              js_text(v, "course"), &o->access, e);
    return found == 1  ? 0
           : found < 0 ? -1
                       : err_set(e, ERR_NOTFOUND, "the credential is gone");
}

/* What the new token may do; when the probe fails, the next reading tries again. */
static int probe(struct job_ctx *c, struct lmsaccess *x)
{
    struct sync_app *app = c->app;
    struct err own = {0};
    struct lms_site site;
    struct lms l = {.ops = lms_find(x->kind),
                    .http = app->http,
                    .base_url = x->base_url,
                    .token = x->token,
                    .course = x->course};
    x->error = STR_EMPTY;
    if (l.ops == NULL || l.ops->probe(&l, &site, c->arena, &own) != 0) {
        x->probed_ms = 0;
        x->error = str_c(own.text);
        return lmsaccess_probed(c->db, x, NULL);
    }
    x->probed = lms_probed_text(l.ops, &site, c->arena);
    x->probed_ms = env_now_ms(c->env);
    return lmsaccess_probed(c->db, x, NULL);
}

int lmskey_job(struct job_ctx *c, struct err *e)
{
    struct order o = {0};
    struct canvas_oauth_token t;
    struct err own = {0};
    e = e != NULL ? e : &own;
    if (read_order(c, &o, e) != 0) {
        c->give_up = e->code != ERR_BUSY && e->code != ERR_UNAVAILABLE;
        return -1;
    }
    struct canvas_oauth key = key_of(c->app, &o.access, c->arena);
    if (canvas_oauth_code(&key, o.code, &t, c->arena, e) != 0) {
        c->give_up = e->code != ERR_UNAVAILABLE && e->code != ERR_BUSY;
        return -1;
    }
    if (keep(c->app, c->db, c->env, &o.access, &t, c->arena, e) != 0)
        return -1;
    probe(c, &o.access);
    return 0;
}
