/* fitdata.h: what people answered, as the fits take it: of all courses of a tenant that
 * have one map in force, only rows that count (engine/count.h), people as numbers. */
#ifndef WAYMARK_LEARN_FITDATA_H
#define WAYMARK_LEARN_FITDATA_H

#include "engine/answers.h"
#include "engine/skill.h"
#include "engine/transit.h"
#include "learn/learn.h"

#define FITDATA_ROWS_MAX 300000 /* beyond, no more people are read: 250 MB of a fit */

/* One side of the split. `of_items` has a row for each row that counts; `of_skills` one
 * for each skill that it proves something about; `begun` the skills in the order in which
 * each person began them. */
struct fitdata_side {
    struct answers of_items;
    struct answers of_skills;
    struct transit_rows begun;
};

struct fitdata {
    const struct skill_map *map;
    struct fitdata_side train, held; /* held: people whose id has CRC-32 0 mod 5 */
    struct str *items;               /* by number: ACTIVITY, or ACTIVITY:QUESTION */
    size_t item_n;
    int64_t rows, persons; /* of both sides */
    size_t courses;
    bool cut; /* there was more than FITDATA_ROWS_MAX */
};

/* `map` is the one whose skills are meant; others of its code are read by their codes.
 * Some reads a course and one for every hundred people. `beat` (may be NULL) is called
 * now and then; -1 stops. */
int fitdata_read(struct learn *l, const struct skill_map *map,
                 int (*beat)(void *ctx, struct err *e), void *ctx, struct fitdata *out,
                 struct err *e);

#endif
