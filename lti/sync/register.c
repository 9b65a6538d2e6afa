#include "sync/register.h"

#include "base/log.h"
#include "msg/dynreg_request.h"
#include "net/url.h"
#include "store/grant.h"
#include "store/invitation.h"
#include "store/lease.h"
#include "store/registering.h"
#include "store/registration.h"

#include <string.h>
#include <time.h>

#define CALLS 3 /* at once, in all processes (DR-S8) */
#define CALL_MS 10000
#define SLOT_MS 20000
#define WAITS 75 /* looks for a free slot, WAIT_MS apart */
#define WAIT_MS 200
#define RESERVE_MS INT64_C(120000)
#define APPROVE_MS INT64_C(604800000) /* a week to approve what came */
#define TOKEN_N 8192

/* One call of one attempt. */
struct going {
    struct job_ctx *job;
    struct sync_app *app;
    struct arena *a;
    struct registering r;
    struct invitation invitation;
    struct guard guard;
    struct dynreg_rules rules;
    struct dynreg_config config;
    struct dynreg_fault fault;
    struct http_res res;
    struct str words; /* of the platform, about its refusal */
    const char *advice;
    bool again; /* trying again may help, and does no harm */
    char slot[16];
};

static int fail(struct going *g, const char *id, struct str detail)
{
    g->fault = (struct dynreg_fault){id, detail};
    return 1;
}

/* --- what both need ------------------------------------------------------- */

/* 1 ready, 0 nothing to do, -1. */
static int load(struct going *g, struct job_ctx *c, struct err *e)
{
    *g = (struct going){.job = c, .app = c->app, .a = c->arena, .advice = ""};
    const struct conf *conf = g->app->learn.conf;
    int found = registering_get(c->db, g->a, g->app->learn.keys, c->job->key, &g->r, e);
    if (found == 1)
        found = invitation_get(c->db, g->a, g->r.code_hash, &g->invitation, e);
    if (found != 1)
        return found;
    if (guard_parse(g->a, conf->private_networks, &g->guard, e) != 0)
        return -1;
    g->rules = (struct dynreg_rules){.allow_http = conf->allow_http,
                                     .guard = &g->guard,
                                     .aliases = conf->issuer_aliases,
                                     .ports = conf->platform_ports,
                                     .host = g->invitation.issuer_host};
    return 1;
}

/* One of the few calls at once. 0 taken, 1 none became free, -1. */
static int take_slot(struct going *g, struct err *e)
{
    struct job_ctx *c = g->job;
    for (int i = 0; i < WAITS; i++) {
        for (int k = 1; k <= CALLS; k++) {
            int64_t now = env_now_ms(c->env);
            struct str name = str_fmt(g->a, "register:%d", k);
            int rc = lease_take(c->db, name, g->app->svc.holder, now, now + SLOT_MS, e);
            if (rc < 0)
                return -1;
            if (rc == 1) {
                memcpy(g->slot, name.p, name.n + 1);
                return 0;
            }
        }
        if (job_beat(c, 0, 0, STR("waits for its turn"), e) != 0)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000L}, NULL);
    }
    g->again = true;
    return fail(g, "busy", STR_EMPTY);
}

static void drop_slot(struct going *g)
{
    if (g->slot[0] != '\0')
        lease_drop(g->job->db, str_c(g->slot), g->app->svc.holder, NULL);
}

/* It goes into a header. */
static bool usable(struct str token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] <= ' ' || token.p[i] >= 0x7f)
            return false;
    return token.n <= TOKEN_N;
}

static int call(struct going *g, struct http_req *req, struct err *why)
{
    req->bearer = g->r.token;
    req->max_n = DYNREG_MAX_N;
    req->total_ms = CALL_MS;
    return http_do(g->app->http, req, &g->res, g->a, why);
}

/* The end of an attempt that did not work. The log has the host and the reason, and
 * nothing that came in an address or a token (DR-S6). */
static int give_up(struct going *g, const char *from, struct err *e)
{
    struct js *o = js_object(g->a);
    js_set_str(o, "fault", str_c(g->fault.id));
    js_set_str(o, "detail", str_head(g->fault.detail, 200));
    js_set_str(o, "words", g->words);
    js_set_str(o, "advice", str_c(g->advice));
    js_set_str(o, "family", g->config.family);
    js_set_bool(o, "again", g->again);
    log_put(LOG_WARN, "register.failed", KVZ("step", from), KVZ("fault", g->fault.id),
            KV("platform", http_host(g->a, g->r.config_url)),
            KVI("status", g->res.status));
    int n = registering_end(g->job->db, g->r.attempt_hash, from, "failed",
                            js_dump(g->a, o), 0, e);
    if (n < 0)
        return -1;
    return invitation_release(g->job->db, g->r.code_hash, g->r.attempt_hash, e);
}

/* --- reading -------------------------------------------------------------- */

static const char *no_answer(const struct err *why)
{
    if (why->code == ERR_DENIED)
        return "network";
    if (why->code == ERR_LIMIT)
        return "too_big";
    return why->code == ERR_INPUT ? "address" : "unreachable";
}

