/* share.h: a job's share of the calls that one platform gets at one time
 * (platform_calls), of all workers on all machines together, and the rest that a platform
 * asked for.
 *
 * A share is held for a turn of the job, as leases in the database: what a worker that
 * died had of it comes free by itself. */
#ifndef WAYMARK_SYNC_SHARE_H
#define WAYMARK_SYNC_SHARE_H

#include "sync/sync.h"

#define SHARE_MOST 64

struct share {
    struct job_ctx *job;
    struct sync_app *app;
    int64_t registration_id;
    int slots[SHARE_MOST]; /* that we hold */
    int n;
    int64_t kept_ms; /* when they were renewed last */
};

/* Take at most `want` and at least one; one of several is left to others. 1 taken, 0 the
 * platform is busy, -1. */
int share_take(struct share *s, int want, struct err *e);

/* Hold on to them; call it while waiting. Costs nothing for most of the time. */
void share_keep(struct share *s);

void share_drop(struct share *s);

/* Until when this host of the platform rests; 0: it does not. -1 on error. */
int64_t share_rests(struct share *s, struct str host, struct err *e);

/* After a call that failed: when the platform has asked us to slow down, its host rests
 * for as long as it says, and longer each time where it does not say. Returns until when,
 * or 0. */
int64_t share_slowed(struct share *s);

/* It has answered well: no more strikes. */
int share_well(struct share *s, struct str host, struct err *e);

#endif
