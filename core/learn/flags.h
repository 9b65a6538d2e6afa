/* flags.h: flags as pages show them: in words, with what people decided about them. */
#ifndef WAYMARK_LEARN_FLAGS_H
#define WAYMARK_LEARN_FLAGS_H

#include "learn/dashboard.h"
#include "store/activity.h"
#include "store/decision.h"

/* What turns rows into words. */
struct flags_ctx {
    const struct activity *acts; /* sorted by activity_id */
    size_t acts_n;
    const struct decision *decisions; /* oldest first */
    size_t decisions_n;
    int64_t now_ms;
};

/* Read the flags of everybody in a course, or of one person (person_id not 0). The names
 * are left empty. One read. */
int flags_read(struct learn *l, struct db *db, int64_t person_id,
               const struct flags_ctx *c, struct dashboard_flag **out, size_t *n,
               struct err *e);

/* The activities of the course, sorted by activity_id. One read. */
int flags_activities(struct learn *l, struct db *db, struct flags_ctx *c, struct err *e);

/* One conversation a person, the most pressing first; what was put off is left out and
 * counted. `flags` is reordered. Returns how many. */
size_t flags_talks(struct arena *a, struct dashboard_flag *flags, size_t n,
                   struct dashboard_flag **out, size_t *put_off);

#endif
