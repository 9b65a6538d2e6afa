/* Approval by a person (DR-S4): whoever has an invitation's approval code sees what
 * registered itself with the invitation, and says yes or no. The code is typed into a
 * form and never stands in an address. */
#include "base/log.h"
#include "store/grant.h"
#include "store/invitation.h"
#include "store/registration.h"
#include "web/error.h"
#include "web/register_view.h"

#define DEPLOYMENTS_MAX 50

struct approval {
    struct str code; /* as typed */
    struct str hash;
    struct invitation invitation;
    struct registration reg;
    struct grant grant;
    const char *said; /* message id: what has just been done */
};

static int show_form(struct page_ctx *c, int status, const char *problem, struct err *e)
{
    struct view *v = page_view(c);
    view_msg(v, "title", "title.approve");
    view_bool(v, "form", true);
    if (problem != NULL)
        view_msg(v, "problem", problem);
    return page_render(c, status, "approve", v, e);
}

/* --- what registered itself --------------------------------------------------------- */

static void put_platform(struct page_ctx *c, struct view *o, const struct approval *t)
{
    struct view *rows = view_list(o, "rows"), *warnings = view_list(o, "warnings");
    const struct registration *r = &t->reg;
    register_view_row(rows, "register.row.name", t->invitation.name);
    register_view_row(rows, "register.row.product", r->product_family);
    register_view_row(rows, "register.row.account", t->grant.account);
    register_view_row(rows, "register.row.issuer", r->issuer);
    register_view_row(rows, "register.row.client", r->client_id);
    register_view_row(rows, "register.row.login", r->auth_url);
    register_view_row(rows, "register.row.token", r->token_url);
    register_view_row(rows, "register.row.keys", r->jwks_url);
    struct js *list = js_parse(c->a, t->grant.warnings, (size_t)16 * 1024, 4, NULL);
    for (size_t i = 0; i < js_len(list); i++)
        register_view_warning(c, warnings, js_text(js_at(list, i), "id"),
                              js_text(js_at(list, i), "host"));
    view_int(o, "warnings_n", (int64_t)js_len(list));
    register_view_scopes(c, o, t->grant.scopes);
}

struct deployments {
    struct page_ctx *c;
    struct view *list;
    struct str wanted; /* is this one there, and does it wait? */
    bool waits;
    int64_t n;
};

static int put_deployment(void *ctx, const struct deployment *d)
{
    struct deployments *all = ctx;
    bool waits = str_is(d->state, "pending");
    if (waits && str_eq(d->deployment_id, all->wanted))
        all->waits = true;
    if (all->list == NULL)
        return 0;
    struct view *o = view_item(all->list);
    view_str(o, "deployment", d->deployment_id);
    view_bool(o, "waits", waits);
    view_msg(o, "state",
             waits                        ? "approve.state.pending"
             : str_is(d->state, "active") ? "approve.state.active"
                                          : "approve.state.disabled");
    return ++all->n == DEPLOYMENTS_MAX;
}

static int show_platform(struct page_ctx *c, const struct approval *t, struct err *e)
{
    struct view *v = page_view(c), *o = view_child(v, "platform");
    struct deployments all = {.c = c, .list = view_list(o, "deployments")};
    view_msg(v, "title", "title.approve");
    view_str(v, "code", t->code);
    view_str(v, "csrf", carry_csrf(c->a, c->app->keys, t->hash));
    if (t->said != NULL)
        view_msg(v, "said", t->said);
    put_platform(c, o, t);
    bool waits = str_is(t->reg.state, "pending");
    view_bool(o, "waits", waits);
    view_msg(o, "state",
             waits                            ? "approve.state.pending"
             : str_is(t->reg.state, "active") ? "approve.state.active"
                                              : "approve.state.disabled");
    if (registration_each_deployment(c->app->db, c->a, t->reg.id, put_deployment, &all,
                                     e) != 0)
        return -1;
    view_int(o, "deployments_n", all.n);
    return page_render(c, 200, "approve", v, e);
}

/* --- decisions ------------------------------------------------------------ */

