/* The click on "Continue as NAME in COURSE" (BIND-3): the ticket becomes a session
 * without cookies, and the answer is the page itself, so that no secret gets into an
 * address. */
#include "msg/pack.h"
#include "store/login.h"
#include "web/enter.h"
#include "web/error.h"

struct click {
    struct registration reg;
    struct launch launch;
    struct fault fault;
};

static int refuse(struct click *k, enum fault_id id, const char *why)
{
    fault_set(&k->fault, id, "%s", why);
    return 1;
}

/* 0, 1 = refused, -1 = database. */
static int take_ticket(struct page_ctx *c, struct click *k, struct err *e)
{
    struct form form;
    struct str sealed, text;
    int64_t registration_id;
    if (!req_is_form(c->req))
        return refuse(k, FAULT_MEDIA_TYPE, "continue");
    if (form_decode(c->a, STR_EMPTY, c->req->body, &form_limit_login, &form, &k->fault) !=
        0)
        return 1;
    /* The ticket proves that the page was ours; the origin proves that the click was made
     * on it: else anybody could post a ticket of their own from their page, unseen. */
    if (!req_same_origin(c->req, c->app->conf->public_url))
        return refuse(k, FAULT_STATE_BROWSER, "not from our page");
    struct str hash = crypt_digest(c->a, form_get(&form, "ticket"));
    int taken = login_ticket_take(c->app->db, c->a, hash, c->now_ms, &registration_id,
                                  &sealed, e);
    if (taken < 0)
        return -1;
    if (taken == 0)
        return refuse(k, FAULT_TICKET, "unknown, used or expired");
    if (crypt_open(c->a, c->app->keys->seal, hash, sealed, &text, e) != 0 ||
        pack_read(c->a, text, &k->launch, e) != 0)
        return -1;
    int found = registration_get(c->app->db, c->a, registration_id, &k->reg, e);
    if (found < 0)
        return -1;
    if (found == 0 || !str_is(k->reg.state, "active"))
        return refuse(k, FAULT_REGISTRATION_DISABLED, "after the launch");
    return 0;
}

int page_continue(struct page_ctx *c, struct err *e)
{
    struct click k = {.fault = {.id = FAULT_NONE}};
    int rc = take_ticket(c, &k, e);
    if (rc == 0) {
        struct entry in = {.reg = &k.reg, .launch = &k.launch, .cookieless = true};
        rc = enter_session(c, &in, &k.fault, e);
    }
    if (rc < 0)
        return -1;
    if (rc > 0)
        return error_fault(c, &k.fault,
                           &(struct error_about){.registration_id = k.reg.id,
                                                 .issuer = k.reg.issuer,
                                                 .client_id = k.reg.client_id,
                                                 .return_url = k.launch.return_url});
    enter_frames(c, c->session.frame_origins, c->session.return_url);
    return enter_page(c)(c, e);
}
