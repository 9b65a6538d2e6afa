/* Dynamic Registration in the browser of a platform's administrator (LTI.md 7): the LMS
 * opens this page in a frame or a tab; jobs make the calls; the page asks in between and
 * shows what came. It loads itself again meanwhile, and does nothing twice (I109).
 *
 * Forms carry the attempt's name, a hash of what the LMS brought: whoever knows it may
 * also know the invitation. */
#include "base/log.h"
#include "job/queue.h"
#include "store/invitation.h"
#include "store/registering.h"
#include "web/error.h"
#include "web/register_view.h"

#define KEPT_MS INT64_C(86400000)  /* an attempt's page is there for a day */
#define RESERVE_MS INT64_C(300000) /* until the job reserves for itself */
#define ATTEMPTS_MAX 30            /* with one invitation */
#define NAME_N 64

static const struct form_limit form_limit_register = {(size_t)32 * 1024,
                                                      (size_t)8 * 1024};

struct attempt {
    struct str name;
    struct registering r;
    struct invitation invitation;
};

/* --- the page ------------------------------------------------------------- */

static int render(struct page_ctx *c, const struct attempt *t, int status, struct view *v,
                  struct err *e)
{
    view_msg(v, "title", "title.register");
    view_str(v, "attempt", t->name);
    view_str(v, "csrf", carry_csrf(c->a, c->app->keys, t->name));
    return page_render(c, status, "register", v, e);
}

static int show_waiting(struct page_ctx *c, const struct attempt *t, struct err *e)
{
    struct view *v = page_view(c);
    bool reading = str_is(t->r.state, "reading");
    view_msg(v, "waiting", reading ? "register.reading" : "register.sending");
    view_bool(v, "refresh", true);
    return render(c, t, 200, v, e);
}

static void put_platform(struct page_ctx *c, struct view *o,
                         const struct dynreg_config *k, struct str invited)
{
    struct view *rows = view_list(o, "rows"), *warnings = view_list(o, "warnings");
    register_view_row(rows, "register.row.name", invited);
    register_view_row(rows, "register.row.product",
                      k->version.n == 0 ? k->family
                                        : str_fmt(c->a, "%.*s %.*s", STR_ARG(k->family),
                                                  STR_ARG(k->version)));
    register_view_row(rows, "register.row.account", k->account);
    register_view_row(rows, "register.row.issuer", k->issuer);
    register_view_row(rows, "register.row.config", k->config_host);
    for (size_t i = 0; i < k->warnings_n; i++)
        register_view_warning(c, warnings, str_c(k->warnings[i].id), k->warnings[i].host);
    view_int(o, "warnings_n", (int64_t)k->warnings_n);
}

static int show_question(struct page_ctx *c, const struct attempt *t, struct err *e)
{
    struct dynreg_config k;
    struct dynreg_fault f;
    struct dynreg_rules rules = register_view_rules(c, t->invitation.issuer_host);
    if (dynreg_read(c->a, &rules, t->r.config_url, t->r.config, &k, &f) != 0)
        return err_set(e, ERR_CONFLICT, "the configuration does not fit any more");
    c->session.family = k.family;
    struct view *v = page_view(c), *ask = view_child(v, "ask");
    put_platform(c, ask, &k, t->invitation.name);
    register_view_scopes(c, ask, dynreg_request_scopes(c->a, &k));
    view_bool(ask, "at_once", t->invitation.auto_approve && k.warnings_n == 0);
    return render(c, t, 200, v, e);
}

/* What to do in the platform now. */
static const char *next_step(struct str family)
{
    if (str_is(family, "moodle"))
        return "register.next_moodle";
    return str_is(family, "canvas") ? "register.next_canvas" : "register.next_other";
}

static int show_done(struct page_ctx *c, const struct attempt *t, struct err *e)
{
    bool told = false;
    struct js *o = js_parse(c->a, t->r.outcome, (size_t)16 * 1024, 4, e);
    if (o == NULL)
        return -1;
    c->session.family = js_text(o, "family");
    js_bool(js_get(o, "deployment"), &told);
    struct view *v = page_view(c), *done = view_child(v, "done");
    view_msg(done, "next", next_step(c->session.family));
    view_bool(done, "pending", str_is(js_text(o, "state"), "pending"));
    view_bool(done, "untold", !told);
    view_str(done, "platform", page_id(c, t->r.registration_id));
    return render(c, t, 200, v, e);
}

