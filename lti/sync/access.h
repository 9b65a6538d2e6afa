/* access.h: a course's way into its LMS's own API, for jobs. */
#ifndef WAYMARK_SYNC_ACCESS_H
#define WAYMARK_SYNC_ACCESS_H

#include "lms/lms.h"
#include "store/course.h"
#include "store/lmsaccess.h"
#include "sync/sync.h"

struct access {
    struct lms lms;
    unsigned can;      /* enum lms_can; 0: no access */
    struct str course; /* the LMS's id of the course: what lms_ops are asked about */
    struct lmsaccess credential;
    struct lms_memo memo; /* lms.memo points here: do not copy */
};

/* The narrowest credential of the course, and what it may do: from the last probe, or
 * probed again when that is a day old or in doubt. Everything lives in `a`. 1 open, 0 no
 * credential, -1: as lms_ops say; the credential then has the words too. */
int access_open(struct sync_app *app, struct db *db, struct env *env,
                const struct course *course, struct access *out, struct arena *a,
                struct err *e);

/* The LMS refused something that the probe had promised. */
int access_doubt(struct db *db, const struct access *x, struct err *e);

#endif
