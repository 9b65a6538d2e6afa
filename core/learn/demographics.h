/* demographics.h: the table demographics of a OneRoster export, kept for the audit of
 * fairness alone, and told in counts only. Knows no name and no person. */
#ifndef WAYMARK_LEARN_DEMOGRAPHICS_H
#define WAYMARK_LEARN_DEMOGRAPHICS_H

#include "base/map.h"
#include "learn/district.h"

/* Take the table in. `gone` has the marks of people who left: theirs is deleted, as is
 * what the file ends or, being a bulk file without bad rows, does not have. */
int demographics_import(struct learn *l, struct oneroster *o, const struct map *gone,
                        const struct district_opt *opt, struct district_counts *out,
                        struct err *e);

#define DEMOGRAPHICS_LEAST 10 /* a smaller number is not told */

/* One answer to one question, such as "asian": "true"; "" is "not said". */
struct demographics_cell {
    struct str question;
    struct str answer;
    int64_t n;
    bool hidden; /* below the least, or another hidden cell could be worked out from it */
};

/* Every cell of a tenant, by question. *total is 0 when it is below the least itself. */
int demographics_cells(struct learn *l, struct demographics_cell **cells, size_t *n,
                       int64_t *total, struct err *e);

#endif
