/* lmsid.h: the LMS's own id of a person, where its API knows people by another id than
 * the `sub` of launches (Canvas). */
#ifndef WAYMARK_STORE_LMSID_H
#define WAYMARK_STORE_LMSID_H

#include "db/db.h"

struct lmsid {
    int64_t person_id;
    struct str sub;
    struct str lms_id; /* lmsid_set: empty means that it was asked for in vain */
};

/* Active people of a course for whom nobody has asked yet. One read. */
int lmsid_missing(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct lmsid **rows, size_t *n, struct err *e);

/* Write what was found, all in one transaction. */
int lmsid_set(struct db *db, int64_t tenant_id, const struct lmsid *rows, size_t n,
              struct err *e);

#endif
