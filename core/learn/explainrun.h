/* explainrun.h: the engine's run behind one person's stored states, again and as of their
 * time: for what is not kept (what would lower a word, other scores) and for people who
 * check. Writes nothing. */
#ifndef WAYMARK_LEARN_EXPLAINRUN_H
#define WAYMARK_LEARN_EXPLAINRUN_H

#include "engine/flip.h"
#include "learn/learn.h"
#include "learn/model.h"

struct explainrun {
    struct state stored; /* its head */
    struct model m;
    struct engine_course *course;
    struct engine_in in;
    struct engine_out out;
    struct flip_person *flips;
    bool stale; /* the catalogue changed since: the states are worked out again soon */
};

/* Inside a transaction. 1, 0 when nothing was worked out for this person, -1. */
int explainrun_of(struct learn *l, struct db *db, int64_t person_id,
                  struct explainrun *out, struct err *e);

#endif
