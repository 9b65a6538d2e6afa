/* OIDC third-party initiated login (LTI.md 1.1 to 1.3, I1 to I15): one read, one insert,
 * a cookie, and a redirect to the registration's own address; if the platform offers
 * storage, a page that uses it first. */
#include "msg/login.h"
#include "store/login.h"
#include "store/registration.h"
#include "web/cookie.h"
#include "web/error.h"
#include "web/regcache.h"
#include "web/storage.h"

#define REDIRECT_MAX ((size_t)14 * 1024) /* with the other headers in nginx's 16 KB */

struct attempt {
    struct form form;
    struct login_request request;
    struct registration reg;
    struct str target;
    bool guessed; /* reg is this worker's copy */
    struct fault fault;
};

static int read_request(struct page_ctx *c, struct attempt *t)
{
    if (c->req->method == REQ_POST && !req_is_form(c->req))
        return fault_set(&t->fault, FAULT_MEDIA_TYPE, "login");
    if (form_decode(c->a, c->req->query, c->req->body, &form_limit_login, &t->form,
                    &t->fault) != 0)
        return -1;
    return login_parse(&t->form, &t->request, &t->fault);
}

/* I2 or I3: is the issuer unknown, or only the client? Support asks that first. */
static int name_unknown(struct page_ctx *c, struct login_request *asked, struct err *e)
{
    struct registration other;
    int n = registration_find(c->app->db, c->a, asked->iss, STR_EMPTY, &other, e);
    if (n == 0)
        asked->client_id = STR_EMPTY;
    return n < 0 ? -1 : 0;
}

/* Which registration, and is it on? 0, 1 = refused (t->fault), -1 = database. */
static int find_registration(struct page_ctx *c, struct attempt *t, struct err *e)
{
    const struct conf *conf = c->app->conf;
    struct login_request asked = t->request;
    const struct registration *copy =
        t->guessed ? regcache_get(c->app->regs, asked.iss, asked.client_id) : NULL;
    t->guessed = copy != NULL;
    int matches = 1;
    if (copy != NULL)
        t->reg = *copy;
    else
        matches =
            registration_find(c->app->db, c->a, asked.iss, asked.client_id, &t->reg, e);
    if (matches < 0 || (matches == 0 && name_unknown(c, &asked, e) != 0))
        return -1;
    if (matches != 1)
        t->reg = (struct registration){.id = 0};
    struct str base = str_fmt(c->a, "%.*s/", STR_ARG(conf->public_url));
    struct str fallback = str_fmt(c->a, "%.*s/lti/launch", STR_ARG(conf->public_url));
    if (login_admit(&asked, matches, t->reg.state, &t->fault) != 0)
        return 1;
    return login_target(c->a, &t->request, base, fallback, conf->strict_login, &t->target,
                        &t->fault) != 0;
}

/* I15. The table is counted now and then, not at each login: a worker may add as many as
 * a sixteenth of what was free. When it is full, a tenth goes, those that end first. 0
 * room, 1 none, -1 error. */
static int make_room(struct page_ctx *c, struct err *e)
{
    struct app *app = c->app;
    int64_t most = app->conf->login_max;
    if (app->login_room-- > 0)
        return 0;
    if (login_purge(app->db, c->now_ms, e) < 0)
        return -1;
    int64_t n = login_count(app->db, e);
    if (n < 0)
        return -1;
    app->login_room = n < most ? (most - n) / 16 : 0;
    if (n < most)
        return 0;
    return login_drop_oldest(app->db, most / 10, e) < 0 ? -1 : 1;
}

static int begin(struct page_ctx *c, struct attempt *t, struct err *e);

/* The registration is not what we took it for: read it, once. */
static int again(struct page_ctx *c, struct attempt *t, struct err *e)
{
    if (!t->guessed) {
        fault_set(&t->fault, FAULT_REGISTRATION_DISABLED, "while it was read");
        return 1;
    }
    regcache_drop(c->app->regs, t->reg.id);
    t->guessed = false;
    int rc = find_registration(c, t, e);
    return rc != 0 ? rc : begin(c, t, e);
}

