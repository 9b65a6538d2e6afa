/* source.h: how each source of a course is doing, for "data as of" and for people who ask
 * why something is missing. */
#ifndef WAYMARK_STORE_SOURCE_H
#define WAYMARK_STORE_SOURCE_H

#include "db/db.h"

struct source {
    struct str source; /* roster, grades, quizzes */
    int64_t ok_ms;     /* start of the last complete reading, or 0 */
    int64_t tried_ms;
    int64_t rows_n;
    int64_t pending_n; /* seen, but not in yet */
    struct str error;  /* of the last try, in words; empty when it went well */
};

/* A complete reading that began at read_ms. Also sets course.roster_ms or
 * course.grades_ms for the sources "roster" and "grades". */
int source_ok(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
              int64_t read_ms, int64_t rows_n, int64_t pending_n, struct err *e);

/* At read_ms the source said that nothing had changed: what was read stands. 1 noted; 0:
 * it was never read, or failed the last time, so nothing stands; -1. */
int source_same(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
                int64_t read_ms, struct err *e);

/* A try at read_ms that failed: what was known stays, with the reason beside it. */
int source_failed(struct db *db, int64_t tenant_id, int64_t course_id, struct str source,
                  int64_t read_ms, struct str reason, struct err *e);

/* By name. One read. */
int source_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                struct source **rows, size_t *n, struct err *e);

#endif
