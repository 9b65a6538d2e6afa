/* closing.h: what was shown, and how each offer closed (engine/offer.h). Closings are
 * only ever added; the same one twice is one row. */
#ifndef WAYMARK_STORE_CLOSING_H
#define WAYMARK_STORE_CLOSING_H

#include "db/db.h"

/* One view of somebody's next steps. */
struct exposure {
    int64_t exposure_id;
    int64_t at_ms;
    struct str shown; /* JSON array: skill, activity, rank, propensity, reason, arm */
};

/* Views of one person after since_ms, oldest first. One read. */
int closing_exposures(struct db *db, struct arena *a, int64_t tenant_id,
                      int64_t course_id, int64_t person_id, int64_t since_ms,
                      struct exposure **rows, size_t *n, struct err *e);

struct closing {
    int64_t person_id;
    struct str skill_code;
    int64_t first_ms;
    int64_t exposure_id;
    int64_t activity_id; /* 0: none */
    int64_t rank;
    int64_t views;
    struct str reason;
    double propensity;
    struct str arm;   /* EXPERIMENT/ARM, or empty */
    double arm_share; /* with which probability it was that arm */
    struct str fate;  /* taken, swapped, ignored */
    int64_t by_id;    /* evidence, or 0 */
    int64_t by_ms;    /* or 0 */
    bool has_p;
    double p_before, p_after;
    int64_t next_id; /* evidence, or 0: no result within the week */
    int64_t next_ms;
    double next_share;
    int64_t closed_ms;
};

/* Rows added (0 or 1), or -1. */
int64_t closing_add(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct closing *c, struct err *e);

/* The newest of each skill of one person: skill_code and first_ms are set. */
int closing_last(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t person_id, struct closing **rows, size_t *n, struct err *e);

/* Offers first seen from since_ms on, by person and time, at most `limit`. */
int closing_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t since_ms, int64_t limit, struct closing **rows, size_t *n,
                 struct err *e);

/* How many of one reason met one fate. */
struct closing_sum {
    struct str reason, fate;
    int64_t n;
    int64_t next_n;    /* with a result within the week ... */
    double next_share; /* ... its mean share */
    double gain;       /* mean change of mastery within the week */
};

/* Of offers first seen from since_ms on, by reason and fate. One read. */
int closing_sums(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t since_ms, struct closing_sum **rows, size_t *n, struct err *e);

/* Up to when everything that a course showed has closed; 0: nothing yet. */
int closing_until(struct db *db, int64_t tenant_id, int64_t course_id, int64_t *until_ms,
                  struct err *e);
int closing_until_set(struct db *db, int64_t tenant_id, int64_t course_id,
                      int64_t until_ms, struct err *e);

#endif
