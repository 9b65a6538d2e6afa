/* The launch (LTI.md 1.4, 1.5, 1.8, 2.1): state, browser, token, and then either a
 * session (the browser that began the login), or a page that finds out (no cookie came):
 * by platform storage, or by "Continue as NAME". */
#include "base/log.h"
#include "msg/answer.h"
#include "store/login.h"
#include "web/cookie.h"
#include "web/enter.h"
#include "web/error.h"
#include "web/ask.h"

#include "jose/jwks.h"

struct attempt {
    struct answer answer;
    struct str state_hash;
    struct str cookie; /* name of the login's cookie */
    struct login login;
    struct registration reg;
    struct launch launch;
    bool bound; /* the browser that began the login sent this */
    struct fault fault;
};

static int read_answer(struct page_ctx *c, struct attempt *t)
{
    struct form form;
    if (!req_is_form(c->req))
        return fault_set(&t->fault, FAULT_MEDIA_TYPE, "launch");
    if (form_decode(c->a, c->req->query, c->req->body, &form_limit_launch, &form,
                    &t->fault) != 0)
        return -1;
    return answer_parse(&form, &t->answer, &t->fault);
}

/* I22. 0, 1 = refused, -1 = database. */
static int find_login(struct page_ctx *c, struct attempt *t, struct err *e)
{
    t->state_hash = crypt_digest(c->a, t->answer.state);
    int found = login_look(c->app->db, c->a, t->state_hash, &t->login, &t->reg, e);
    if (found < 0)
        return -1;
    if (found == 1 && t->login.expires_ms > c->now_ms)
        return 0;
    fault_set(&t->fault, FAULT_STATE_UNKNOWN, found == 1 ? "expired" : "no such state");
    return 1;
}

/* BIND-3. The login's own cookie decides. A browser that keeps login cookies but has none
 * for this login began another one: somebody else's launch was slipped to it (I24). */
static int check_browser(struct page_ctx *c, struct attempt *t)
{
    struct str verifier = STR_EMPTY;
    t->cookie = cookie_login_name(c->a, t->answer.state);
    bool has = req_cookie(c->req, t->cookie, &verifier);
    if (!has && !cookie_any_login(c->req))
        return 0;
    t->bound = has && crypt_equal(crypt_digest(c->a, verifier), t->login.verifier_hash);
    if (t->bound)
        return 0;
    metrics_add(c->app->metrics, METRIC_LAUNCH_CSRF, 1);
    fault_set(&t->fault, FAULT_STATE_BROWSER,
              has ? "another verifier" : "no cookie of it");
    return 1;
}

/* I19: the platform refused. The state is spent: it answered. */
static int refused_by_platform(struct page_ctx *c, struct attempt *t, struct err *e)
{
    if (t->answer.error.n == 0)
        return 0;
    if (login_take(c->app->db, t->state_hash, e) < 0)
        return -1;
    answer_error(&t->answer, &t->fault);
    return 1;
}

/* I13, when it was switched off between login and launch. */
static int check_registration(struct attempt *t)
{
    if (str_is(t->reg.state, "active"))
        return 0;
    fault_set(&t->fault, FAULT_REGISTRATION_DISABLED, "after the login");
    return 1;
}

struct lookup {
    struct page_ctx *c;
    const struct registration *reg;
};

static enum jwks_result find_key(void *ctx, struct str kid, struct jwks_found *out)
{
    struct lookup *k = ctx;
    struct err e = {0};
    struct jwks_query q = {
        .registration_id = k->reg->id, .url = k->reg->jwks_url, .kid = kid};
    struct app *app = k->c->app;
    q.waits = app->key_waits;
    enum jwks_result r = jwks_find(app->jwks, app->db, app->env, k->c->a, &q, out, &e);
    if (r == JWKS_DOWN)
        log_err(LOG_WARN, "launch.keys", &e);
    return r;
}

/* The registration's list of further audiences (TOK-10). */
static const struct str *trusted(struct arena *a, struct str json, size_t *n)
{
    struct js *list = json.n > 2 ? js_parse(a, json, (size_t)16 * 1024, 2, NULL) : NULL;
    struct str *at = ARENA_ARRAY(a, struct str, js_len(list) + 1);
    *n = 0;
    for (size_t i = 0; i < js_len(list); i++)
        *n += js_str(js_at(list, i), &at[*n]);
    return at;
}

/* TOK-1 to TOK-22. A token that got as far as its signature spends the state, if the
 * browser is the right one (LTI.md 9.2, common rule). */
