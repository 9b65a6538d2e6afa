/* mapdiff.h: what is different between two versions of a skill map. Pure. */
#ifndef WAYMARK_ENGINE_MAPDIFF_H
#define WAYMARK_ENGINE_MAPDIFF_H

#include "engine/skill.h"

enum mapdiff_kind {
    MAPDIFF_ADDED,    /* a skill: now = its title */
    MAPDIFF_REMOVED,  /* a skill that nothing takes the place of: was = its title */
    MAPDIFF_REPLACED, /* was = its title, now = codes of what takes its place */
    MAPDIFF_CHANGED,  /* a member of a skill; field names it */
    MAPDIFF_NEEDS, /* a requirement came (now) or went (was): "A", "A / B at working" */
    MAPDIFF_HELPS, /* the same, of a soft one */
    MAPDIFF_TIES,  /* what an activity tells came (now) or went (was); about: a skill */
    MAPDIFF_PATH,  /* a path came (was empty), went (now empty), or leads elsewhere */
    MAPDIFF_THRESHOLDS, /* a number; field names it */
    MAPDIFF_MAP,        /* a member of the map itself; field names it */
    MAPDIFF_KINDS
};

struct mapdiff_row {
    enum mapdiff_kind kind;
    struct str about;  /* code of the skill, path or level; empty: the map */
    const char *field; /* member of the document, or NULL */
    struct str was;    /* empty: nothing */
    struct str now;
};

struct mapdiff {
    struct mapdiff_row *rows; /* by kind; skills in the order of the newer map */
    size_t n;
    size_t counts[MAPDIFF_KINDS]; /* rows of each kind */
};

/* Both maps are linked. A prerequisite or tie whose skill was replaced by exactly one is
 * the same as before. Two maps with the same document have no rows, and others at least
 * one. */
void mapdiff_work(struct arena *a, const struct skill_map *before,
                  const struct skill_map *now, struct mapdiff *out);

/* "added", "removed", ... */
const char *mapdiff_kind_name(enum mapdiff_kind kind);

/* One line in plain English, without the code that it is about. */
struct str mapdiff_text(struct arena *a, const struct mapdiff_row *row);

#endif
