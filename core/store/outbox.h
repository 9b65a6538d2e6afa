/* outbox.h: what must happen outside, written in the transaction that caused it, and
 * delivered by a job afterwards; beside it what delivering scores needs to remember.
 *
 * One kind so far: "score", a person's share of mastered skills for our column in the
 * LMS's grade book. Only the newest score of a person waits: an older one that was not
 * sent yet is set aside (AGS-7). */
#ifndef WAYMARK_STORE_OUTBOX_H
#define WAYMARK_STORE_OUTBOX_H

#include "base/env.h"
#include "db/db.h"

/* A score that waits, with whom the platform knows the person as. */
struct outbox_row {
    int64_t outbox_id;
    int64_t person_id;
    struct str target; /* address of the line item */
    struct str sub;
    bool gradable; /* an active learner of the course who is no test user (AGS-9) */
    double given;  /* of `maximum` */
    double maximum;
    int64_t at_ms; /* when it became so */
    int64_t attempts;
    int64_t last_ms; /* the timestamp that the platform last accepted, or 0 (AGS-7) */
};

/* Scores of a course whose time has come, oldest first, at most `limit`. One read. */
int outbox_due(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               int64_t now_ms, int64_t limit, struct outbox_row **rows, size_t *n,
               struct err *e);

/* Delivered: the receipt (a few words) and the timestamp that was accepted. One
 * transaction. */
int outbox_sent(struct db *db, int64_t tenant_id, int64_t outbox_id, int64_t accepted_ms,
                struct str receipt, int64_t now_ms, struct err *e);

/* Later, not before next_ms, with the reason in words. */
int outbox_later(struct db *db, int64_t tenant_id, int64_t outbox_id, int64_t next_ms,
                 struct str why, int64_t now_ms, struct err *e);

/* Never: the platform refuses it for good. */
int outbox_failed(struct db *db, int64_t tenant_id, int64_t outbox_id, struct str why,
                  int64_t now_ms, struct err *e);

/* When the next score of the course is due, or 0 when none waits. -1 on error. */
int64_t outbox_next(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e);

/* Courses with scores that are due. */
struct outbox_course {
    int64_t tenant_id;
    int64_t course_id;
};
int outbox_courses(struct db *db, struct arena *a, int64_t now_ms,
                   struct outbox_course **rows, size_t *n, struct err *e);

/* Our line item in a course for a purpose ("mastery"): 1 found, 0 none, -1. */
struct outbox_item {
    struct str url;
    double maximum;
};
int outbox_item_get(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                    struct str purpose, struct outbox_item *out, struct err *e);
int outbox_item_put(struct db *db, int64_t tenant_id, int64_t course_id,
                    struct str purpose, const struct outbox_item *in, int64_t now_ms,
                    struct err *e);

/* Nobody's score was posted to it yet: the next recompute puts them into the outbox. */
int outbox_item_fresh(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e);

/* Forget it (the platform says it is gone). */
int outbox_item_drop(struct db *db, int64_t tenant_id, int64_t course_id,
                     struct str purpose, struct err *e);

#endif
