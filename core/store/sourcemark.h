/* sourcemark.h: where the changes of a source begin, and when all of it was read last. */
#ifndef WAYMARK_STORE_SOURCEMARK_H
#define WAYMARK_STORE_SOURCEMARK_H

#include "db/db.h"

struct sourcemark {
    struct str since; /* in the source's own words; empty: never read */
    int64_t full_ms;  /* start of the last whole reading, or 0 */
};

/* 1 found, 0 the source is new in this course (*out is empty), -1. */
int sourcemark_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   struct str source, struct sourcemark *out, struct err *e);

/* Call behind source_ok, which makes the row. */
int sourcemark_put(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
                   const struct sourcemark *in, struct err *e);

#endif
