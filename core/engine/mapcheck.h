/* mapcheck.h: what may be wrong with a skill map beyond its form: cycles, dead ends,
 * skills that nothing leads to. Used by mapdoc.c. */
#ifndef WAYMARK_ENGINE_MAPCHECK_H
#define WAYMARK_ENGINE_MAPCHECK_H

#include "engine/mapdoc.h"

/* Note a problem; those beyond MAPDOC_MAX_PROBLEMS are only counted. `id` is static. */
void mapcheck_note(struct arena *a, struct mapdoc_report *r, bool fatal, const char *id,
                   struct str path, struct str text);

/* Name every cycle of the prerequisites (hard and soft), each once, by the codes along
 * it. The map need not be linked. Linear. */
void mapcheck_cycles(struct arena *a, const struct skill_map *m, struct mapdoc_report *r);

/* Coverage and warnings of a linked map: skills that stand alone, lead to no target, lock
 * others though no activity can prove them, or never open by what activities prove. */
void mapcheck_graph(struct arena *a, const struct skill_map *m, struct mapdoc_report *r);

#endif
