/* gap.h: what lies between a person and a goal: the skills that are not held yet, in an
 * order in which they can be learnt. Pure and linear in skills and prerequisites. */
#ifndef WAYMARK_ENGINE_GAP_H
#define WAYMARK_ENGINE_GAP_H

#include "engine/skill.h"

struct gap_step {
    int32_t skill;
    int32_t level; /* how far: index of the map's levels, or SKILL_MASTERED */
    bool goal;     /* a target itself */
    bool behind;   /* only skills that are held already rest on it: a gap, but no lock */
    struct skill_want any; /* n > 1: any of these would do, this one is the nearest */
};

/* Goals and everything that they rest on, however far down, as far as it is not held to
 * the level that is asked for; of several levels the highest counts. Of a group that is
 * not met the way with the fewest open steps is taken (steps that two ways share are
 * counted in both); what is held through a group asks no more of its other members. */
size_t gap_work(struct arena *a, const struct skill_map *m,
                const struct skill_goal *goals, size_t goal_n, skill_holds_fn holds,
                void *ctx, struct gap_step **out);

#endif
