/* triallook.h: looks at a running experiment, and what its arms brought.
 *
 * Outcomes are worked out by the engine from what happened up to a fixed day of each
 * person (so many days after being dealt in), so a later look sees the same numbers. Who
 * left is counted among those who were dealt in and has no outcome. */
#ifndef WAYMARK_LEARN_TRIALLOOK_H
#define WAYMARK_LEARN_TRIALLOOK_H

#include "engine/offpolicy.h"
#include "learn/experiments.h"

/* A look, if one is due: ERR_DENIED says when the next one is; ERR_CONFLICT: it does not
 * run. It is noted, and a look that answers the question, or finds harm, ends the
 * experiment. A look that can compare nothing yet is none. */
int triallook_look(struct learn *l, int64_t id, struct str by,
                   struct experiment_look *out, struct err *e);

/* What each arm would have brought to everybody, by the closed offers of all arms: the
 * gain in mastery within a week of an offer. out[plan->arm_n]. */
int triallook_values(struct learn *l, const struct experiments_row *x,
                     struct offpolicy *out, struct err *e);

#endif
