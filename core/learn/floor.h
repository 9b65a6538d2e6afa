/* floor.h: next steps are recommended once enough of the map can be shown. A course's
 * floor is the percentage of its skills that an activity must be able to prove; 0, as
 * every course begins, asks for nothing. Below it nobody gets recommendations; states,
 * locks and flags go on. */
#ifndef WAYMARK_LEARN_FLOOR_H
#define WAYMARK_LEARN_FLOOR_H

#include "learn/coverage.h"

struct floor {
    int64_t percent; /* 0: none */
    bool reached;    /* recommendations are on */
};

/* One read. ERR_NOTFOUND: no such course. */
int floor_read(struct learn *l, struct floor *out, struct err *e);

/* Does it suffice? A course without a map asks for nothing. */
bool floor_met(const struct coverage *k, int64_t percent);

/* Look again whether the floor is reached, inside the caller's transaction: after each
 * change of map, ties or catalogue. One read, and the coverage where there is a floor.
 * When it turns over, everybody's states go into the queue. */
int floor_settle(struct learn *l, struct err *e);

/* Set the floor, 0 to 100, and settle it, in one transaction. ERR_INPUT: no percentage.
 */
int floor_set(struct learn *l, int64_t percent, struct err *e);

#endif
