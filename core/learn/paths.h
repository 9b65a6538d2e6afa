/* paths.h: which path a person is on (target skills with levels, engine/skill_path.h),
 * and what lies before its goals. */
#ifndef WAYMARK_LEARN_PATHS_H
#define WAYMARK_LEARN_PATHS_H

#include "engine/gap.h"
#include "learn/learn.h"

#define PATHS_STEPS 40 /* of a gap that are kept with the states; all are counted */

/* The column state_run.gap: {"n": 12, "steps": [{"skill": "A", "level": "working",
 * "to": "Working", "goal": true, "behind": true, "any": ["A", "B"]}]}, canonical. Members
 * that say nothing are left out. */
struct str paths_gap(struct arena *a, const struct skill_map *m,
                     const struct gap_step *steps, size_t n);

struct paths_row {
    struct str code;
    struct str title;
    struct js *titles; /* in other languages; NULL: none */
    struct str about;  /* or empty */
    struct str kind;   /* course, role, career */
    bool chosen;       /* the person's; the first one of whoever did not choose */
};

struct paths_step {
    struct str skill;    /* code */
    struct str to;       /* title of the level that is enough; empty: mastered */
    bool goal;           /* a target itself */
    bool behind;         /* only what is held already rests on it */
    struct str *instead; /* codes that would do as well */
    size_t instead_n;
};

struct paths {
    struct paths_row *rows;
    size_t n;
    bool known;   /* the states were worked out, so the steps mean something */
    bool waiting; /* another path was chosen since */
    struct paths_step *steps;
    size_t steps_n;
    size_t steps_all; /* how many there are in all */
};

/* Three reads. 0, or -1. */
int paths_read(struct learn *l, int64_t person_id, struct paths *out, struct err *e);

/* Does the map in force have this path? 1, 0, -1. One read. */
int paths_has(struct learn *l, struct str code, struct err *e);

#endif
