/* "Continue as NAME in COURSE" (BIND-3): the page that asks, and the click on it. The
 * ticket becomes a session without cookies, and the answer is the page itself, so that no
 * secret gets into an address. */
#include "web/ask.h"
#include "web/enter.h"
#include "web/error.h"

int page_continue_ask(struct page_ctx *c, const struct ticket *t, struct str secret,
                      struct err *e)
{
    const struct launch *l = &t->launch;
    c->session.locale = l->locale;
    c->session.family = l->platform.family;
    struct view *v = page_view(c);
    view_msg(v, "title", "title.continue");
    view_str(v, "name", enter_name(c->a, l));
    view_str(v, "course", l->context.title);
    view_str(v, "action", STR("/lti/continue"));
    page_hidden(view_list(v, "fields"), "ticket", secret);
    view_str(v, "return_url", l->return_url);
    enter_frames(c, t->reg.frame_origins, l->return_url);
    c->res->tells_origin = true; /* ticket_take asks where the click came from */
    metrics_add(c->app->metrics, METRIC_LAUNCH_ASK, 1);
    return page_render(c, 200, "continue", v, e);
}

/* A ticket that waits for a value must not be had for a click alone. */
static int check(const struct ticket *t, struct fault *f)
{
    if (t->verifier_hash.n == 0)
        return 0;
    fault_set(f, FAULT_TICKET, "of another page");
    return 1;
}

int page_continue(struct page_ctx *c, struct err *e)
{
    struct ticket t = {.verifier_hash = STR_EMPTY};
    struct fault f = {.id = FAULT_NONE};
    int rc = ticket_take(c, &t, &f, e);
    if (rc == 0)
        rc = check(&t, &f);
    return rc == 0 ? enter_ticket(c, &t, e) : rc < 0 ? -1 : enter_refused(c, &t, &f);
}
