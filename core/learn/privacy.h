/* privacy.h: what is kept about one person in a whole deployment, in numbers; for the
 * person, or for an administrator who was asked by them. */
#ifndef WAYMARK_LEARN_PRIVACY_H
#define WAYMARK_LEARN_PRIVACY_H

#include "learn/learn.h"
#include "store/request.h"

#define PRIVACY_COURSES 200 /* listed */

struct privacy_course {
    struct str title;
    bool active;
    int64_t evidence_n;  /* entries of the ledger */
    int64_t decisions_n; /* what was decided or said about them */
};

struct privacy {
    struct str name; /* or a label made from the id */
    bool has_name;
    int64_t marks_n; /* of other names: core/learn/who.h */
    int64_t classes_n; /* memberships that the district told (learn/district.h) */
    int64_t since_ms;
    struct privacy_course *courses;
    size_t courses_n;
    struct request *requests; /* newest first */
    size_t requests_n;
};

/* 1 found, 0 nothing is kept about that person, -1. Notes who looked. */
int privacy_read(struct learn *l, int64_t person_id, int64_t by_person_id,
                 struct privacy *out, struct err *e);

#endif
