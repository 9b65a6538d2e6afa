/* An administrator comes back from an LMS with a code (OAuth2). The state tells for which
 * credential; it is good once. A job changes the code into a token; this page asks how it
 * gets on and loads itself again meanwhile. */
#include "base/crypt.h"
#include "job/queue.h"
#include "store/consent.h"
#include "web/error.h"
#include "web/page.h"

#define KIND "lms.consent"
#define HASH_N 64
#define CODE_MAX 2048

static const struct form_limit form_limit_oauth = {(size_t)16 * 1024, (size_t)4 * 1024};

static int render(struct page_ctx *c, int status, struct view *v, struct err *e)
{
    view_msg(v, "title", "title.oauth");
    return page_render(c, status, "oauth", v, e);
}

struct arrival {
    struct page_ctx *c;
    struct str state;
    struct str code; /* empty: the administrator said no */
    bool known;
};

/* Sealed for this consent alone: the queue is no place for secrets. */
static int ask_job(struct db *db, const struct arrival *x, const struct consent *of,
                   struct err *e)
{
    struct page_ctx *c = x->c;
    struct str hash = crypt_digest(c->a, x->state), sealed;
    struct str place = str_fmt(c->a, KIND "/%.*s", STR_ARG(hash));
    if (crypt_seal(c->a, c->app->env, c->app->keys->seal, place, x->code, &sealed, e) !=
        0)
        return -1;
    struct js *o = js_object(c->a);
    js_set_i64(o, "registration", of->registration_id);
    js_set_i64(o, "tenant", of->tenant_id);
    js_set_str(o, "course", of->course);
    js_set_str(o, "code", sealed);
    struct job_in in = {
        .kind = STR(KIND), .key = hash, .payload = js_dump(c->a, o), .urgent = true};
    return job_add(db, c->app->env, &in, NULL, e) < 0 ? -1 : 0;
}

static int arrive_tx(struct db *db, void *ctx, struct err *e)
{
    struct arrival *x = ctx;
    struct consent of;
    int rc = consent_take(db, x->c->a, x->state, x->c->now_ms, &of, e);
    x->known = rc == 1;
    if (rc != 1)
        return rc;
    return x->code.n > 0 ? ask_job(db, x, &of, e) : 0;
}

static int arrive(struct page_ctx *c, struct err *e)
{
    struct arrival x = {
        .c = c, .state = page_field(c, "state"), .code = page_field(c, "code")};
    if (x.code.n > CODE_MAX || (x.code.n == 0 && page_field(c, "error").n == 0))
        return error_say(c, 400, "oauth.gone");
    if (db_tx(c->app->db, DB_WRITE, arrive_tx, &x, e) != 0)
        return -1;
    if (!x.known)
        return error_say(c, 403, "oauth.gone");
    if (x.code.n == 0)
        return error_say(c, 403, "oauth.refused");
    res_redirect(c->res, 303,
                 str_fmt(c->a, "%.*s/lms/oauth?w=%.*s", STR_ARG(c->app->conf->public_url),
                         STR_ARG(crypt_digest(c->a, x.state))));
    return 0;
}

static int look(struct page_ctx *c, struct str hash, struct err *e)
{
    struct job_row job;
    int found =
        hash.n != HASH_N ? 0 : job_latest(c->app->db, c->a, 0, STR(KIND), hash, &job, e);
    if (found < 0)
        return -1;
    if (found == 0)
        return error_say(c, 404, "oauth.gone");
    struct view *v = page_view(c);
    if (str_is(job.state, "done")) {
        view_bool(v, "done", true);
        return render(c, 200, v, e);
    }
    if (str_is(job.state, "dead")) {
        struct view *failed = view_child(v, "failed");
        view_str(failed, "detail", job.error);
        return render(c, 400, v, e);
    }
    view_bool(v, "waiting", true);
    view_bool(v, "refresh", true);
    return render(c, 200, v, e);
}

int page_oauth(struct page_ctx *c, struct err *e)
{
    static const char *const once[] = {"code", "state", "error", "w", NULL};
    struct fault f = {.id = FAULT_NONE};
    if (form_decode(c->a, c->req->query, STR_EMPTY, &form_limit_oauth, &c->form, &f) !=
            0 ||
        form_once(&c->form, once, &f) != 0)
        return error_say(c, fault_row(f.id)->status, fault_row(f.id)->msgid);
    return form_has(&c->form, "state") ? arrive(c, e) : look(c, page_field(c, "w"), e);
}
