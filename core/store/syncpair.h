/* syncpair.h: which attempts of whom at which quiz have been read.
 *
 * The grade book tells when a person's grade of a quiz changed last; reading the attempts
 * takes a call for each person and quiz. So what was told is noted here beside what was
 * done: a reading fetches only what differs, and goes on after a crash where it was. */
#ifndef WAYMARK_STORE_SYNCPAIR_H
#define WAYMARK_STORE_SYNCPAIR_H

#include "base/map.h"
#include "db/db.h"

struct syncpair {
    struct str quiz; /* the LMS's id of it */
    struct str sub;  /* the person */
    struct str told; /* changes whenever there is something new */
};

/* Note what the grade book tells. Joins the caller's transaction. */
int syncpair_tell(struct db *db, int64_t tenant_id, int64_t course_id,
                  const struct syncpair *in, struct err *e);

/* Pairs with something new that were not tried in vain `tries` times, behind (after_quiz,
 * after_sub), in that order, at most `limit`. */
int syncpair_due(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                 int64_t tries, struct str after_quiz, struct str after_sub,
                 int64_t limit, struct syncpair **rows, size_t *n, struct err *e);

/* What was told is in the ledger. */
int syncpair_done(struct db *db, int64_t tenant_id, int64_t course_id,
                  const struct syncpair *in, struct err *e);

/* This pair could not be read; its turn comes again with the next reading. */
int syncpair_failed(struct db *db, int64_t tenant_id, int64_t course_id,
                    const struct syncpair *in, struct err *e);

/* How many pairs have something new, or -1. */
int64_t syncpair_count(struct db *db, int64_t tenant_id, int64_t course_id,
                       struct err *e);

/* --- columns of our own links ------------------------------------------------ */

struct syncpair_item {
    struct str url; /* line item */
    struct str resource_link_id;
    struct str title;
};

/* The line items of the course's links behind `after_url`, in that order, at most one:
 * 1 found, 0 none, -1. */
int syncpair_next_item(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, struct str after_url, struct syncpair_item *out,
                       struct err *e);

/* The ids of our links whose column others fill, which step "results" reads. */
int syncpair_read_links(struct db *db, struct arena *a, int64_t tenant_id,
                        int64_t course_id, struct map **into, struct err *e);

/* The ids that the LMS has for our own links in the course, as keys of `into`. */
int syncpair_own_links(struct db *db, struct arena *a, int64_t tenant_id,
                       int64_t course_id, struct map **into, struct err *e);

#endif
