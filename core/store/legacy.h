/* legacy.h: the ids that LTI 1.1 had for what a deployment has now (LTI.md 2.7). Written
 * once, by a launch whose migration claim was verified; what is there stays. */
#ifndef WAYMARK_STORE_LEGACY_H
#define WAYMARK_STORE_LEGACY_H

#include "db/db.h"

/* Old ids beside the rows that they became. An id of 0, and `consumer_key` empty, mean:
 * nothing to keep. */
struct legacy {
    struct str consumer_key;
    struct str guid; /* of the old consumer; may be empty */
    struct str person, context, link;
    int64_t person_id, course_id, link_id;
};

/* Keep what is not kept yet; inside a transaction. One read when everything is. */
int legacy_keep(struct db *db, int64_t tenant_id, const struct legacy *l, int64_t now_ms,
                struct err *e);

#endif
