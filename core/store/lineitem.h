/* lineitem.h: the columns of ours in LMS grade books (AGS-3, AGS-5). */
#ifndef WAYMARK_STORE_LINEITEM_H
#define WAYMARK_STORE_LINEITEM_H

#include "db/db.h"

struct lineitem {
    struct str url; /* kept verbatim */
    double maximum;
    struct str label; /* what we called it last */
    bool made;        /* by a POST of ours: then we may delete it (AGS-5) */
    struct str state; /* used; gone: the LMS has it no more; removing, removed: a teacher
                         wanted it so */
};

/* Our line item in a course for a purpose ("mastery"): 1 found, 0 none, -1. */
int lineitem_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 struct str purpose, struct lineitem *out, struct err *e);

/* Write it as used. */
int lineitem_put(struct db *db, int64_t tenant_id, int64_t course_id, struct str purpose,
                 const struct lineitem *in, int64_t now_ms, struct err *e);

int lineitem_state(struct db *db, int64_t tenant_id, int64_t course_id,
                   struct str purpose, const char *state, struct err *e);

/* The platform says that `url` is gone: no column and no gate has it any more, and what
 * waits for it is set aside. One transaction. */
int lineitem_gone(struct db *db, int64_t tenant_id, int64_t course_id, struct str url,
                  int64_t now_ms, struct err *e);

/* The addresses of the course's columns that we post to, gates' columns too. */
int lineitem_targets(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                     struct str **urls, size_t *n, struct err *e);

/* Nobody's score was posted to it yet: the next recompute puts them into the outbox. */
int lineitem_fresh(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e);

#endif