/* Ids of faults and advice come from our own tables. */
static int show_failed(struct page_ctx *c, const struct attempt *t, struct err *e)
{
    bool again = false;
    struct js *o = js_parse(c->a, t->r.outcome, (size_t)16 * 1024, 4, e);
    if (o == NULL)
        return -1;
    c->session.family = js_text(o, "family");
    struct view *v = page_view(c), *failed = view_child(v, "failed");
    struct str fault = js_text(o, "fault"), advice = js_text(o, "advice");
    view_msg(failed, "text", page_message(c, "register.fail.", fault));
    view_str(failed, "detail", js_text(o, "detail"));
    view_str(failed, "words", js_text(o, "words"));
    if (advice.n > 0)
        view_msg(failed, "advice", page_message(c, "register.advice.", advice));
    js_bool(js_get(o, "again"), &again);
    view_bool(failed, "again", again);
    return render(c, t, str_is(fault, "conflict") ? 409 : 400, v, e);
}

static int show(struct page_ctx *c, const struct attempt *t, struct err *e)
{
    if (str_is(t->r.state, "ask"))
        return show_question(c, t, e);
    if (str_is(t->r.state, "done"))
        return show_done(c, t, e);
    return str_is(t->r.state, "failed") ? show_failed(c, t, e) : show_waiting(c, t, e);
}

/* --- attempts ------------------------------------------------------------- */

/* 1 known, 0 not, -1. */
static int find(struct page_ctx *c, struct attempt *t, struct err *e)
{
    int found = registering_get(c->app->db, c->a, c->app->keys,
                                crypt_digest(c->a, t->name), &t->r, e);
    if (found != 1 || t->r.expires_ms <= c->now_ms)
        return found < 0 ? -1 : 0;
    return invitation_get(c->app->db, c->a, t->r.code_hash, &t->invitation, e);
}

static int ask_job(struct page_ctx *c, struct db *db, const struct attempt *t,
                   struct str kind, struct err *e)
{
    struct job_in in = {.kind = kind, .key = t->r.attempt_hash, .urgent = true};
    return job_add(db, c->app->env, &in, NULL, e) < 0 ? -1 : 0;
}

struct step {
    struct page_ctx *c;
    struct attempt *t;
    const char *refused; /* message id */
};

static int begin_tx(struct db *db, void *ctx, struct err *e)
{
    struct step *s = ctx;
    struct page_ctx *c = s->c;
    int added = registering_add(db, c->a, c->app->env, c->app->keys, &s->t->r, e);
    return added < 0    ? -1
           : added == 0 ? 0
                        : ask_job(c, db, s->t, STR("register.read"), e);
}

/* What is wrong with an invitation by now, or NULL. */
static const char *spent(const struct page_ctx *c, const struct invitation *i)
{
    if (i->registration_id != 0)
        return "register.used";
    return i->expires_ms <= c->now_ms ? "register.expired" : NULL;
}

/* May this invitation begin another attempt? 0, 1 refused and answered, -1. DR-S1. */
static int admit(struct page_ctx *c, struct attempt *t, struct err *e)
{
    int found = invitation_get(c->app->db, c->a, t->r.code_hash, &t->invitation, e);
    if (found < 0)
        return -1;
    const char *no = found == 0 ? "register.not_invited" : spent(c, &t->invitation);
    if (no != NULL) {
        error_say(c, 403, no);
        return 1;
    }
    int64_t n = registering_count(c->app->db, t->r.code_hash, e);
    if (n < ATTEMPTS_MAX)
        return n < 0 ? -1 : 0;
    error_say(c, 429, "register.too_often");
    return 1;
}

static int refuse_address(struct page_ctx *c, const struct dynreg_fault *f)
{
    error_say(c, 400, page_message(c, "register.fail.", str_c(f->id)));
    return 0;
}