/* 0 read, 1 a fault. */
static int fetch(struct going *g)
{
    static const struct http_header headers[] = {
        {{"Accept", 6}, {"application/json", 16}}};
    struct err why = {0};
    struct http_req req = {.url = g->r.config_url, .headers = headers, .headers_n = 1};
    if (!usable(g->r.token))
        return fail(g, "token", STR_EMPTY);
    if (call(g, &req, &why) != 0) {
        g->again = why.code == ERR_UNAVAILABLE;
        return fail(g, no_answer(&why), str_dup(g->a, str_c(why.text)));
    }
    if (g->res.status >= 300 && g->res.status < 400)
        return fail(g, "redirect", STR_EMPTY); /* I104 */
    if (g->res.status != 200) {
        g->again = true;
        return fail(g, "status", str_fmt(g->a, "%d", g->res.status));
    }
    if (dynreg_read(g->a, &g->rules, g->r.config_url, g->res.body, &g->config,
                    &g->fault) != 0)
        return 1;
    return 0;
}

int register_read_job(struct job_ctx *c, struct err *e)
{
    struct going g;
    int rc = load(&g, c, e);
    if (rc != 1 || !str_is(g.r.state, "reading"))
        return rc < 0 ? -1 : 0;
    rc = take_slot(&g, e);
    if (rc == 0)
        rc = fetch(&g);
    drop_slot(&g);
    if (rc < 0)
        return -1;
    if (rc > 0)
        return give_up(&g, "reading", e);
    log_put(LOG_INFO, "register.read", KV("platform", http_host(g.a, g.r.config_url)),
            KV("issuer", g.config.issuer), KVI("warnings", (int64_t)g.config.warnings_n));
    return registering_read(c->db, g.r.attempt_hash, g.res.body, e) < 0 ? -1 : 0;
}

/* --- sending -------------------------------------------------------------- */

/* 0 answered well, 1 a fault. What is not known to have failed is never sent again: the
 * platform may have registered us. */
static int post(struct going *g, struct dynreg_answer *answer)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/json", 16}},
        {{"Accept", 6}, {"application/json", 16}}};
    struct err why = {0};
    struct str public_url = g->app->learn.conf->public_url;
    struct http_req req = {.method = "POST",
                           .url = g->config.registration_url,
                           .headers = headers,
                           .headers_n = 2,
                           .body = dynreg_request_text(g->a, &g->config, public_url)};
    if (call(g, &req, &why) != 0)
        return fail(g, why.code == ERR_DENIED ? "network" : "lost",
                    str_dup(g->a, str_c(why.text)));
    if (g->res.status >= 300 && g->res.status < 400)
        return fail(g, "redirect", STR_EMPTY);
    if (g->res.status != 200 && g->res.status != 201) {
        g->words = dynreg_words(g->a, g->res.body);
        g->advice = dynreg_advice(g->res.status, g->words);
        g->again = g->r.token.n == 0; /* a token may be good for one try only */
        return fail(g, "refused", str_fmt(g->a, "%d", g->res.status));
    }
    if (dynreg_answer(g->a, &g->rules, &g->config, public_url, g->res.body, answer,
                      &g->fault) != 0)
        return 1;
    return 0;
}

static struct str warnings(struct going *g)
{
    struct js *list = js_array(g->a);
    for (size_t i = 0; i < g->config.warnings_n; i++) {
        struct js *o = js_object(g->a);
        js_set_str(o, "id", str_c(g->config.warnings[i].id));
        js_set_str(o, "host", g->config.warnings[i].host);
        js_push(list, o);
    }
    return js_dump(g->a, list);
}

struct storing {
    struct going *g;
    const struct dynreg_answer *answer;
    struct registration reg;
    bool mixed;
};

/* Where one side's requests for tokens go, or for whom they are made out. */
static bool meets(struct arena *a, struct str x, struct str y)
{
    struct url ux, uy;
    if (url_parse(a, x, URL_HTTP, &ux, NULL) != 0 ||
        url_parse(a, y, URL_HTTP, &uy, NULL) != 0)
        return x.n > 0 && str_eq(x, y);
    return str_eq(ux.host, uy.host) && ux.port == uy.port;
}

/* A platform chooses our client id, its token address and their audience. One that took
 * all of them from another platform would be handed requests, or tokens, that are good at
 * the other one. Never both, then: same client id and same token host, other issuer. */
static int look_for_mix(void *ctx, const struct registration *r)
{
    struct storing *s = ctx;
    const struct registration *n = &s->reg;
    struct arena *a = s->g->a;
    if (!str_eq(r->issuer, n->issuer))
        s->mixed = s->mixed || meets(a, n->token_url, r->token_url) ||
                   meets(a, n->token_url, r->token_aud) ||
                   meets(a, n->token_aud, r->token_url) ||
                   meets(a, n->token_aud, r->token_aud);
    return 0;
}

