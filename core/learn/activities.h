/* activities.h: the course's catalogue as the LMS has it now. */
#ifndef WAYMARK_LEARN_ACTIVITIES_H
#define WAYMARK_LEARN_ACTIVITIES_H

#include "learn/learn.h"
#include "store/activity.h"

#define ACTIVITIES_ALIASES 4

struct activities_name {
    struct str source_kind; /* moodle-cm, moodle-quiz, ags-item ... */
    struct str source_key;
};

struct activities_in {
    struct activity row; /* activity_id and changed_ms are set here, not by the caller */
    /* Every name the source has for it; the first known one tells which activity it is.
     */
    struct activities_name alias[ACTIVITIES_ALIASES];
    size_t alias_n; /* at least 1; a row without one is left out */
};

struct activities_counts {
    size_t added;
    size_t changed;
    size_t hidden; /* of this source, no longer told */
    size_t linked; /* ties with skills that were added, changed or removed */
};

/* Take the catalogue over in one transaction: known activities are updated, new ones
 * added, and when `complete`, those of `source` that are no longer told become invisible
 * (never deleted: evidence speaks of them). Then the ties are made anew (ties.h); when
 * anything changed that states depend on, everyone's states are put in the queue.
 * row.source is set to `source`. An absent maximum, due or opening date means "not told"
 * and leaves what is known. An activity that only grades told of so far (names_orphan) is
 * taken over by its title, if that is unambiguous. */
int activities_apply(struct learn *l, struct str source, const struct activities_in *rows,
                     size_t n, bool complete, struct activities_counts *c, struct err *e);

/* The course's activities by alias. */
struct activities_index;

/* One read. */
struct activities_index *activities_index(struct learn *l, struct err *e);

/* The activity, or 0 when nothing has this name. */
int64_t activities_find(const struct activities_index *x, struct str source_kind,
                        struct str source_key);

#endif
