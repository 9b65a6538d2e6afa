/* mapcarry.h: what a new version of a map takes over from the one before it, where a
 * skill was replaced by another. Evidence itself is never rewritten: the new version
 * knows by which codes its skills were known ("replaces"), and reads accordingly. */
#ifndef WAYMARK_LEARN_MAPCARRY_H
#define WAYMARK_LEARN_MAPCARRY_H

#include "engine/skill.h"
#include "learn/learn.h"

/* `now` with all that is known of replaced skills: what `before` says of skills that are
 * gone (replaced_by) and what it had taken over itself. What `now` says goes first. The
 * same map comes back when nothing is to be added. Both are linked. */
const struct skill_map *mapcarry_replaced(struct arena *a, const struct skill_map *before,
                                          const struct skill_map *now);

/* Links of the version before to skills that were replaced, as links of map_id to what
 * replaces them; an activity that map_id's rules speak about already is left alone, and
 * so is what a person tied. Rows written, or -1. Inside the caller's transaction, after
 * ties_apply, which then goes over it again. */
int64_t mapcarry_links(struct learn *l, const struct skill_map *m, int64_t before_id,
                       int64_t map_id, struct err *e);

#endif
