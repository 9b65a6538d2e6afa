/* mappath.h: levels, prerequisites and paths of a map document, read and written. Used by
 * mapdoc.c. */
#ifndef WAYMARK_ENGINE_MAPPATH_H
#define WAYMARK_ENGINE_MAPPATH_H

#include "engine/mapread.h"

/* "levels" of the document. */
void mappath_levels(struct mapread *rd, const struct js *doc, struct skill_map *m);

/* "hard", "any" and "soft" of a skill; the codes are indexed. */
void mappath_needs(struct mapread *rd, const struct skill_map *m, const struct js *v,
                   struct str path, struct skill *s);

/* "paths" and "targets" of the document; without either the course leads to every skill
 * that no other needs. */
void mappath_paths(struct mapread *rd, const struct js *doc, struct skill_map *m);

/* The members again. What is not used is not written, but for the lists hard, soft and
 * targets. */
void mappath_write_needs(struct arena *a, const struct skill_map *m,
                         const struct skill *s, struct js *o);
void mappath_write(struct arena *a, const struct skill_map *m, struct js *o);

/* The goals of a path as a document has them: codes, or {"skill", "level"}. */
struct js *mappath_goals(struct arena *a, const struct skill_map *m,
                         const struct skill_path *p);

/* "course", "role", "career". */
const char *mappath_kind(enum skill_path_kind kind);

#endif
