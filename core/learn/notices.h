/* notices.h: what the notices of a platform change here (LTI.md 8.2). */
#ifndef WAYMARK_LEARN_NOTICES_H
#define WAYMARK_LEARN_NOTICES_H

#include "base/env.h"
#include "db/db.h"

/* A notice whose token held; slices live as long as the caller's arena. */
struct notices_in {
    int64_t registration_id;
    struct str deployment_id;
    struct str notice_id;
    struct str nonce_hash;
    struct str type;
    struct str context_id;     /* a course that was copied; empty: nothing to do */
    const struct str *origins; /* from which contexts, nearest first */
    size_t origins_n;
};

enum notices_fate {
    NOTICES_TAKEN,
    NOTICES_DUPLICATE, /* this notice or its nonce came before (PNS-1) */
    NOTICES_NO_TENANT  /* the deployment is unknown or not active */
};

/* All of them in one transaction; fate[i] is what became of in[i]. A copy is noted in
 * course_origin, and when the course is known and has no map, job "copy.course" is asked
 * for. -1 only when the database fails: then none was taken. */
int notices_take(struct db *db, struct env *env, const struct notices_in *in, size_t n,
                 enum notices_fate *fate, struct err *e);

#endif
