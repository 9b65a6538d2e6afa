#include "sync/noticejob.h"

#include "base/log.h"
#include "jose/jwks.h"
#include "learn/copy.h"
#include "learn/reading.h"
#include "msg/noticebox.h"
#include "service/keyfetch.h"
#include "service/pns.h"
#include "store/notice.h"
#include "store/registration.h"

#define KEYS_WAIT_MS 31000 /* a platform's keys are fetched every 30 s at most */
#define OFFERED_MAX ((size_t)16 * 1024)

/* The types that we want to hear of. */
static const char *const wanted[] = {"LtiHelloWorldNotice", "LtiContextCopyNotice"};
#define WANTED (sizeof wanted / sizeof *wanted)

/* --- notice.check ----------------------------------------------------------------------
 */

struct keys {
    struct job_ctx *job;
    struct jwks *jwks;
};

static enum jwks_result find_key(void *ctx, const struct registration *reg,
                                 struct str kid, struct jwks_found *out)
{
    struct keys *k = ctx;
    struct err e = {0};
    struct jwks_query q = {.registration_id = reg->id, .url = reg->jwks_url, .kid = kid};
    return jwks_find(k->jwks, k->job->db, k->job->env, k->job->arena, &q, out, &e);
}

/* What a notice came to, for whoever looks for it. */
static void tell(const char *outcome, const struct registration *reg,
                 const struct fault *f)
{
    log_put(LOG_INFO, "notice.checked", KVZ("outcome", outcome),
            KVI("registration", reg->id), KVZ("fault", fault_row(f->id)->name),
            KVZ("detail", f->detail));
}

static int take(struct job_ctx *c, const struct noticebox *box, const struct notice *n,
                struct err *e)
{
    static const char *const words[] = {[NOTICES_TAKEN] = "taken",
                                        [NOTICES_DUPLICATE] = "duplicate",
                                        [NOTICES_NO_TENANT] = "deployment unknown"};
    struct fault none = {.id = FAULT_NONE};
    enum notices_fate fate;
    struct notices_in in = noticebox_in(c->arena, &box->reg, n);
    if (notices_take(c->db, c->env, &in, 1, &fate, e) != 0)
        return -1;
    tell(words[fate], &box->reg, &none);
    return 0;
}

/* The times of the token are held against the moment when it was received. */
static int check(struct job_ctx *c, struct jwks *jwks, struct err *e)
{
    struct sync_app *app = c->app;
    const struct conf *conf = app->learn.conf;
    struct keys keys = {c, jwks};
    struct noticebox box = {.db = c->db,
                            .a = c->arena,
                            .skew_s = (int)conf->skew_s,
                            .max_age_s = (int)conf->token_age_s,
                            .keys = {find_key, &keys}};
    struct notice *n = ARENA_NEW(c->arena, struct notice);
    struct fault f = {.id = FAULT_NONE};
    enum noticebox_end end;
    struct str jwt;
    int64_t received_ms;
    if (noticebox_unpack(c->arena, c->job->payload, &jwt, &received_ms, e) != 0) {
        c->give_up = true;
        return -1;
    }
    if (noticebox_open(&box, jwt, received_ms, n, &end, &f, e) != 0)
        return -1;
    if (end == NOTICEBOX_GOOD)
        return take(c, &box, n, e);
    if (end == NOTICEBOX_AWAY) {
        c->wait_ms = KEYS_WAIT_MS;
        return err_set(e, ERR_UNAVAILABLE, "the platform's keys cannot be had: %s",
                       f.detail);
    }
    tell("refused", &box.reg, &f);
    return 0;
}

int noticejob_check(struct job_ctx *c, struct err *e)
{
    struct sync_app *app = c->app;
    struct jwks *jwks = jwks_new(keyfetch_http, app->http);
    int rc = check(c, jwks, e);
    jwks_free(jwks);
    return rc;
}

/* --- notice.handlers -------------------------------------------------------------------
 */

static bool offers(const struct js *offered, const char *type)
{
    struct str s;
    for (size_t i = 0; js_type(offered) == JS_ARRAY && i < js_len(offered); i++)
        if (js_str(js_at(offered, i), &s) && str_is(s, type))
            return true;
    return false;
}

/* Look what the platform has, set what differs. `handled` gets the types that are ours
 * now, also on an error. */
static int settle(struct job_ctx *c, const struct svc_platform *p,
                  const struct notice_service *s, struct js *handled, struct err *e)
{
    struct sync_app *app = c->app;
    struct pns_list *list = ARENA_NEW(c->arena, struct pns_list);
    const struct js *offered = js_parse(c->arena, s->offered, OFFERED_MAX, 2, NULL);
    struct str base = app->learn.conf->public_url;
    struct str ours = str_fmt(c->arena, "%.*s/lti/notice", STR_ARG(base));
    if (pns_get(&app->svc, p, s->url, list, c->arena, e) != 0)
        return -1;
    for (size_t i = 0; i < WANTED; i++) {
        struct pns_handler h = {str_c(wanted[i]), ours};
        if (!offers(offered, wanted[i]))
            continue;
        if (!str_eq(pns_find(list, h.type), ours) &&
            pns_put(&app->svc, p, s->url, &h, c->arena, e) != 0)
            return -1;
        js_push_str(handled, h.type);
    }
    return 0;
}

int noticejob_handlers(struct job_ctx *c, struct err *e)
{
    struct notice_service s;
    struct registration reg;
    struct svc_platform p;
    struct err why = {0};
    int64_t tenant_id = c->job->tenant_id;
    int rc = notice_service_get(c->db, c->arena, tenant_id, &s, e);
    if (rc == 1)
        rc = sync_platform(c->db, c->arena, s.registration_id, s.deployment_id, &reg, &p,
                           e);
    if (rc != 1)
        return rc;
    struct js *handled = js_array(c->arena);
    rc = settle(c, &p, &s, handled, &why);
    s.handled = js_dump(c->arena, handled);
    s.error = rc == 0 ? STR_EMPTY : str_dup(c->arena, str_c(why.text));
    if (notice_service_done(c->db, tenant_id, &s, env_now_ms(c->env), e) != 0)
        return -1;
    if (rc == 0)
        return 0;
    c->give_up = why.code == ERR_DENIED || why.code == ERR_NOTFOUND ||
                 why.code == ERR_INPUT; /* until next week's reconciling */
    *e = why;
    return -1;
}

static int ask(void *ctx, int64_t tenant_id)
{
    struct job_ctx *c = ctx;
    struct job_in in = {
        .tenant_id = tenant_id, .kind = STR("notice.handlers"), .outside = true};
    return job_add(c->db, c->env, &in, NULL, NULL) < 0 ? -1 : 0;
}

int noticejob_reconcile(struct job_ctx *c, struct err *e)
{
    int rc = notice_service_each(c->db, ask, c, e);
    if (rc != 0 && e->code == ERR_NONE)
        return err_set(e, ERR_UNAVAILABLE, "the database does not take jobs");
    return rc;
}

/* --- copy.course -----------------------------------------------------------------------
 */

int noticejob_copy(struct job_ctx *c, struct err *e)
{
    bool copied = false;
    if (copy_job(c, &copied, e) != 0)
        return -1;
    /* what the map asks about is read at once, as after a teacher's choice */
    int64_t course_id;
    if (!copied || !str_i64(c->job->key, &course_id))
        return 0;
    return reading_ask(c->db, c->env, c->job->tenant_id, course_id, READING_ANEW, 0, NULL,
                       e) < 0
               ? -1
               : 0;
}