static int verify(struct page_ctx *c, struct attempt *t, struct err *e)
{
    const struct conf *conf = c->app->conf;
    struct launch_policy p = {.issuer = t->reg.issuer,
                              .client_id = t->reg.client_id,
                              .nonce = t->login.nonce,
                              .base = str_fmt(c->a, "%.*s/", STR_ARG(conf->public_url)),
                              .login_target = t->login.target_link_uri,
                              .deployment_hint = t->login.deployment_hint,
                              .guard = c->app->guard,
                              .skew_s = (int)conf->skew_s,
                              .max_age_s = (int)conf->token_age_s,
                              .allow_anonymous = t->reg.allow_anonymous,
                              .admins_are_staff = t->reg.admins_are_staff,
                              .strict_target = t->reg.strict_target,
                              .allow_http = conf->allow_http};
    p.trusted_aud = trusted(c->a, t->reg.trusted_audiences, &p.trusted_aud_n);
    struct lookup lookup = {c, &t->reg};
    struct launch_keys keys = {find_key, &lookup};
    if (launch_verify(c->a, &p, c->now_ms, t->answer.id_token, &keys, &t->launch,
                      &t->fault) == 0)
        return 0;
    if (t->bound && t->launch.signature_tried) {
        cookie_set(c->res, t->cookie, STR_EMPTY, 0);
        if (login_take(c->app->db, t->state_hash, e) < 0)
            return -1;
    }
    return 1;
}

/* No cookie came: what the page needs that shall find out whose launch this is. */
static int put_aside(struct page_ctx *c, struct attempt *t, struct ticket *k,
                     struct str *secret, struct err *e)
{
    k->reg = t->reg;
    k->launch = t->launch;
    int made = ticket_make(c, k, t->state_hash, secret, e);
    if (made < 0)
        return -1;
    if (made == 0) {
        fault_set(&t->fault, FAULT_STATE_UNKNOWN, "taken meanwhile");
        return 1;
    }
    return 0;
}

/* BIND-3: by platform storage if the login used it, else by a click. No session and no
 * content of the course before that. */
static int ask(struct page_ctx *c, struct attempt *t, struct err *e)
{
    struct ticket k = {.verifier_hash = STR_EMPTY};
    struct str secret, origin = STR_EMPTY;
    if (t->login.storage_target.n > 0)
        origin = storage_origin(c, &t->reg);
    if (origin.n > 0)
        k.verifier_hash = t->login.verifier_hash;
    int rc = put_aside(c, t, &k, &secret, e);
    if (rc != 0)
        return rc;
    if (origin.n == 0)
        return page_continue_ask(c, &k, secret, e);
    return page_prove_ask(c, &k, secret,
                          &(struct storage){.frame = t->login.storage_target,
                                            .origin = origin,
                                            .key = storage_key(c->a, t->state_hash)},
                          e);
}

/* LOGIN-12. Storage was not needed: the page's script deletes what lies there (PS-6). A
 * fragment stays in the browser, and holds no secret. */
static struct str first_page(struct page_ctx *c, struct attempt *t)
{
    struct str url = page_url(c, enter_path(c));
    struct str origin = STR_EMPTY;
    if (t->login.storage_target.n > 0)
        origin = storage_origin(c, &t->reg);
    if (origin.n == 0)
        return url;
    return str_fmt(c->a, "%.*s#%.*s,%.*s,%.*s", STR_ARG(url),
                   STR_ARG(storage_key(c->a, t->state_hash)),
                   STR_ARG(t->login.storage_target), STR_ARG(origin));
}

static int enter(struct page_ctx *c, struct attempt *t, struct err *e)
{
    struct entry in = {.reg = &t->reg, .launch = &t->launch, .state_hash = t->state_hash};
    cookie_set(c->res, t->cookie, STR_EMPTY, 0); /* C-14 */
    int rc = enter_session(c, &in, &t->fault, e);
    if (rc != 0)
        return rc;
    cookie_set(c->res, cookie_session_name(c->a, c->carry.handle), c->carry.secret,
               (c->session.expires_ms - c->now_ms) / 1000);
    res_redirect(c->res, 303, first_page(c, t));
    return 0;
}

/* 0 answered, 1 refused (t->fault), -1 error. */
static int run(struct page_ctx *c, struct attempt *t, struct err *e)
{
    int rc = read_answer(c, t) != 0;
    if (rc == 0)
        rc = find_login(c, t, e);
    if (rc == 0)
        rc = check_browser(c, t);
    if (rc == 0)
        rc = refused_by_platform(c, t, e);
    if (rc == 0)
        rc = check_registration(t);
    if (rc == 0)
        rc = verify(c, t, e);
    if (rc == 0)
        rc = t->bound ? enter(c, t, e) : ask(c, t, e);
    return rc;
}

int page_launch(struct page_ctx *c, struct err *e)
{
    struct attempt t = {.fault = {.id = FAULT_NONE}};
    int rc = run(c, &t, e);
    if (rc <= 0)
        return rc;
    struct error_about about = {.registration_id = t.login.registration_id,
                                .issuer = t.reg.issuer,
                                .client_id = t.reg.client_id,
                                .kid = t.launch.kid,
                                .return_url = t.launch.return_url};
    if (t.fault.id == FAULT_KEYS_BUSY) {
        about.resend_token = t.answer.id_token;
        about.resend_state = t.answer.state;
    }
    return error_fault(c, &t.fault, &about);
}
