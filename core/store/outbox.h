/* outbox.h: what must happen outside, written in the transaction that caused it, and
 * delivered by a job afterwards; beside it what delivering scores needs to remember.
 *
 * One kind so far: "score", for a column of ours in the LMS's grade book. Only the newest
 * score of a person waits: an older one that was not sent yet is set aside (AGS-7).
 *
 * A score is sent so: outbox_take writes down what is about to be sent, and with which
 * timestamp, before it goes; outbox_sent writes down that it was taken. After a crash
 * between the two the next turn finds what was tried, looks at the column, or sends the
 * very same again, which a platform knows by its timestamp. So nothing is lost, nothing
 * counts twice, and a person's scores follow each other. */
#ifndef WAYMARK_STORE_OUTBOX_H
#define WAYMARK_STORE_OUTBOX_H

#include "base/env.h"
#include "db/db.h"

/* A share of a column's maximum. */
struct outbox_mark {
    bool has;
    double given;
    double maximum;
};

/* A score that waits, with whom the platform knows the person as. */
struct outbox_row {
    int64_t outbox_id;
    int64_t person_id;
    struct str target; /* address of the line item */
    struct str sub;
    bool readable; /* false: the payload makes no sense; never sent */
    bool gradable; /* an active learner of the course who is no test user (AGS-9) */
    struct outbox_mark score;
    int64_t at_ms; /* when it became so */
    int64_t created_ms;
    int64_t attempts;

    int64_t last_ms;         /* the timestamp that the platform last accepted, or 0 */
    struct outbox_mark last; /* what it accepted with it */
    int64_t tried_ms;        /* sent with this timestamp, its answer unknown; or 0 */
    struct outbox_mark tried;
    bool stands;               /* somebody edited the grade in the LMS: it is theirs */
    bool allowed;              /* a teacher lets us write over an edited grade: */
    struct outbox_mark theirs; /* this one; !has: there was none */
};

/* Scores of a course whose time has come, oldest first, at most `limit`. One read. */
int outbox_due(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
               int64_t now_ms, int64_t limit, struct outbox_row **rows, size_t *n,
               struct err *e);

/* Before it is sent with timestamp `sent_ms`: it is ours until `until_ms`. 1: send it. 0:
 * a newer one took its place, or another process has it or another score of this person
 * and column in hand (then it comes again after that). One transaction. */
int outbox_take(struct db *db, int64_t tenant_id, const struct outbox_row *row,
                int64_t sent_ms, int64_t now_ms, int64_t until_ms, struct err *e);

/* Delivered with timestamp accepted_ms; the receipt is a few words. One transaction. */
int outbox_sent(struct db *db, int64_t tenant_id, const struct outbox_row *row,
                int64_t accepted_ms, struct str receipt, int64_t now_ms, struct err *e);

/* An earlier try turned out to have arrived, or another process's: the clock alone. */
int outbox_arrived(struct db *db, int64_t tenant_id, const struct outbox_row *row,
                   int64_t accepted_ms, const struct outbox_mark *score, int64_t now_ms,
                   struct err *e);

/* How a row that is not delivered goes on. */
struct outbox_end {
    const char *state; /* "pending": again at next_ms; "failed": never; "held": when the
                          teacher allows it; "expired": when the platform answers again */
    struct str why;    /* in words */
    int64_t next_ms;
    bool certain; /* the platform did not take it: what was tried is forgotten */
};
int outbox_end(struct db *db, int64_t tenant_id, const struct outbox_row *row,
               const struct outbox_end *end, int64_t now_ms, struct err *e);

/* When the next score of the course is due, or 0 when none waits. -1 on error. */
int64_t outbox_next(struct db *db, int64_t tenant_id, int64_t course_id, struct err *e);

/* How many scores of the course wait; -1 on error. */
int64_t outbox_waiting(struct db *db, int64_t tenant_id, int64_t course_id,
                       struct err *e);

/* Tenants with scores that are due. */
int outbox_tenants(struct db *db, struct arena *a, int64_t now_ms, int64_t **tenants,
                   size_t *n, struct err *e);

/* The tenant's next course behind `after_id` with scores that are due; 0: none, -1. */
int64_t outbox_course_after(struct db *db, int64_t tenant_id, int64_t after_id,
                            int64_t now_ms, struct err *e);

/* Refusals since `since_ms`, newest first. */
struct outbox_refusal {
    int64_t person_id;
    struct str name_sealed;
    struct str target;
    struct str why;
    int64_t at_ms;
};
int outbox_refused(struct db *db, struct arena *a, int64_t tenant_id, int64_t course_id,
                   int64_t since_ms, int64_t limit, struct outbox_refusal **rows,
                   size_t *n, struct err *e);

/* The platform answers again: what expired is put into the outbox by the next working
 * out. One transaction. */
int outbox_revive(struct db *db, int64_t tenant_id, int64_t course_id, int64_t now_ms,
                  struct err *e);

/* A person's scores once more, refused or not: by the next working out. Joins a
 * transaction, or makes its own. */
int outbox_again(struct db *db, int64_t tenant_id, int64_t course_id, int64_t person_id,
                 int64_t now_ms, struct err *e);

/* --- pauses ------------------------------------------------------------------ */

/* Until when nothing is sent to `host` for this registration, and how often in a row it
 * asked for a pause. 0 and 0: go on. */
struct outbox_pause {
    int64_t until_ms;
    int64_t strikes;
};
int outbox_pause_get(struct db *db, int64_t registration_id, struct str host,
                     struct outbox_pause *out, struct err *e);
int outbox_pause_put(struct db *db, int64_t registration_id, struct str host,
                     const struct outbox_pause *in, struct err *e);
int outbox_pause_end(struct db *db, int64_t registration_id, struct str host,
                     struct err *e);

#endif
