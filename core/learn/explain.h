/* explain.h: one skill of one person: the state, every row about it and whether it
 * counted, what it was worked out with, and what would change it. */
#ifndef WAYMARK_LEARN_EXPLAIN_H
#define WAYMARK_LEARN_EXPLAIN_H

#include "learn/change.h"
#include "learn/person.h"

#define EXPLAIN_ROWS 50 /* newest rows shown */

struct explain_row {
    struct person_event event;
    const char *why; /* message id: why it did not count; NULL: it did */
};

/* What is worked out anew for staff: both ways, other scores included. */
struct explain_more {
    bool known; /* false: the catalogue or the map changed since; states come soon */
    struct say next, less, open, down;
    int64_t min_rows, min_days, review_days; /* what "mastered" takes, by the map */
    double p_mastered;
};

struct explain {
    struct str name; /* of the person */
    struct panel panel;
    const struct panel_skill *skill;
    const struct panel_card *card; /* NULL: it is not among what is recommended */
    bool worked;                   /* false: nothing was worked out yet */
    bool searched;                 /* false: nobody looked for what would change it yet */
    double p, p_low, p_high;
    struct say mastered, opens; /* what would change the word, and open the lock */
    int64_t as_of_ms;
    struct str map_title;
    int64_t map_version;
    struct str rules_version;
    int64_t models_id;        /* 0: nothing fitted */
    struct explain_row *rows; /* newest first */
    size_t rows_n, rows_all;
    struct explain_more more;
};

struct explain_who {
    int64_t person_id;
    int64_t by_person_id; /* who looks; noted when it is somebody else */
    struct str code;
    bool staff; /* with what is for staff alone */
};

/* 1, 0 when the person is not in the course or the map has no such skill, -1. Five reads
 * beyond the panel's three; for staff the engine runs once for this person, as of the
 * time of the states (README.md says why). */
int explain_read(struct learn *l, const struct explain_who *who, struct explain *out,
                 struct err *e);

#endif
