/* district.h: a OneRoster export (file/oneroster.h) taken in: structure is kept, names
 * are not.
 *
 * People stand as keyed marks of the district's number, beside the person of this tenant
 * where that number, a mail address or a login name is known (learn/who.h); the names
 * themselves are looked at and forgotten. What a newer file ends (tobedeleted, or missing
 * from a bulk file) is marked as ended and stays; demographics are deleted then. The same
 * file again changes nothing. */
#ifndef WAYMARK_LEARN_DISTRICT_H
#define WAYMARK_LEARN_DISTRICT_H

#include "file/oneroster.h"
#include "learn/learn.h"

struct district_counts {
    int64_t added, changed, ended, same;
    int64_t older; /* said something that a younger file had corrected: left alone */
};

struct district_opt {
    bool dry_run; /* find out, write nothing */
    bool all_or_nothing;
    /* How far it is: after each table, and every 10,000 rows. May be NULL. */
    void (*progress)(void *ctx, enum oneroster_file file, int64_t rows);
    void *ctx;
};

struct district_result {
    struct district_counts of[ONEROSTER_FILES];
    bool refused;      /* all_or_nothing, and something was wrong: nothing was written */
    int64_t persons;   /* different people of the export's memberships */
    int64_t known;     /* ... that this tenant knows */
    bool kept_missing; /* what a bulk file lacks was not ended: it had bad rows */
};

/* `l` names the tenant; its course is not looked at. Errors of rows are in `o` and not
 * errors here. -1: a damaged archive, a limit, the database. */
int district_import(struct learn *l, struct oneroster *o, const struct district_opt *opt,
                    struct district_result *out, struct err *e);

#endif
