/* learners.h: the active students of a course by name, for choosing one. */
#ifndef WAYMARK_LEARN_LEARNERS_H
#define WAYMARK_LEARN_LEARNERS_H

#include "learn/learn.h"

struct learner {
    int64_t person_id;
    struct str name; /* or a label made from the id */
};

/* At most `max`, ordered by name. */
int learners_list(struct learn *l, size_t max, struct learner **rows, size_t *n,
                  struct err *e);

#endif