static int decide(struct page_ctx *c, struct approval *t, bool yes, struct err *e)
{
    struct str state = yes ? STR("active") : STR("disabled");
    int64_t n = registration_decide(c->app->db, t->reg.id, state, c->now_ms, e);
    if (n < 0)
        return -1;
    t->said = n == 0 ? "approve.decided" : yes ? "approve.yes" : "approve.no";
    log_put(LOG_INFO, "register.decided", KVI("registration", t->reg.id),
            KV("state", state), KVI("changed", n));
    return 0;
}

/* Only one that waits: what was switched off stays so. */
static int admit_deployment(struct page_ctx *c, struct approval *t, struct err *e)
{
    struct deployments all = {.c = c, .wanted = page_field(c, "deployment")};
    struct db *db = c->app->db;
    if (registration_each_deployment(db, c->a, t->reg.id, put_deployment, &all, e) != 0)
        return -1;
    if (!all.waits || !str_is(t->reg.state, "active"))
        return 0;
    t->said = "approve.deployment_yes";
    log_put(LOG_INFO, "register.deployment", KVI("registration", t->reg.id));
    return registration_set_deployment(db, t->reg.id, all.wanted, STR("active"), e) < 0
               ? -1
               : 0;
}

static int act(struct page_ctx *c, struct approval *t, struct err *e)
{
    struct str what = page_field(c, "do");
    if (str_is(what, "approve") || str_is(what, "refuse"))
        return decide(c, t, str_is(what, "approve"), e);
    return str_is(what, "deployment") ? admit_deployment(c, t, e) : 0;
}

/* 1 found, 0 not, -1. */
static int load(struct page_ctx *c, struct approval *t, struct err *e)
{
    struct db *db = c->app->db;
    int found = registration_get(db, c->a, t->invitation.registration_id, &t->reg, e);
    if (found == 1)
        found = grant_get(db, c->a, t->reg.id, &t->grant, e);
    return found;
}

/* 1 a code that works, 0 not (an answer is in place), -1. */
static int find(struct page_ctx *c, struct approval *t, struct err *e)
{
    int found = invitation_by_approval(c->app->db, c->a, t->hash, &t->invitation, e);
    if (found < 0)
        return -1;
    if (found == 1 && t->invitation.expires_ms > c->now_ms)
        return 1;
    int rc = register_view_try(c, "approve", e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return show_form(c, 403, "approve.unknown", e) < 0 ? -1 : 0;
}

static int with_code(struct page_ctx *c, struct err *e)
{
    struct approval t = {.code = page_field(c, "code")};
    t.hash = invitation_approval_hash(c->a, t.code);
    int rc = find(c, &t, e);
    if (rc != 1)
        return rc;
    if (t.invitation.registration_id == 0)
        return show_form(c, 200, "approve.nothing_yet", e);
    rc = load(c, &t, e);
    if (rc != 1)
        return rc < 0 ? -1 : error_say(c, 404, "register.gone");
    if (page_field(c, "do").n > 0) {
        if (!carry_csrf_ok(c->a, c->app->keys, t.hash, page_field(c, "csrf")))
            return error_say(c, 403, "error.stale");
        if (act(c, &t, e) != 0 || load(c, &t, e) < 0)
            return -1;
    }
    return show_platform(c, &t, e);
}

int page_approve(struct page_ctx *c, struct err *e)
{
    static const char *const once[] = {"code", "do", "csrf", "deployment", NULL};
    struct fault f = {.id = FAULT_NONE};
    c->res->frame_ancestors = STR("'self'"); /* nobody lays it under a page of theirs */
    if (c->req->method != REQ_POST)
        return show_form(c, 200, NULL, e);
    if (!req_is_form(c->req))
        return error_say(c, 415, fault_row(FAULT_MEDIA_TYPE)->msgid);
    if (form_decode(c->a, STR_EMPTY, c->req->body, &form_limit_login, &c->form, &f) !=
            0 ||
        form_once(&c->form, once, &f) != 0)
        return error_say(c, fault_row(f.id)->status, fault_row(f.id)->msgid);
    return with_code(c, e);
}
