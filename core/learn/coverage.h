/* coverage.h: how well the activities of a course cover its skill map. */
#ifndef WAYMARK_LEARN_COVERAGE_H
#define WAYMARK_LEARN_COVERAGE_H

#include "engine/skill.h"
#include "learn/learn.h"
#include "store/activity.h"
#include "store/mapstore.h"

#define COVERAGE_ITEMS 3 /* scored items that a skill should have */

struct coverage_skill {
    size_t activities; /* visible ones that are tied to it, material too */
    size_t items;      /* scored questions, or scored activities tied as a whole */
    bool provable;     /* items > 0: somebody can show it */
};

struct coverage {
    size_t activities; /* visible, and none of our own links */
    size_t tied;       /* of these: with a skill */
    size_t hidden;
    size_t skills;
    size_t with_activity;
    size_t with_items;               /* at least COVERAGE_ITEMS scored items */
    size_t provable;                 /* at least one */
    const struct skill_map *map;     /* NULL: the course has none, all of skills are 0 */
    struct coverage_skill *by_skill; /* `skills` rows, by ord */
};

/* What it is worked out from; the caller may have read it anyway. */
struct coverage_in {
    const struct skill_map *map;
    const struct activity *activities;
    size_t activities_n;
    const struct map_link *links;
    size_t links_n;
    const struct activity_item *items; /* known questions */
    size_t items_n;
    const int64_t *own; /* activities that are our own links: they prove nothing */
    size_t own_n;
};

/* A whole quiz counts as many items as questions of it are known. A tie of weight 0, or
 * below half, is no scored item. */
void coverage_of(struct arena *a, const struct coverage_in *in, struct coverage *out);

/* The same, read: a fixed number of reads. Inside the caller's transaction or none. */
int coverage_read(struct learn *l, struct coverage *out, struct err *e);

/* Activities of the course that are our own links. One read. */
int coverage_own(struct learn *l, int64_t **ids, size_t *n, struct err *e);

#endif