/* PS-7, PS-9: a page that hands the verifier to the platform's window and goes on when
 * that is done, or with the cookie alone; WIN-1: in a new window the same login without
 * storage. */
static int keep(struct page_ctx *c, struct attempt *t, const struct storage *s,
                struct str verifier, struct str url, struct err *e)
{
    c->session.family = t->reg.product_family;
    struct view *v = page_view(c);
    view_msg(v, "title", "title.keep");
    storage_view(v, s);
    view_str(v, "value", verifier);
    view_str(v, "go", url);
    view_str(v, "action", STR("/lti/login"));
    struct view *fields = view_list(v, "fields");
    for (size_t i = 0; i < t->form.n; i++)
        if (!str_is(t->form.pair[i].key, "lti_storage_target"))
            page_hidden(fields, str_z(c->a, t->form.pair[i].key), t->form.pair[i].val);
    page_forms_leave(c); /* its form begins the login again, which redirects to the LMS */
    return page_render(c, 200, "keep", v, e);
}

/* 0 answered, 1 refused (t->fault), -1 error. */
static int begin(struct page_ctx *c, struct attempt *t, struct err *e)
{
    const struct conf *conf = c->app->conf;
    struct str state = crypt_token(c->a, c->app->env);
    struct str nonce = crypt_token(c->a, c->app->env);
    struct str verifier = crypt_token(c->a, c->app->env);
    struct str redirect_uri = str_fmt(c->a, "%.*s/lti/launch", STR_ARG(conf->public_url));
    struct storage storage = {.frame = t->request.storage_target};
    if (storage.frame.n > 0)
        storage.origin = storage_origin(c, &t->reg);
    struct login row = {.state_hash = crypt_digest(c->a, state),
                        .registration_id = t->reg.id,
                        .nonce = nonce,
                        .verifier_hash = crypt_digest(c->a, verifier),
                        .redirect_uri = redirect_uri,
                        .target_link_uri = t->target,
                        .deployment_hint = t->request.deployment_id,
                        .storage_target =
                            storage.origin.n > 0 ? storage.frame : STR_EMPTY,
                        .expires_ms = c->now_ms + conf->login_s * 1000};
    struct login_answer answer = {.auth_url = t->reg.auth_url,
                                  .client_id = t->reg.client_id,
                                  .redirect_uri = redirect_uri,
                                  .state = state,
                                  .nonce = nonce};
    struct str url = login_redirect_url(c->a, &answer, &t->request);
    if (url.n > REDIRECT_MAX) {
        fault_set(&t->fault, FAULT_FORM_TOO_BIG, "hints make a redirect of %zu", url.n);
        return 1;
    }
    int added = login_add(c->app->db, &row, t->reg.changed_ms, e);
    if (added < 0)
        return -1;
    if (added == 0)
        return again(c, t, e);
    if (!t->guessed)
        regcache_put(c->app->regs, &t->reg);
    cookie_purge(c->req, c->res);
    cookie_set(c->res, cookie_login_name(c->a, state), verifier, conf->login_s);
    metrics_add(c->app->metrics, METRIC_LOGINS, 1);
    if (storage.origin.n > 0) {
        storage.key = storage_key(c->a, row.state_hash);
        return keep(c, t, &storage, verifier, url, e);
    }
    res_redirect(c->res, c->req->method == REQ_POST ? 303 : 302, url);
    return 0;
}

int page_login(struct page_ctx *c, struct err *e)
{
    struct attempt t = {.guessed = true, .fault = {.id = FAULT_NONE}};
    int rc = read_request(c, &t) != 0 ? 1 : find_registration(c, &t, e);
    if (rc == 0) {
        rc = make_room(c, e);
        if (rc == 1)
            fault_set(&t.fault, FAULT_TOO_MANY_LOGINS, "login_max");
    }
    if (rc == 0)
        rc = begin(c, &t, e);
    if (rc <= 0)
        return rc;
    return error_fault(c, &t.fault,
                       &(struct error_about){.registration_id = t.reg.id,
                                             .issuer = t.request.iss,
                                             .client_id = t.request.client_id});
}
