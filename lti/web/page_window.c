/* "Open in full window" (BIND-2): a cookie kept under an LMS is not seen in a window of
 * our own, so a one-time ticket takes the session there. Without cookies the form that
 * leads here has opened the window already. */
#include "web/cookie.h"
#include "web/enter.h"
#include "web/error.h"

int page_window(struct page_ctx *c, struct err *e)
{
    struct str secret;
    if (c->cookieless)
        return enter_page(c)(c, e);
    if (ticket_make_window(c, &secret, e) != 0)
        return -1;
    struct view *v = page_view(c);
    view_msg(v, "title", "title.window");
    view_bool(v, "windowed", false); /* this is it */
    view_str(v, "action", STR("/lti/window"));
    page_hidden(view_list(v, "fields"), "ticket", secret);
    view_nav(v, "nav_back", enter_path(c), "page.back");
    c->res->tells_origin = true; /* ticket_take_window asks where it came from */
    return page_render(c, 200, "window", v, e);
}

/* 1 the session of the ticket is open, 0 it has ended, -1. */
static int open_session(struct page_ctx *c, struct str secret, struct err *e)
{
    int found = session_find(c->app->db, c->a, crypt_digest(c->a, secret), c->now_ms,
                             &c->session, e);
    c->carry = (struct carry){.handle = c->session.handle, .secret = secret};
    return found == 1 ? c->session.enabled && !c->session.cookieless : found;
}

int page_window_open(struct page_ctx *c, struct err *e)
{
    struct fault f = {.id = FAULT_NONE};
    struct str secret;
    int rc = ticket_take_window(c, &secret, &f, e);
    if (rc < 0)
        return -1;
    if (rc > 0)
        return error_fault(c, &f, &(struct error_about){.registration_id = 0});
    int open = open_session(c, secret, e);
    if (open < 0)
        return -1;
    if (open == 0) {
        c->session = (struct session){.handle = STR_EMPTY};
        c->carry = (struct carry){.handle = STR_EMPTY};
        return error_say(c, 403, "fault.expired");
    }
    cookie_set(c->res, cookie_session_name(c->a, c->carry.handle), secret,
               (c->session.expires_ms - c->now_ms) / 1000);
    res_redirect(c->res, 303, page_url(c, enter_path(c)));
    return 0;
}
