#include "web/error.h"

#include "base/log.h"
#include "net/url.h"
#include "store/login.h"

#define NOTES_A_SECOND 20 /* rows of the launch log, a worker */

struct str error_reference(struct page_ctx *c)
{
    static const char letters[] =
        "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* without 0 1 I O */
    unsigned char raw[8];
    char text[9];
    env_random(c->app->env, raw, sizeof raw);
    for (int i = 0, at = 0; i < 8; i++) {
        text[at++] = letters[raw[i] % 32];
        if (i == 3)
            text[at++] = '-';
    }
    return str_dup(c->a, (struct str){text, sizeof text});
}

/* Anybody may send garbage, also in the name of a registration (its client_id is no
 * secret), so these rows are limited; what names none does not crowd out what does. The
 * line in the log is written anyway. */
static bool may_note(struct page_ctx *c, int64_t registration_id)
{
    struct app *app = c->app;
    if (c->now_ms < app->note_ms || c->now_ms >= app->note_ms + 1000) {
        app->note_ms = c->now_ms;
        app->notes_n[0] = app->notes_n[1] = 0;
    }
    return ++app->notes_n[registration_id != 0] <= NOTES_A_SECOND;
}

static struct str some(struct arena *a, struct str s)
{
    struct str cut = str_sub(s, 0, 255);
    return str_utf8(cut) ? str_dup(a, cut) : STR("?");
}

static void note(struct page_ctx *c, struct str reference, const struct fault *f,
                 const struct error_about *about)
{
    const struct fault_row *row = fault_row(f->id);
    struct err e = {0};
    log_put(LOG_WARN, "launch.refused", KV("reference", reference),
            KVZ("fault", row->name), KVZ("rule", row->rule), KVZ("detail", f->detail),
            KV("issuer", some(c->a, about->issuer)),
            KV("client_id", some(c->a, about->client_id)),
            KV("kid", some(c->a, about->kid)),
            KVI("registration", about->registration_id));
    struct launch_note n = {.reference = reference,
                            .registration_id = about->registration_id,
                            .issuer = some(c->a, about->issuer),
                            .client_id = some(c->a, about->client_id),
                            .kid = some(c->a, about->kid),
                            .fault = str_c(row->name),
                            .detail = str_c(f->detail),
                            .at_ms = c->now_ms};
    if (may_note(c, about->registration_id) &&
        login_note(c->app->db, c->app->env, &n, &e) != 0)
        log_err(LOG_ERROR, "launch.note", &e);
}

static struct str way_back(struct page_ctx *c, const struct fault_row *row,
                           struct str reference, struct str url)
{
    if (url.n == 0)
        return STR_EMPTY;
    url = url_append_query(c->a, url, "lti_errormsg", str_c(row->english));
    return url_append_query(
        c->a, url, "lti_errorlog",
        str_fmt(c->a, "%s %s %.*s", row->name, row->rule, STR_ARG(reference)));
}

/* When not even the page can be made. */
static int plain(struct page_ctx *c, int status, struct str reference)
{
    res_body(c->res, status, STR("text/plain; charset=utf-8"),
             str_fmt(c->a,
                     "Waymark has a problem of its own. Please try again in a minute.\n"
                     "Reference: %.*s\n",
                     STR_ARG(reference)));
    return 0;
}

static int show(struct page_ctx *c, int status, const char *page, const char *msgid,
                struct str reference, struct view *v)
{
    struct err e = {0};
    view_msg(v, "title", status == 503 ? "title.wait" : "title.error");
    view_msg(v, "text", msgid);
    view_str(v, "reference", reference);
    if (status == 503 || status == 429)
        res_add(c->res, STR("Retry-After"), STR("30"));
    if (page_render(c, status, page, v, &e) == 0)
        return 0;
    log_err(LOG_ERROR, "error.page", &e);
    return plain(c, status, reference);
}

int error_fault(struct page_ctx *c, const struct fault *f,
                const struct error_about *about)
{
    const struct fault_row *row = fault_row(f->id);
    struct str reference = error_reference(c);
    struct view *v = page_view(c);
    metrics_add(c->app->metrics, METRIC_LAUNCH_REFUSED, 1);
    note(c, reference, f, about);
    view_str(v, "issuer", some(c->a, about->issuer));
    view_str(v, "client_id", some(c->a, about->client_id));
    view_str(v, "return_url", way_back(c, row, reference, about->return_url));
    if (about->resend_token.n == 0)
        return show(c, row->status, "error", row->msgid, reference, v);
    struct view *fields = view_list(v, "fields");
    view_str(v, "action", STR("/lti/launch"));
    page_hidden(fields, "id_token", about->resend_token);
    page_hidden(fields, "state", about->resend_state);
    return show(c, row->status, "wait", row->msgid, reference, v);
}

int error_say(struct page_ctx *c, int status, const char *msgid)
{
    struct str reference = error_reference(c);
    log_put(LOG_INFO, "web.refused", KV("reference", reference), KVI("status", status),
            KVZ("text", msgid));
    return show(c, status, "error", msgid, reference, page_view(c));
}

int error_err(struct page_ctx *c, const struct err *e)
{
    static const struct {
        int status;
        const char *msgid;
    } says[] = {
        [ERR_NONE] = {500, "error.internal"},
        [ERR_INPUT] = {400, "fault.garbled"},
        [ERR_NOTFOUND] = {404, "error.not_found"},
        [ERR_CONFLICT] = {409, "error.stale"},
        [ERR_DENIED] = {403, "error.denied"},
        [ERR_LIMIT] = {413, "fault.garbled"},
        [ERR_BUSY] = {503, "fault.busy"},
        [ERR_UNAVAILABLE] = {503, "fault.busy_here"},
        [ERR_INTERNAL] = {500, "error.internal"},
    };
    struct str reference = error_reference(c);
    log_put(LOG_ERROR, "web.failed", KV("reference", reference));
    log_err(LOG_ERROR, "web.failed", e);
    return show(c, says[e->code].status, "error", says[e->code].msgid, reference,
                page_view(c));
}
