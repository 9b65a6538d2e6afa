/* moodle_call.h: one call of Moodle's web services, alone or among many. */
#ifndef WAYMARK_LMS_MOODLE_CALL_H
#define WAYMARK_LMS_MOODLE_CALL_H

#include "base/js.h"
#include "lms/lms.h"

/* Which function, which list to hand out, and how it may grow. */
struct moodle_call {
    const char *function;
    struct str params;  /* "&name=value..." */
    const char *member; /* of the answer; NULL: the answer is the list */
    bool big;
    bool nothing; /* the answer is null: the function only writes */
    int (*element)(void *ctx, struct js *v, struct arena *scratch, struct err *e);
    void *ctx;
};

/* The answer may be long: it is put aside, then its list handed out. *rest is what
 * surrounds the list; `rest` may be NULL. */
int moodle_call_run(const struct lms *l, const struct moodle_call *c, struct js **rest,
                    struct arena *a, struct err *e);

/* The same as one of a batch. `c` outlives it. done gets rc 0, or -1 and why. */
int moodle_call_add(const struct lms *l, struct http_batch *b, int64_t lane,
                    const struct moodle_call *c,
                    int (*done)(void *ctx, int rc, const struct err *why), void *ctx,
                    struct arena *a, struct err *e);

#endif
