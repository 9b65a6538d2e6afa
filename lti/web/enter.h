/* enter.h: a valid launch becomes a session. Shared by the ways in: a launch whose
 * browser is known by its cookie, and a ticket (a value from platform storage, a click).
 */
#ifndef WAYMARK_WEB_ENTER_H
#define WAYMARK_WEB_ENTER_H

#include "web/ticket.h"

struct entry {
    const struct registration *reg;
    const struct launch *launch;
    struct str state_hash; /* the login to take; empty when a ticket stood for it */
    bool cookieless;
};

/* One write transaction (learn/enrol.h). 0: c->session and c->carry are those of the new
 * session; 1: refused, *f says why (TAKEN, deployment unknown, pending, disabled); -1:
 * the database failed. What signed claims told about the platform is kept besides
 * (SES-3). */
int enter_session(struct page_ctx *c, const struct entry *in, struct fault *f,
                  struct err *e);

/* The launch of a ticket becomes a session without cookies; the answer is its first page,
 * or the page that refuses it. */
int enter_ticket(struct page_ctx *c, const struct ticket *t, struct err *e);

/* Refuse what came with a ticket. Always leaves an answer; returns 0. */
int enter_refused(struct page_ctx *c, const struct ticket *t, const struct fault *f);

/* The answer may be framed by the registration's learned origins and by the launch's own,
 * which may have been crowded out since (SES-3). Who did not say where they stand is not
 * held to what others said. */
void enter_frames(struct page_ctx *c, struct str origins, struct str return_url);

/* What to call the person of a launch; empty when the platform keeps it to itself. */
struct str enter_name(struct arena *a, const struct launch *l);

/* Where the person of c->session begins: the path, and the page behind it. */
const char *enter_path(const struct page_ctx *c);
page_fn *enter_page(const struct page_ctx *c);

#endif
