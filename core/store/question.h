/* question.h: what the answers of students ask of a course's map, and what people
 * said. */
#ifndef WAYMARK_STORE_QUESTION_H
#define WAYMARK_STORE_QUESTION_H

#include "base/env.h"
#include "db/db.h"

struct question {
    struct str kind; /* drop, add */
    struct str from, to;
    int64_t n, without, showed;
    double expected, low, high, score;
    struct str state; /* open, kept, accepted */
    int64_t decided_n;
    int64_t by_person_id;
    int64_t at_ms;
    int64_t found_ms;
};

/* All of a course, best first. One read. */
int question_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  struct question **rows, size_t *n, struct err *e);
int question_put(struct db *db, int64_t tenant_id, int64_t course_id,
                 const struct question *q, struct err *e);

/* Open ones that were not found since `ms` go. */
int question_drop(struct db *db, int64_t tenant_id, int64_t course_id, int64_t ms,
                  struct err *e);

#endif
