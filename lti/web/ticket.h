/* ticket.h: a validated launch that waits for the browser's answer: a click on "Continue
 * as NAME" (BIND-3), or the value that platform storage keeps for it (PS-7).
 *
 * The page holds a random secret; the database its hash, and the launch sealed with that
 * hash. A ticket is good once and for ticket_s seconds. */
#ifndef WAYMARK_WEB_TICKET_H
#define WAYMARK_WEB_TICKET_H

#include "msg/launch.h"
#include "store/registration.h"
#include "web/page.h"

struct ticket {
    struct form form; /* what came with it */
    struct registration reg;
    struct launch launch;
    struct str verifier_hash; /* of the value that must come too; empty: a click does */
};

/* Put a launch aside; *secret is for the page. With a state_hash its login goes in the
 * same transaction, or neither. 1 made, 0 somebody else took the login, -1 error. */
int ticket_make(struct page_ctx *c, const struct ticket *t, struct str state_hash,
                struct str *secret, struct err *e);

/* Take the ticket that a POST from one of our own pages brings. 0, 1 = refused (*f), -1 =
 * database. */
int ticket_take(struct page_ctx *c, struct ticket *out, struct fault *f, struct err *e);

/* The session of this request for a window of its own, which does not have its cookie
 * (BIND-2): a ticket, and back to the session's secret. Values as above; make: 0, -1. */
int ticket_make_window(struct page_ctx *c, struct str *secret, struct err *e);
int ticket_take_window(struct page_ctx *c, struct str *secret, struct fault *f,
                       struct err *e);

#endif
