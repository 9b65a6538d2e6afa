/* who.h: which person of a course a file, a statement or an LMS's own list speaks of.
 *
 * Other names (the school's number, a mail address, a login name, an account) are known
 * as marks: HMAC-SHA-256 with the installation's key, bound to the tenant and the kind.
 * They can be compared and not read. Rosters and connectors note them (who_note). */
#ifndef WAYMARK_LEARN_WHO_H
#define WAYMARK_LEARN_WHO_H

#include "learn/learn.h"

enum who_by {
    WHO_SUB,       /* the LTI user id */
    WHO_LMS_ID,    /* the LMS's own id */
    WHO_SOURCEDID, /* the school's number: lis_person_sourcedid, Moodle's idnumber, SIS id
                    */
    WHO_EMAIL,     /* in any case; "mailto:" in front is left out */
    WHO_LOGIN,     /* user name in the LMS; in any case */
    WHO_ACCOUNT,   /* xAPI: "homePage name" with one blank between */
    WHO_NAME,      /* "Given Family" or "Family, Given", where the LMS shares names */
};

struct who_index;

/* Everybody of the course, active or not. One read. l->keys is needed: without, only
 * WHO_SUB and WHO_LMS_ID find anybody. NULL on error. */
struct who_index *who_index(struct learn *l, struct err *e);

/* person_id; 0: nobody of the course; -1: more than one. An empty value is nobody. */
int64_t who_find(struct who_index *x, enum who_by by, struct str value);

/* Is the person an active or former learner of the course (not of the staff alone)? */
bool who_is_learner(const struct who_index *x, int64_t person_id);

/* The name that the LMS shares, or empty. */
struct str who_name(struct who_index *x, int64_t person_id);

/* By which other names somebody goes. Empty fields are not told. */
struct who_note {
    struct str sub; /* the LTI user id; a row of nobody known is left out */
    struct str sourcedid, email, login, account;
};

/* Note the names of many, in one transaction; what is known already is not written again.
 * A few hundred a call is a good size. */
int who_note(struct learn *l, const struct who_note *rows, size_t n, struct err *e);

struct personalias_person; /* store/personalias.h */

/* The same for one person, inside the caller's transaction. `known` is what is noted. */
int who_note_one(struct learn *l, const struct personalias_person *known,
                 const struct who_note *row, struct err *e);

/* The mark of a value (32 hex digits); empty when there is nothing to mark. `by` is one
 * of WHO_SOURCEDID to WHO_ACCOUNT. */
struct str who_mark(struct arena *a, const struct keyring *keys, int64_t tenant_id,
                    enum who_by by, struct str value);

#endif
