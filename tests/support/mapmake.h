/* mapmake.h: small and random skill maps, and a seeded generator, for tests. */
#ifndef WAYMARK_TESTS_MAPMAKE_H
#define WAYMARK_TESTS_MAPMAKE_H

#include "engine/skill.h"

/* xorshift64*: the same numbers for the same seed. */
uint64_t mapmake_next(uint64_t *seed);
double mapmake_unit(uint64_t *seed);              /* 0 <= x < 1 */
int32_t mapmake_below(uint64_t *seed, int32_t n); /* 0 <= k < n */

/* A linked map with codes S0, S1, ... and no edges; targets: the last skill. */
struct skill_map *mapmake_plain(struct arena *a, size_t n);

/* Let `skill` need `need`; call mapmake_link when all edges are in. */
void mapmake_need(struct arena *a, struct skill_map *m, int32_t skill, int32_t need,
                  bool hard);
/* ... one of a group (number from 1): of its members one suffices. */
void mapmake_any(struct arena *a, struct skill_map *m, int32_t skill, int32_t need,
                 int32_t group);
void mapmake_link(struct arena *a, struct skill_map *m);

/* An acyclic map of 1 to 40 skills with random prerequisites (hard, in groups, soft) and
 * targets.
 */
struct skill_map *mapmake_random(struct arena *a, uint64_t *seed);

#endif