/* The first request: the LMS's own. */
static int begin(struct page_ctx *c, struct attempt *t, struct str code, struct str token,
                 struct err *e)
{
    struct step s = {.c = c, .t = t};
    struct dynreg_fault f;
    int rc = register_view_try(c, "register", e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    struct str url = t->r.config_url;
    t->r = (struct registering){.attempt_hash = crypt_digest(c->a, t->name),
                                .code_hash = invitation_code_hash(c->a, code),
                                .state = STR("reading"),
                                .config_url = url,
                                .token = token,
                                .expires_ms = c->now_ms + KEPT_MS};
    rc = admit(c, t, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    struct dynreg_rules rules = register_view_rules(c, t->invitation.issuer_host);
    if (dynreg_address(c->a, &rules, url, &f) != 0)
        return refuse_address(c, &f);
    if (db_tx(c->app->db, DB_WRITE, begin_tx, &s, e) != 0)
        return -1;
    return show_waiting(c, t, e);
}

static int arrive(struct page_ctx *c, struct err *e)
{
    struct str code = page_field(c, "code"), token = page_field(c, "registration_token");
    struct attempt t = {.r.config_url = page_field(c, "openid_configuration")};
    t.name = crypt_digest(c->a, str_fmt(c->a, "%.*s\n%.*s\n%.*s", STR_ARG(code),
                                        STR_ARG(t.r.config_url), STR_ARG(token)));
    struct str url = t.r.config_url;
    int known = code.n == 0 ? 0 : find(c, &t, e);
    if (known != 0)
        return known < 0 ? -1 : show(c, &t, e);
    t.r.config_url = url;
    return begin(c, &t, code, token, e);
}

/* --- what a person decides ------------------------------------------------ */

static int confirm_tx(struct db *db, void *ctx, struct err *e)
{
    struct step *s = ctx;
    struct attempt *t = s->t;
    int64_t now = s->c->now_ms;
    s->refused = NULL;
    int moved = registering_move(db, t->r.attempt_hash, "ask", "sending", e);
    if (moved != 1)
        return moved; /* a second click: the first one counts */
    int held = invitation_reserve(db, t->r.code_hash, t->r.attempt_hash, now,
                                  now + RESERVE_MS, e);
    if (held == 0) {
        const char *why = spent(s->c, &t->invitation);
        s->refused = why != NULL ? why : "register.fail.reserved";
        return err_set(e, ERR_DENIED, "the invitation is another attempt's");
    }
    return held < 0 ? -1 : ask_job(s->c, db, t, STR("register.send"), e);
}

static int again_tx(struct db *db, void *ctx, struct err *e)
{
    struct step *s = ctx;
    int moved = registering_move(db, s->t->r.attempt_hash, "failed", "reading", e);
    return moved != 1 ? moved : ask_job(s->c, db, s->t, STR("register.read"), e);
}

static bool may_again(struct page_ctx *c, const struct attempt *t)
{
    bool again = false;
    struct js *o = js_parse(c->a, t->r.outcome, (size_t)16 * 1024, 4, NULL);
    js_bool(js_get(o, "again"), &again);
    return again && str_is(t->r.state, "failed");
}

/* 0, 1 refused and answered, -1. */
static int act(struct page_ctx *c, struct attempt *t, struct err *e)
{
    struct step s = {.c = c, .t = t};
    if (str_is(page_field(c, "do"), "again") && may_again(c, t)) {
        int rc = register_view_try(c, "register", e);
        if (rc == 0)
            rc = admit(c, t, e);
        return rc != 0 ? rc : db_tx(c->app->db, DB_WRITE, again_tx, &s, e);
    }
    if (!str_is(page_field(c, "do"), "confirm"))
        return 0;
    int rc = db_tx(c->app->db, DB_WRITE, confirm_tx, &s, e);
    if (rc == 0 || s.refused == NULL)
        return rc;
    err_clear(e);
    error_say(c, 409, s.refused);
    return 1;
}

static int act_or_look(struct page_ctx *c, struct err *e)
{
    struct attempt t = {.name = page_field(c, "attempt")};
    int known = t.name.n == NAME_N ? find(c, &t, e) : 0;
    if (known < 0)
        return -1;
    if (known == 0)
        return error_say(c, 403, "register.gone");
    if (c->req->method != REQ_POST)
        return show(c, &t, e);
    if (!carry_csrf_ok(c->a, c->app->keys, t.name, page_field(c, "csrf")))
        return error_say(c, 403, "error.stale");
    int rc = act(c, &t, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    res_redirect(c->res, 303,
                 str_fmt(c->a, "%.*s/lti/register?attempt=%.*s",
                         STR_ARG(c->app->conf->public_url), STR_ARG(t.name)));
    return 0;
}

int page_register(struct page_ctx *c, struct err *e)
{
    static const char *const once[] = {"code", "openid_configuration",
                                       "registration_token", "attempt", NULL};
    struct fault f = {.id = FAULT_NONE};
    struct str body = req_is_form(c->req) ? c->req->body : STR_EMPTY;
    if (form_decode(c->a, c->req->query, body, &form_limit_register, &c->form, &f) != 0 ||
        form_once(&c->form, once, &f) != 0)
        return error_say(c, fault_row(f.id)->status, fault_row(f.id)->msgid);
    if (c->req->method == REQ_POST || form_has(&c->form, "attempt"))
        return act_or_look(c, e);
    return arrive(c, e);
}
