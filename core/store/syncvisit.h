/* syncvisit.h: whose completion of activities has been read.
 *
 * An LMS tells completion by a call for each person, and when that person was last in the
 * course in one call for all. So the last visit that was told is noted beside the one
 * that was read: only who came back is asked about, and a crash loses nothing. */
#ifndef WAYMARK_STORE_SYNCVISIT_H
#define WAYMARK_STORE_SYNCVISIT_H

#include "base/map.h"
#include "db/db.h"

struct syncvisit {
    struct str sub;
    int64_t told_ms;
};

/* What is noted: sub -> int64_t told_ms, in `a`. One read. */
int syncvisit_told(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct map **told, struct err *e);

/* Note visits, in the caller's transaction; an older one than known changes nothing. */
int syncvisit_tell(struct db *db, int64_t tenant_id, int64_t course_id,
                   const struct syncvisit *rows, size_t n, struct err *e);

/* Who came since they were read, behind `after`, by sub, at most `limit`. */
int syncvisit_due(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct str after, int64_t limit, struct syncvisit **rows, size_t *n,
                  struct err *e);

/* Their completion is in the ledger as of these visits; in the caller's transaction. */
int syncvisit_done(struct db *db, int64_t tenant_id, int64_t course_id,
                   const struct syncvisit *rows, size_t n, struct err *e);

/* How many are due, or -1. */
int64_t syncvisit_count(struct db *db, int64_t tenant_id, int64_t course_id,
                        struct err *e);

#endif
