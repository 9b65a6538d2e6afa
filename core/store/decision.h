/* decision.h: what people decided. Append only; it outranks the engine. */
#ifndef WAYMARK_STORE_DECISION_H
#define WAYMARK_STORE_DECISION_H

#include "base/env.h"
#include "db/db.h"

struct decision {
    int64_t decision_id;
    int64_t person_id; /* about whom */
    int64_t by_person_id;
    struct str kind;    /* see learn/decide.h */
    struct str subject; /* rule code, skill code, or empty */
    struct str facts;   /* JSON object */
    int64_t until_ms;   /* 0: no end */
    int64_t at_ms;
};

/* Adds one; d->decision_id is set here. */
int decision_add(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                 struct decision *d, struct err *e);

/* Decisions made in a course at or after since_ms, oldest first: all about one person, or
 * with person_id 0 those about everybody's flags. One read. */
int decision_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  int64_t person_id, int64_t since_ms, struct decision **rows, size_t *n,
                  struct err *e);

/* What students of a course said since since_ms and where a teacher marked it as done,
 * newest first, once a person, kind and subject, at most 500: person_id, kind, subject
 * and at_ms are set. One read. */
int decision_said(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                  int64_t since_ms, struct decision **rows, size_t *n, struct err *e);

#endif
