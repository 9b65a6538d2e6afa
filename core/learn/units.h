/* units.h: the units of the map in force, as links and columns in the LMS name them. */
#ifndef WAYMARK_LEARN_UNITS_H
#define WAYMARK_LEARN_UNITS_H

#include "engine/unit.h"
#include "learn/learn.h"

struct units_row {
    struct str title;
    struct str slug; /* engine/unit.h; where two units share one the first has it */
    int64_t skills;
};

/* In the map's order; none where there is no map. One read. */
int units_read(struct learn *l, struct units_row **rows, size_t *n, struct err *e);

#endif
