/* placement.h: which skills a newcomer has, found out with few questions.
 *
 * A knowledge state is a set of skills that holds what its members require (Doignon &
 * Falmagne 1985, "Spaces for the assessment of knowledge"). The states are drawn from the
 * map: an ability between "nearly nothing" and "nearly everything", then each skill in
 * the order of the map, at its ability's chance, when what it needs is there. Answers
 * weigh the states (guess and slip of the skill's tracing parameters); the next question
 * is the one that leaves the fewest skills misjudged on average, and it ends when that
 * is few, or after `max` questions. The states are drawn from a fixed seed: the same
 * answers give the same questions. */
#ifndef WAYMARK_ENGINE_PLACEMENT_H
#define WAYMARK_ENGINE_PLACEMENT_H

#include "engine/skill.h"

#define PLACEMENT_QUESTIONS 15 /* at most (FEATURES 31) */
#define PLACEMENT_DONE 0.03 /* ends when so small a share is expected to be misjudged */

struct placement;

/* For maps of at most PLACEMENT_SKILLS; `max` questions at most. */
#define PLACEMENT_SKILLS 300
struct placement *placement_new(struct arena *a, const struct skill_map *m, int32_t max);

/* The skill to ask about next, or -1: it is over. A skill may be asked about again. */
int32_t placement_next(struct placement *p);

/* Tell what came of it. */
void placement_answer(struct placement *p, int32_t skill, bool right);

/* The chance that the person has each skill: p_has[skill_n]; and how many were asked. */
void placement_read(const struct placement *p, double *p_has, int32_t *asked);

/* For a newcomer without an answer: how much an answer on each of `skills` would tell
 * about all skills of the map, as a sum of covariances; any size of map. Fills worth[n].
 */
void placement_worth(struct arena *a, const struct skill_map *m, const int32_t *skills,
                     size_t n, double *worth);

#endif
