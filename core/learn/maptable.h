/* maptable.h: a skill map out of tables (file/mapcsv.h), and tables out of a map. Pure.
 */
#ifndef WAYMARK_LEARN_MAPTABLE_H
#define WAYMARK_LEARN_MAPTABLE_H

#include "engine/skill.h"
#include "file/mapcsv.h"

struct maptable_opt {
    struct str code; /* of a new map; empty: that of the map before, or "table" */
    struct str title;
    bool leave_out_circles; /* prerequisites that would close one; else they stay in the
                               document, and whoever reads it names the circle */
};

struct maptable_plan {
    struct str document;  /* of the map, to be checked and published (mapfile.h) */
    struct str *problems; /* why it cannot be used; the document is empty then */
    size_t problems_n;
    struct str *left_out; /* each prerequisite that was left out, and its circle */
    size_t left_out_n;
};

/* What a table does not say (numbers, levels, paths, activities; members of a skill that
 * have no column or an empty cell) stays as `before` has it (NULL: a new map). A table of
 * skills is the whole map; one of prerequisites alone says them for every skill, and adds
 * skills. Rows that could not be read are problems too. */
void maptable_plan(struct arena *a, const struct mapcsv *t,
                   const struct skill_map *before, const struct maptable_opt *opt,
                   struct maptable_plan *out);

/* A map as tables; linked. */
void maptable_of(struct arena *a, const struct skill_map *m, struct mapcsv *out);

#endif
