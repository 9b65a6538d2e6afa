/* gates.h: gates, worked out with a person's states and written in the same transaction.
 */
#ifndef WAYMARK_LEARN_GATES_H
#define WAYMARK_LEARN_GATES_H

#include "learn/model.h"
#include "learn/panel.h"
#include "store/gate.h"

/* The gates and active openings of the course that stand for a unit of its map, for
 * model_load. Two reads. */
int gates_load(struct learn *l, struct model *m, struct err *e);

/* A learner whose states are `now`. */
struct gates_turn {
    struct learn *l;
    const struct model *m;
    struct arena *a;
    int64_t person_id;
    int64_t version; /* of the enrolment: makes each outbox row its own */
    const struct state *now;
    bool told; /* something is known about the person */

    /* What came of it. */
    struct gate_score *reached; /* for each gate of the model */
    size_t posted;              /* scores that are new in the outbox */
};

/* What the person has reached, where it is more than before or for another column: kept,
 * and put into the outbox (AGS-7: the newest for a column and a person waits). */
int gates_put(struct db *db, struct gates_turn *t, struct err *e);

/* How many of a panel's skills count: those that hold now, and those noted in
 * gate_score.mastered. */
size_t gates_held(struct arena *a, const struct panel_skill *skills, size_t n,
                  struct str mastered);

/* Of `total` skills, `held` in whole percent: 100 only when it is all of them. */
int64_t gates_percent(size_t held, size_t total);

#endif
