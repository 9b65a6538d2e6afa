/* keyset.h: platforms' keys are fetched before they end, so that no launch waits for them
 * (JWKS-5). */
#ifndef WAYMARK_SYNC_KEYSET_H
#define WAYMARK_SYNC_KEYSET_H

#include "sync/sync.h"

/* Job "keys.tick": asks for a "keys.refresh" of each set that ends within ten minutes.
 * Only sets that a launch once asked for are kept fresh. */
int keyset_tick_job(struct job_ctx *c, struct err *e);

/* Job "keys.refresh", key: the registration. A fetch that fails is noted where launches
 * see it; the clock asks again. */
int keyset_refresh_job(struct job_ctx *c, struct err *e);

#endif
