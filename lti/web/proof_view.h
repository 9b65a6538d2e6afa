/* proof_view.h: what the prover of dead ends says, for the pages /map, /course and
 * /gates/one. */
#ifndef WAYMARK_WEB_PROOF_VIEW_H
#define WAYMARK_WEB_PROOF_VIEW_H

#include "learn/proving.h"
#include "web/page.h"

/* `proof`, as partials/proof.html shows it; `all`: with what lacks questions and with
 * dates, otherwise only what is wrong now. Nothing when there is nothing to say. */
int proof_view(struct page_ctx *c, struct view *v, bool all, struct err *e);

/* A list of sentences: `key`[] with `text`. */
void proof_view_steps(struct page_ctx *c, struct view *v, const char *key,
                      const struct say *says, size_t n);

#endif
