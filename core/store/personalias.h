/* personalias.h: other names of a person: the school's number, a mail address, a login
 * name, an account. Kept as keyed marks only (learn/who.h makes them), so that a file or
 * a statement can be matched, and nothing can be read out of the table. */
#ifndef WAYMARK_STORE_PERSONALIAS_H
#define WAYMARK_STORE_PERSONALIAS_H

#include "db/db.h"

#define PERSONALIAS_FRESH_MS ((int64_t)30 * 24 * 3600 * 1000) /* so long not noted anew */

struct personalias {
    struct str kind; /* sourcedid, email, login, account */
    struct str mark;
    int64_t seen_ms;
};

/* Somebody of a course. */
struct personalias_person {
    int64_t person_id;
    struct str sub, lms_id, name_sealed; /* empty: not known */
    bool is_learner, active;
    struct personalias *marks;
    size_t marks_n;
};

/* Everybody of the course, active or not. One read. */
int personalias_course(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, struct personalias_person **rows, size_t *n,
                       struct err *e);

/* Marks as statements join them, "kind:mark:seen kind:mark:seen", into `p`. */
void personalias_split(struct arena *a, struct str text, struct personalias_person *p);

/* The person with that `sub` and the marks of the person; person_id 0: nobody. One read.
 */
int personalias_by_sub(struct db *db, struct arena *a, int64_t tenant_id, struct str sub,
                       struct personalias_person *out, struct err *e);

/* Note one mark; nothing is written when `known` has it, noted less than 30 days ago. */
int personalias_put(struct db *db, int64_t tenant_id,
                    const struct personalias_person *known, struct str kind,
                    struct str mark, int64_t now_ms, struct err *e);

/* Forget marks that nobody has told since. Number of rows, or -1. */
int64_t personalias_purge(struct db *db, int64_t before_ms, struct err *e);

#endif
