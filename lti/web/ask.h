/* ask.h: the pages that find out whose launch a ticket is, when no cookie came. */
#ifndef WAYMARK_WEB_ASK_H
#define WAYMARK_WEB_ASK_H

#include "web/storage.h"

/* The page "Continue as NAME in COURSE" with a ticket that wants a click (BIND-3). */
int page_continue_ask(struct page_ctx *c, const struct ticket *t, struct str secret,
                      struct err *e);

/* The page that fetches the verifier from platform storage by itself (PS-7). Nothing of
 * the launch stands on it. */
int page_prove_ask(struct page_ctx *c, const struct ticket *t, struct str secret,
                   const struct storage *s, struct err *e);

#endif
