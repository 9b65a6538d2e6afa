/* fliplock.h: the least new evidence that opens a lock (flip.h has the space of changes).
 *
 * Of each requirement that is missing one skill is chosen. Where no new row on one of
 * them tells about another, each needs its own least change, and together these are the
 * least. Where rows do, k_j new rows go to the j-th, with one share and one (first,
 * days) for all; every (k_j) is looked at when there are at most FLIPLOCK_SKILLS. Every
 * choice is looked at while there are at most FLIPLOCK_CHOICES. Beyond that `least` is
 * false: the change opens the lock, and perhaps a smaller one would. With other scores
 * (not forward) only a lock that waits for one requirement is looked at; the rest are as
 * forward. */
#ifndef WAYMARK_ENGINE_FLIPLOCK_H
#define WAYMARK_ENGINE_FLIPLOCK_H

#include "engine/flip.h"

#define FLIPLOCK_SKILLS 3
#define FLIPLOCK_CHOICES 16

/* For a skill that is not ready; found is false when a person closed it, or nothing in
 * the space does it. */
struct flip fliplock_ready(struct flip_person *p, int32_t skill, bool forward);

/* The same where that did not open it: something else that the skill needs is met today
 * and would not be by then, because the new rows tell about it too, or time passes. */
struct flip fliplock_keeping(struct flip_person *p, int32_t skill);

#endif
