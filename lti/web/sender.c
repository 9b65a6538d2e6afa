#include "web/sender.h"

#include "base/crypt.h"
#include "base/log.h"
#include "job/queue.h"

#define ASKS 64      /* tenants whose job is remembered */
#define SOON_MS 1000 /* a job that was asked for begins so much later */

/* For which tenants a run is to come, and when at the earliest: what is stored before
 * that needs no asking. The job looks once more after it found something (statements.c),
 * later than this, so that a run which another worker brought forward leaves nothing. */
struct sender_asks {
    struct {
        int64_t tenant_id;
        int64_t due_ms;
    } at[ASKS];
};

/* base64 with padding, as Basic has it. */
static bool decode(struct arena *a, struct str text, struct str *raw)
{
    char *p = arena_alloc(a, text.n + 1);
    size_t n = text.n;
    while (n > 0 && text.n - n < 2 && text.p[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        p[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
    return crypt_unb64url(a, (struct str){p, n}, raw, NULL) == 0 && !str_has_nul(*raw) &&
           str_utf8(*raw);
}

static bool credentials(struct arena *a, struct str header, struct str *key,
                        struct str *secret)
{
    struct str scheme, rest, both;
    if (!str_cut(header, ' ', &scheme, &rest))
        return false;
    rest = str_trim(rest);
    if (str_ieq(scheme, STR("Basic")))
        return decode(a, rest, &both) && str_cut(both, ':', key, secret);
    return str_ieq(scheme, STR("Bearer")) && str_utf8(rest) && !str_has_nul(rest) &&
           str_cut(rest, '.', key, secret);
}

static int unauthorized(struct page_ctx *c)
{
    metrics_add(c->app->metrics, METRIC_STATEMENTS_UNAUTHORIZED, 1);
    res_add(c->res, STR("WWW-Authenticate"), STR("Basic realm=\"Waymark\""));
    res_add(c->res, STR("WWW-Authenticate"), STR("Bearer realm=\"Waymark\""));
    return sender_refuse(c, 401, STR("no key of a receiver, or not its secret"), NULL,
                         -1);
}

int sender_find(struct page_ctx *c, const char *kind, struct receiver *out, struct err *e)
{
    struct str key, secret;
    if (!credentials(c->a, c->req->authorization, &key, &secret))
        return unauthorized(c);
    int found = receiver_find(c->app->db, c->a, key, out, e);
    if (found < 0)
        return -1;
    if (found == 0 || !receiver_opens(c->a, out, secret) || !out->open ||
        !str_is(out->kind, kind))
        return unauthorized(c);
    return 1;
}

int sender_say(struct page_ctx *c, int status, const struct js *body)
{
    res_body(c->res, status, STR("application/json"), js_dump(c->a, body));
    return 0;
}

int sender_refuse(struct page_ctx *c, int status, struct str why, const char *what,
                  int64_t index)
{
    struct js *o = js_object(c->a);
    js_set_str(o, "error", why);
    if (index >= 0)
        js_set_i64(o, what, index);
    if (status == 503)
        res_add(c->res, STR("Retry-After"), STR("10"));
    return sender_say(c, status, o);
}

/* Not part of the transaction that stores: a row that all requests of a tenant write
 * would make them wait for each other. What a crash in between leaves is found
 * by the clock. */
static void ask(struct page_ctx *c, int64_t tenant_id)
{
    struct app *app = c->app;
    struct err e = {0};
    if (app->asks == NULL)
        app->asks = ARENA_NEW(app->life, struct sender_asks);
    size_t at = (uint64_t)tenant_id * UINT64_C(0x9E3779B97F4A7C15) >> 58;
    int64_t now_ms = env_now_ms(app->env);
    if (app->asks->at[at].tenant_id == tenant_id && now_ms < app->asks->at[at].due_ms)
        return;
    struct job_in job = {
        .tenant_id = tenant_id, .kind = STR(SENDER_JOB), .run_ms = now_ms + SOON_MS};
    if (job_add(app->db, app->env, &job, NULL, &e) < 0) {
        log_err(LOG_WARN, "statements.ask", &e);
        return;
    }
    app->asks->at[at].tenant_id = tenant_id;
    app->asks->at[at].due_ms = job.run_ms;
}

int sender_store(struct page_ctx *c, struct statement_batch *b, const char *what,
                 struct err *e)
{
    struct app *app = c->app;
    b->now_ms = env_now_ms(app->env);
    if (statement_add(app->db, app->env, c->a, app->keys, b, e) != 0) {
        if (!b->conflict)
            return -1;
        err_clear(e);
        metrics_add(app->metrics, METRIC_STATEMENTS_REFUSED, (int64_t)b->n);
        sender_refuse(c, 409, STR("its id is known with another content"), what,
                      (int64_t)b->rows[b->conflict_at].index);
        return 1;
    }
    metrics_add(app->metrics, METRIC_STATEMENTS_STORED, (int64_t)b->added);
    metrics_add(app->metrics, METRIC_STATEMENTS_KNOWN, (int64_t)(b->n - b->added));
    if (b->added > 0)
        ask(c, b->tenant_id);
    return 0;
}
