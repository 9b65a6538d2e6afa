/* flipplace.h: where new evidence about a skill would come from.
 *
 * A place is a question, or an activity as a whole, that tells about the skill with a
 * proof's weight at least (mastery.h). Those that are open to everybody come first, then
 * the greatest weight, then the course's order. Behind all of them stands the teacher's
 * judgement of the skill itself, which can always be given. */
#ifndef WAYMARK_ENGINE_FLIPPLACE_H
#define WAYMARK_ENGINE_FLIPPLACE_H

#include "engine/engine.h"

struct flipplace {
    int64_t activity_id; /* 0: the teacher's judgement */
    struct str item; /* question, empty for the whole; the skill's code for a judgement */
    double weight;
    enum ev_kind kind;      /* of the row that would come */
    struct str source_kind; /* and its source */
    bool once; /* a further result would replace the first: it is the current grade */
};

struct flipplace_index;

/* The places of every skill of a course. Lives in `a`. */
struct flipplace_index *flipplace_new(struct arena *a, const struct engine_course *c);

/* By which routes a person's work has come so far: sorted, one an activity. */
struct flipplace_routes;
struct flipplace_routes *flipplace_seen(struct arena *a, const struct counted *counted);

/* The places of the first `max` new rows about a skill at `from_ms`, one a row: places
 * that take one result only are given once, the first that takes several takes the rest.
 * A new row comes by the route by which work on its activity came before; where nothing
 * came yet: one current grade when nothing but grades ever came from this person or the
 * activity is an assignment, else answers and attempts. Closed activities, hidden ones,
 * and those whose current grade is there already (another one would replace it) are left
 * out. Fills out[max]. */
void flipplace_list(const struct flipplace_index *x, const struct flipplace_routes *seen,
                    int32_t skill, int64_t from_ms, struct flipplace *out, size_t max);

#endif
