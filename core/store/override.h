/* override.h: grades in our columns that are not what we posted: somebody edited them in
 * the LMS. A person has the last word: while one stands, nothing is posted there for this
 * person. It ends when the LMS holds our value again, when a teacher lets us write
 * (override_allow) and the platform takes it, or when the column goes. */
#ifndef WAYMARK_STORE_OVERRIDE_H
#define WAYMARK_STORE_OVERRIDE_H

#include "store/outbox.h"

struct override {
    int64_t person_id;
    int64_t course_id;
    struct str name_sealed; /* override_list only */
    struct str target;
    double ours; /* of `maximum` */
    bool has_theirs;
    double theirs;
    double maximum;
    int64_t seen_ms;
    bool allowed;
};

int override_put(struct db *db, int64_t tenant_id, const struct override *in,
                 struct err *e);

/* It is over; what was held back meanwhile is put into the outbox by the next working
 * out. One transaction. */
int override_end(struct db *db, int64_t tenant_id, const struct override *o,
                 int64_t now_ms, struct err *e);

/* A teacher lets us write again: for this person, in this column and no other. The
 * scores are put into the outbox by the next working out. 1, 0 nothing stood, -1. Joins a
 * transaction, or makes its own. */
int override_allow(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                   struct str target, int64_t now_ms, struct err *e);

/* Those that stand in a course, newest first. */
int override_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  int64_t limit, struct override **rows, size_t *n, struct err *e);

/* What a column should hold, for the reading of its results. */
struct override_watch {
    struct str sub;
    int64_t person_id;
    struct outbox_mark last;  /* what the platform accepted */
    int64_t noted_ms;         /* when that was written down */
    struct outbox_mark tried; /* what may have arrived */
    int64_t tried_ms;
    bool known;                /* an override is noted: */
    bool allowed;              /* and may be written over */
    struct outbox_mark theirs; /* what it was */
};
int override_watches(struct db *db, struct arena *a, int64_t tenant_id, struct str target,
                     struct override_watch **rows, size_t *n, struct err *e);

/* override_put by who has read the column: 1, 0 a score was sent there since `w` was
 * read, so that what was read may be ours, -1. */
int override_note(struct db *db, int64_t tenant_id, const struct override *in,
                  const struct override_watch *w, struct err *e);

#endif
