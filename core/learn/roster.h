/* roster.h: who is in the course, from a complete roster (NRPS, or an LMS's own list).
 *
 * A roster comes in pages over several requests, perhaps with a crash between. Every row
 * that is seen gets the run's mark; only the end of a complete run makes the unseen
 * inactive. Nobody is ever deleted. */
#ifndef WAYMARK_LEARN_ROSTER_H
#define WAYMARK_LEARN_ROSTER_H

#include "learn/learn.h"

struct roster_row {
    struct str sub;    /* the LTI user id */
    struct str name;   /* empty: not shared */
    struct str locale; /* empty: not told */
    struct str lms_id; /* the LMS's own id where its API needs one, or empty */
    struct str sourcedid, email, login; /* other names, kept as marks (who.h), or empty */
    int64_t roles;                      /* bits of lti/msg/role.h */
    bool is_learner;
    bool is_staff;
    bool is_test;
    bool active; /* false: the roster itself says inactive or suspended */
};

/* Keep `run_ms` with the job's checkpoint: a resumed run goes on with the same mark. */
struct roster_run {
    int64_t run_ms;    /* start of the reading */
    struct str source; /* nrps, moodle */
};

struct roster_counts {
    size_t seen;
    size_t added;    /* persons who were new */
    size_t inactive; /* set by roster_finish */
    size_t refused;  /* rows without a sub */
};

/* Apply one page in one transaction; `c` is added to. A person whom a launch named staff
 * is not made a learner by a roster (Moodle's NRPS calls non-editing teachers learners).
 */
int roster_apply(struct learn *l, const struct roster_run *run,
                 const struct roster_row *rows, size_t n, struct roster_counts *c,
                 struct err *e);

/* The end: with `complete` everybody whom this run did not see becomes inactive (test
 * users apart), and the source "roster" is noted as read at run_ms. Without, nothing
 * happens. */
int roster_finish(struct learn *l, const struct roster_run *run, bool complete,
                  struct roster_counts *c, struct err *e);

/* The end of a reading of changes (NRPS-2): who was not in it stays as they are. */
int roster_changed(struct learn *l, const struct roster_run *run,
                   const struct roster_counts *c, struct err *e);

/* Where changes from now on are told, or empty; and when the whole roster was read. */
int roster_differences(struct learn *l, struct str url, int64_t full_ms, struct err *e);

/* Persons of the course by one of their names outside. */
struct roster_index;

enum roster_by { ROSTER_BY_SUB, ROSTER_BY_LMS_ID };

/* Everybody enrolled, active or not. One read. */
struct roster_index *roster_index(struct learn *l, enum roster_by by, struct err *e);

/* The person, or 0 when nobody in the course has this key. */
int64_t roster_person(const struct roster_index *x, struct str key);

#endif
