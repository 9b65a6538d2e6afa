/* lease.h: one holder at a time for a named piece of work, across processes and machines.
 *
 * A holder that dies loses the lease when it runs out. Taking repeats the test in the
 * statement itself, so that two can never hold it. */
#ifndef WAYMARK_STORE_LEASE_H
#define WAYMARK_STORE_LEASE_H

#include "db/db.h"

/* Take `name` until `until_ms` if nobody holds it at `now_ms` (or we do already): 1
 * taken, 0 somebody else has it, -1 error. `holder` is random, one for each piece of
 * work. */
int lease_take(struct db *db, struct str name, struct str holder, int64_t now_ms,
               int64_t until_ms, struct err *e);

/* Give it back if it is still ours. */
int lease_drop(struct db *db, struct str name, struct str holder, struct err *e);

#endif