static int store_grant(struct db *db, struct storing *s, struct err *e)
{
    struct going *g = s->g;
    struct grant grant = {.registration_id = s->reg.id,
                          .scopes = s->answer->scopes,
                          .document = js_dump(g->a, s->answer->kept),
                          .account = g->config.account,
                          .warnings = warnings(g),
                          .client_uri = s->answer->client_uri,
                          .token = s->answer->access_token};
    return grant_add(db, g->a, g->job->env, g->app->learn.keys, &grant, e);
}

/* All of it or nothing: the registration, its deployment, what was granted, the used-up
 * invitation, the outcome. An existing (issuer, client_id) fails here: I108. */
static int store_tx(struct db *db, void *ctx, struct err *e)
{
    struct storing *s = ctx;
    struct going *g = s->g;
    struct env *env = g->job->env;
    s->mixed = false;
    if (registration_each_client(db, g->a, s->reg.client_id, look_for_mix, s, e) != 0)
        return -1;
    if (s->mixed)
        return err_set(e, ERR_DENIED, "its client id and token host are another's");
    if (registration_add(db, env, &s->reg, e) != 0)
        return -1;
    if (s->answer->deployment_id.n > 0 &&
        registration_add_deployment(db, env, s->reg.id, s->answer->deployment_id,
                                    STR("active"), e) != 0)
        return -1;
    if (store_grant(db, s, e) != 0)
        return -1;
    struct js *o = js_object(g->a);
    js_set_str(o, "family", g->config.family);
    js_set_str(o, "state", s->reg.state);
    js_set_bool(o, "deployment", s->answer->deployment_id.n > 0);
    int n = invitation_consume(db, g->r.code_hash, g->r.attempt_hash, s->reg.id,
                               env_now_ms(env) + APPROVE_MS, e);
    if (n == 1)
        n = registering_end(db, g->r.attempt_hash, "sent", "done", js_dump(g->a, o),
                            s->reg.id, e);
    if (n == 0)
        return err_set(e, ERR_DENIED, "the invitation went to another meanwhile");
    return n < 0 ? -1 : 0;
}

/* 0 stored, 1 a fault, -1. */
static int store(struct going *g, const struct dynreg_answer *answer, struct err *e)
{
    bool odd = g->config.warnings_n > 0;
    struct storing s = {.g = g, .answer = answer};
    s.reg = (struct registration){
        .issuer = g->config.issuer,
        .client_id = answer->client_id,
        .name = g->invitation.name.n > 0 ? g->invitation.name : g->config.issuer,
        .auth_url = g->config.auth_url,
        .token_url = g->config.token_url,
        .jwks_url = g->config.jwks_url,
        .token_aud = g->config.token_aud,
        .state = g->invitation.auto_approve && !odd ? STR("active") : STR("pending"),
        .deployment_policy = STR("pending"),
        .trusted_audiences = STR("[]"),
        .product_family = g->config.family,
        .frame_origins = STR("[]"),
    };
    struct err own = {0};
    if (db_tx(g->job->db, DB_WRITE, store_tx, &s, &own) == 0) {
        log_put(LOG_INFO, "register.done", KVI("registration", s.reg.id),
                KV("issuer", s.reg.issuer), KV("state", s.reg.state));
        return 0;
    }
    if (own.code == ERR_CONFLICT)
        return fail(g, "conflict", STR_EMPTY);
    if (own.code == ERR_DENIED)
        return fail(g, s.mixed ? "mixed" : "reserved", STR_EMPTY);
    *e = own;
    return -1;
}

/* Before anything is sent: is the invitation still ours, and the platform what the person
 * saw? 0, 1 a fault, -1. */
static int prepare(struct going *g, struct err *e)
{
    int64_t now = env_now_ms(g->job->env);
    int held = invitation_reserve(g->job->db, g->r.code_hash, g->r.attempt_hash, now,
                                  now + RESERVE_MS, e);
    if (held != 1)
        return held < 0 ? -1 : fail(g, "reserved", STR_EMPTY);
    if (dynreg_read(g->a, &g->rules, g->r.config_url, g->r.config, &g->config,
                    &g->fault) != 0)
        return 1;
    return take_slot(g, e);
}

int register_send_job(struct job_ctx *c, struct err *e)
{
    struct going g;
    struct dynreg_answer answer;
    int rc = load(&g, c, e);
    if (rc != 1)
        return rc;
    if (str_is(g.r.state, "sent")) { /* the worker died while the platform answered */
        fail(&g, "lost", STR_EMPTY);
        return give_up(&g, "sent", e);
    }
    if (!str_is(g.r.state, "sending"))
        return 0;
    const char *from = "sending";
    rc = prepare(&g, e);
    if (rc == 0) {
        rc = registering_move(c->db, g.r.attempt_hash, "sending", "sent", e);
        from = "sent";
        rc = rc == 1 ? post(&g, &answer) : rc < 0 ? -1 : 2;
    }
    drop_slot(&g);
    if (rc == 0)
        rc = store(&g, &answer, e);
    if (rc == 2) /* another run of this job has it */
        return 0;
    return rc > 0 ? give_up(&g, from, e) : rc;
}
