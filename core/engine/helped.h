/* helped.h: what helped similar learners, fitted to a ledger.
 *
 * The collaborative scorer's model (transit.h) of a course in use: the skills that each
 * learner worked on, in the order of the first answer; a step counts by how well the
 * skill went there, so that what people merely did next weighs less than what then
 * worked. Still an observation and no experiment: who went on there may have been better
 * to begin with. */
#ifndef WAYMARK_ENGINE_HELPED_H
#define WAYMARK_ENGINE_HELPED_H

#include "engine/answers.h"
#include "engine/transit.h"

struct helped {
    int64_t persons;         /* learners with outcomes on two skills or more */
    int64_t rows;            /* steps of theirs */
    int64_t choices;         /* of held-out learners that the weights were fitted to */
    double log_loss;         /* of these choices, in nats, by the fitted weights ... */
    double log_loss_popular; /* ... and by how many had each skill alone */
    bool passed; /* TRANSIT_PEOPLE_MIN learners, and better than popularity alone */
};

/* Fit counts and weights; items of the model are the answers' skills, `skill_n` of them.
 * `out` is filled in any case; use it only when it passed. */
void helped_fit(struct arena *a, const struct answers *answers, int32_t skill_n,
                struct transit_model *out, struct helped *report);

#endif
