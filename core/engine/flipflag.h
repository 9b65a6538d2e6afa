/* flipflag.h: the least change of evidence that would withdraw a flag (flip.h).
 *
 * The space, by kind of rule:
 *  - not opened: one visit now.
 *  - missing: work handed in, without a mark, in activities that are missing, in the
 *    order of the rule's list. Each activity is missing by itself, so the fewest rows
 *    are as many as there are too many.
 *  - low checks, off usual: one new result, now, in the activity of the newest result, by
 *    its route; or another, higher score of one of the `tail` newest rows that the flag
 *    stands on. The share is a multiple of 1/grid.
 * That more right answers withdraw such a flag sooner is plain from the rules (risk.h): a
 * result above a line ends a run below it. Every step of the search is a run of
 * engine_person on a copy, so what is found has been replayed. */
#ifndef WAYMARK_ENGINE_FLIPFLAG_H
#define WAYMARK_ENGINE_FLIPFLAG_H

#include "engine/flip.h"

/* For out->flags[flag]; `forward`: new rows only. */
struct flip flipflag_gone(struct flip_person *p, size_t flag, bool forward);

#endif
