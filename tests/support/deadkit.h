/* deadkit.h: seeded courses for the dead-end prover: sound by the way they are made,
 * broken in one place that matters, or just anything. */
#ifndef WAYMARK_TESTS_DEADKIT_H
#define WAYMARK_TESTS_DEADKIT_H

#include "engine/deadend.h"

#define DEADKIT_NOW ((int64_t)1790000000000)

/* Every skill has a quiz of its own that may be tried without end and opens by what comes
 * before it in the map's order alone; beside it anything: attempts that run out, grades,
 * quizzes of several skills, groups, levels, unlock rules, locks of the LMS, dates. */
struct deadend_in *deadkit_sound(struct arena *a, uint64_t *seed, int32_t skills);

/* A sound one with a defect at a skill that every way to the target leads through.
 * `what` names it. */
struct deadend_in *deadkit_broken(struct arena *a, uint64_t *seed, int32_t skills,
                                  const char **what);

/* Anything, small: up to `skills` skills and about as many activities. */
struct deadend_in *deadkit_any(struct arena *a, uint64_t *seed, int32_t skills);

#endif
