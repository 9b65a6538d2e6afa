/* head.h: what the pages' read models share. */
#ifndef WAYMARK_LEARN_HEAD_H
#define WAYMARK_LEARN_HEAD_H

#include "learn/learn.h"
#include "store/source.h"

#define HEAD_TOLD_MS (INT64_C(24) * 3600000)

/* Do the states that a page shows go with what is in force? */
struct head_fresh {
    struct str owed;    /* what is newer than these states, which wait to be worked out
                         * anew: map, models or ties; empty: nothing */
    struct str because; /* they were worked out anew because that changed (map, models,
                         * rules), and the person has not seen it for HEAD_TOLD_MS yet */
    int64_t because_ms;
    bool untold;         /* nobody told the person yet */
    bool working;        /* everybody is being worked out, or waits for it */
    int64_t done, total; /* how far that is; total 0: it has not begun */
};

/* The head of every page. */
struct head {
    struct str title;
    struct str map_title;
    int64_t map_version; /* 0: no map */
    int64_t roster_ms, grades_ms, states_ms;
    int64_t begun_ms, wanted_ms; /* of readings: see learn/reading.h */
    bool is_copy;                /* its map came along from another course */
    struct str copied_from;      /* that course's title */
    struct head_fresh fresh;
    int64_t run_ms;   /* when the person's states were worked out; 0: never */
    int64_t as_of_ms; /* the oldest of the complete readings of results; 0: none yet */
    int64_t floor;    /* percentage that the coverage is below (floor.h), or 0 */
    size_t pending;   /* over all sources */
    struct source *sources;
    size_t sources_n;
};

/* One read. 1, 0 when there is no such course, -1. */
int head_read(struct learn *l, struct db *db, int64_t person_id, struct head *out,
              struct err *e);

/* Note who looked at what; about_id 0: nobody in particular. Inside a transaction. */
int head_looked(struct learn *l, struct db *db, int64_t by_person_id, const char *page,
                int64_t about_id, struct err *e);

/* A title in the language of l, out of a column of titles (a JSON object, or empty);
 * copied. */
struct str head_title(struct learn *l, struct str title, struct str titles);

/* The name that `sealed` holds, or a label made from the id when there is none. */
struct str head_name(struct learn *l, int64_t person_id, struct str sealed);

#endif
