/* activitytag.h: what the LMS says of an activity beside its title: tags, outcomes and
 * competencies, the section it stands in. Read for suggestions only: no tie and no state
 * follows from it by itself, but from the outcome of a single item that is called by a
 * skill's code (learn/ties.h). */
#ifndef WAYMARK_STORE_ACTIVITYTAG_H
#define WAYMARK_STORE_ACTIVITYTAG_H

#include "db/db.h"

#define ACTIVITYTAG_MAX 20000  /* rows of a course; what goes beyond is left out */
#define ACTIVITYTAG_TEXT_N 400 /* bytes of a value or a title; longer ones are cut */

struct activitytag {
    int64_t activity_id;
    struct str item; /* question slot, or empty for the whole activity */
    struct str kind; /* "tag", "outcome" or "section" */
    struct str
        value; /* the tag; an outcome's code, address or GUID; the section's name */
    struct str title; /* an outcome in words, or empty */
};

/* Keep what one complete reading told: rows that are new or have another title are
 * written, those that it no longer tells are removed; the same again writes nothing. Rows
 * without an activity or a value are left out, a row given twice counts once. One read,
 * in a transaction of its own or the caller's. *changed (may be NULL) gets how many rows
 * were written or removed. */
int activitytag_keep(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     const struct activitytag *rows, size_t n, int64_t now_ms,
                     size_t *changed, struct err *e);

/* All rows of a course by (activity_id, item, kind, value). One read. */
int activitytag_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct activitytag **rows, size_t *n, struct err *e);

#endif
