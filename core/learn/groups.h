/* groups.h: the LMS's groups of a course, and who is in them, kept as the LMS tells them
 * (LTI.md 8.1). They change nothing of what the engine works out. */
#ifndef WAYMARK_LEARN_GROUPS_H
#define WAYMARK_LEARN_GROUPS_H

#include "learn/learn.h"

struct groups_row {
    struct str id;
    struct str name;
    struct str set_id;   /* empty: in no set */
    struct str set_name; /* empty: not told */
};

struct groups_member {
    struct str group_id;
    struct str sub;
};

/* Groups that a run saw; members that a run saw. One transaction each. People whom nobody
 * knows are passed over. */
int groups_put(struct learn *l, int64_t run_ms, const struct groups_row *rows, size_t n,
               struct err *e);
int groups_put_members(struct learn *l, int64_t run_ms, const struct groups_member *rows,
                       size_t n, struct err *e);

/* The end of a complete run: what it did not see goes. */
int groups_finish(struct learn *l, int64_t run_ms, struct err *e);
int groups_finish_members(struct learn *l, int64_t run_ms, struct err *e);

/* Names of the groups that a person is in, in l->a. */
int groups_of(struct learn *l, int64_t person_id, struct str **names, size_t *n,
              struct err *e);

#endif
