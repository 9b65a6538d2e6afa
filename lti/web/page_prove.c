/* The browser's proof out of platform storage (PS-7): the page that fetches it, and what
 * comes back. The right value opens a session without cookies, a wrong one is somebody
 * else's launch (I114), and none leads to "Continue as NAME" with the same launch. */
#include "web/ask.h"
#include "web/enter.h"
#include "web/error.h"

int page_prove_ask(struct page_ctx *c, const struct ticket *t, struct str secret,
                   const struct storage *s, struct err *e)
{
    c->session.locale = t->launch.locale;
    c->session.family = t->launch.platform.family;
    struct view *v = page_view(c);
    view_msg(v, "title", "title.keep");
    storage_view(v, s);
    view_str(v, "action", STR("/lti/prove"));
    page_hidden(view_list(v, "fields"), "ticket", secret);
    enter_frames(c, t->reg.frame_origins, t->launch.return_url);
    c->res->tells_origin = true; /* ticket_take asks where it came from */
    metrics_add(c->app->metrics, METRIC_LAUNCH_STORAGE, 1);
    return page_render(c, 200, "prove", v, e);
}

/* 0 it is, 1 = refused. */
static int check(struct page_ctx *c, const struct ticket *t, struct str value,
                 struct fault *f)
{
    if (storage_fits(c->a, value, t->verifier_hash))
        return 0;
    metrics_add(c->app->metrics, METRIC_LAUNCH_CSRF, 1);
    fault_set(f, FAULT_STATE_BROWSER, "another stored value");
    return 1;
}

/* No answer from the platform in time: the same launch waits for a click instead. */
static int go_on(struct page_ctx *c, struct ticket *t, struct err *e)
{
    struct str secret;
    t->verifier_hash = STR_EMPTY;
    if (ticket_make(c, t, STR_EMPTY, &secret, e) < 0)
        return -1;
    return page_continue_ask(c, t, secret, e);
}

int page_prove(struct page_ctx *c, struct err *e)
{
    struct ticket t = {.verifier_hash = STR_EMPTY};
    struct fault f = {.id = FAULT_NONE};
    int rc = ticket_take(c, &t, &f, e);
    struct str value = rc == 0 ? form_get(&t.form, "verifier") : STR_EMPTY;
    if (rc == 0 && t.verifier_hash.n == 0) {
        fault_set(&f, FAULT_TICKET, "of another page");
        rc = 1;
    }
    if (rc == 0 && value.n == 0)
        return go_on(c, &t, e);
    if (rc == 0)
        rc = check(c, &t, value, &f);
    return rc == 0 ? enter_ticket(c, &t, e) : rc < 0 ? -1 : enter_refused(c, &t, &f);
}
