/* casetree.h: the tree of a competency framework: what stands under what and in which
 * order, which of its items can be skills of a map, and in which unit. Pure. */
#ifndef WAYMARK_LEARN_CASETREE_H
#define WAYMARK_LEARN_CASETREE_H

#include "base/map.h"
#include "base/vec.h"
#include "file/case.h"

struct casetree {
    struct arena *a;
    const struct case_package *p;
    struct map *by_id; /* identifier -> struct case_item * */
    int32_t *parent;   /* of each item, or -1: at the top */
    int32_t *depth;    /* 1 = at the top */
    int32_t *order; /* every item, parents first, as a reader of the framework sees them
                        */
    int32_t *parts; /* how many items stand under it that could be skills */
    int32_t *label_of; /* of a translation: the item that it says again; else -1 */
    int32_t *level;    /* hasSkillLevel: that item; else -1 */
    bool *is_level;    /* it is the level of others, no skill */
    bool *linked;      /* a `precedes` names it */
    bool *ended;       /* its statusEndDate is over */
    bool *selected;
    struct vec notes; /* struct str: what was odd about the tree */
    /* replacedBy inside the package, as lists */
    int32_t *heir_first;
    int32_t *heir_next; /* by link */
    struct map *units;  /* title -> int32_t *item */
};

/* `codes`: parts to take, each by humanCodingScheme or identifier, with all that stands
 * under it; none of them: everything. NULL with ERR_NOTFOUND, which names what there is
 * not. now_ms says what has ended. */
struct casetree *casetree_new(struct arena *a, const struct case_package *p,
                              const struct str *codes, size_t codes_n, int64_t now_ms,
                              struct err *e);

/* Index of an item by its identifier, or -1. */
int32_t casetree_find(const struct casetree *t, struct str id);

/* What an item was replaced by, at the end of the chain: up to `max` items that are not
 * replaced themselves. 0: it was not. */
size_t casetree_heirs(const struct casetree *t, int32_t item, int32_t *out, size_t max);

/* May the item be a skill? Selected, in force, no translation nor level, and either
 * nothing stands under it or a `precedes` speaks of it. */
bool casetree_is_skill(const struct casetree *t, int32_t item);

/* Its short text, or the beginning of its statement, of at most `max` bytes. */
struct str casetree_title(struct arena *a, const struct case_item *item, size_t max);

/* The unit of a skill: what stands `level` steps below the top (1 = at the top), or
 * directly above it (level 0). Two items with one title get different ones. */
struct str casetree_unit(struct casetree *t, int32_t item, int64_t level);

#endif
