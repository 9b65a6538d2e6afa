/* scorer.h: four ways to score what could come next, behind one interface.
 *
 *   content        what the person's own results say of the skill: how much of the way to
 *                  mastery a minute brings, whether it is neither too hard nor too easy,
 *                  whether it was begun; to a newcomer: how much it would tell
 *                  (placement.h)
 *   prerequisite   where the skill lies in the map: steps to the nearest goal, whether
 *                  something waits for it alone, advised skills that are missing
 *   collaborative  what learners with such a history did next (transit.h); silent
 *                  before it was fitted to TRANSIT_PEOPLE_MIN learners
 *   bandit         the scorer that an approved experiment lets lead for this person;
 *                  silent without one
 *
 * Each fills numbers of about 0 to 1 for candidates that are all allowed already: no
 * weight can bring back what is mastered or behind a missing hard prerequisite. */
#ifndef WAYMARK_ENGINE_SCORER_H
#define WAYMARK_ENGINE_SCORER_H

#include "engine/recommend.h"

struct scorer_candidate {
    int32_t skill;
    enum recommend_reason reason;
    int32_t distance; /* steps to the nearest goal; INT32_MAX: leads to none */
};

struct scorer {
    const char *name;
    void (*score)(struct arena *a, const struct recommend_in *in,
                  const struct scorer_candidate *v, size_t n, double *out);
};

/* By enum recommend_scorer. */
const struct scorer *scorer_of(enum recommend_scorer which);

/* What the scores are weighted by, unless the course fits its own. */
struct recommend_weights scorer_weights(void);

/* The chance of a right answer on a skill: the predictor's, else that of Bayesian
 * knowledge tracing. */
double scorer_right(const struct recommend_in *in, int32_t skill);

/* Leave one scorer (or new territory) to lead; RECOMMEND_USUAL: 0. */
void scorer_lead(struct arena *a, const struct recommend_in *in, enum recommend_lead lead,
                 const struct scorer_candidate *v, size_t n, double *out);

#endif
