/* casemap.h: a competency framework (file/case.h) as a skill map: a new one, or added to
 * the map that is there. Pure: the document comes out, nobody publishes it here.
 *
 * Items without parts become skills; what stands above them, units; `precedes` becomes a
 * prerequisite that locks, isRelatedTo one that advises. A skill keeps its code for good:
 * it is known by the item's identifier. Where an item was replaced (replacedBy), the new
 * skill replaces the old one, with its prerequisites, activities and evidence
 * (learn/mapcarry.h). What a person has changed in the map stays. */
#ifndef WAYMARK_LEARN_CASEMAP_H
#define WAYMARK_LEARN_CASEMAP_H

#include "engine/skill.h"
#include "file/case.h"

struct casemap_opt {
    const struct str *codes; /* parts to take, by code or identifier; none: everything */
    size_t codes_n;
    int64_t unit_level; /* 0: the unit is what stands directly above (casetree.h) */
    int64_t now_ms;
};

enum casemap_kind {
    CASEMAP_NEW,      /* a skill that the map did not have */
    CASEMAP_CHANGED,  /* its words or its place in the framework changed */
    CASEMAP_REPLACED, /* gone; `text` names what took its place */
    CASEMAP_MATCHED,  /* not added: exactMatchOf a skill that is there */
    CASEMAP_ENDED,    /* no longer in force, and nothing replaced it: stays in the map */
    CASEMAP_GONE,     /* the framework does not have it any more: stays in the map */
    CASEMAP_LEFT_OUT, /* a prerequisite: `text` says which and why */
    CASEMAP_NOTE,     /* something odd */
    CASEMAP_KINDS
};

struct casemap_change {
    enum casemap_kind kind;
    struct str code; /* of the skill, or empty */
    struct str text;
};

struct casemap_plan {
    struct str document; /* the map, in its canonical form */
    const struct skill_map *map;
    struct casemap_change *changes; /* by kind, then in the order of the map */
    size_t changes_n;
    size_t counts[CASEMAP_KINDS];
    size_t hard_added, soft_added; /* prerequisites that the map did not have */
    size_t outside_n; /* prerequisites that lead out of what was taken: left alone */
    bool same;        /* as a document, it is the map that was there */
};

/* `before` may be NULL: a map from nothing. -1: ERR_NOTFOUND (no such part), ERR_LIMIT
 * (more skills than a map may hold), ERR_INPUT (nothing in it can be a skill). */
int casemap_plan(struct arena *a, const struct case_package *p,
                 const struct skill_map *before, const struct casemap_opt *opt,
                 struct casemap_plan *out, struct err *e);

#endif
