/* lms.h: what LTI cannot see (the catalogue, quiz grades, attempts), through an LMS's own
 * API. One interface, one file for each LMS.
 *
 * All readers hand out rows one by one, after the network is done: memory stays flat, and
 * a callback may take its time or call the LMS again. A callback returns 0, or -1 with
 * its error, which ends the reading. Errors: ERR_DENIED (the token may not do this; the
 * text names the permission), ERR_UNAVAILABLE (try later), ERR_NOTFOUND (no such course),
 * ERR_INPUT and ERR_LIMIT (an answer we cannot use). */
#ifndef WAYMARK_LMS_LMS_H
#define WAYMARK_LMS_LMS_H

#include "lms/can.h"
#include "lms/row.h"
#include "net/http.h"

#define LMS_NEEDS_MAX 64

/* What a connector keeps in `a` from one call to the next of the same run. */
struct lms_memo {
    struct arena *a;
    struct str course;
    void *kept; /* NULL: nothing yet */
};

/* Where and as whom. The strings outlive the calls; the token is a secret. */
struct lms {
    const struct lms_ops *ops;
    struct http *http;
    struct str base_url; /* "https://moodle.example/path", with or without a last slash */
    struct str token;
    uint64_t met; /* lms_site.met of the last probe; 0: not known, then names are tried */
    struct str course;     /* probe: the course that is asked about, or empty */
    struct lms_memo *memo; /* or NULL */
    int calls;             /* under way at one time at most; 0: a few */
};

/* That, or `usual` when it is less or nothing is said. */
int lms_calls(const struct lms *l, int usual);

struct lms_site {
    struct str name;
    struct str release;
    unsigned can; /* enum lms_can */
    uint64_t met; /* bit i: ops->needs[i] is offered */
};

/* A question that is put with many others at once: what came of it goes to `ctx`. */
struct lms_ask {
    enum { LMS_ASK_ATTEMPTS, LMS_ASK_ANSWERS } what;
    struct str quiz_instance; /* attempts: finished ones of one person at one quiz */
    struct str user_id;
    struct str attempt_key; /* answers: the marks of one finished attempt */
    int (*attempt)(void *ctx, const struct lms_attempt *r, struct err *e);
    int (*answer)(void *ctx, const struct lms_answer *r, struct err *e);

    /* The end of this question: rc 0, or -1 and why. It may ask more. Non-zero stops
     * the whole batch. */
    int (*done)(void *ctx, int rc, const struct err *why);
    void *ctx;
};

/* Every function reads all there is, or fails. `a` is scratch for this call alone. What
 * an LMS lacks is NULL. */
struct lms_ops {
    const char *kind; /* "moodle": column lms_credential.kind */
    const struct lms_need *needs;
    size_t needs_n; /* at most LMS_NEEDS_MAX */
    bool own_ids;   /* its ids of persons are not the `sub` of launches: person.lms_id */

    int (*probe)(const struct lms *l, struct lms_site *out, struct arena *a,
                 struct err *e);

    int (*catalogue)(const struct lms *l, struct str course,
                     int (*row)(void *ctx, const struct lms_activity *r, struct err *e),
                     void *ctx, struct arena *a, struct err *e);
    int (*people)(const struct lms *l, struct str course,
                  int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                  void *ctx, struct arena *a, struct err *e);
    int (*grades)(const struct lms *l, struct str course,
                  int (*row)(void *ctx, const struct lms_grade *r, struct err *e),
                  void *ctx, struct arena *a, struct err *e);
    int (*quizzes)(const struct lms *l, struct str course,
                   int (*row)(void *ctx, const struct lms_quiz *r, struct err *e),
                   void *ctx, struct arena *a, struct err *e);

    /* The LMS's id of a person whom launches call `sub`; for an LMS with own_ids. *id in
     * `a`. ERR_NOTFOUND: it knows nobody of that name. */
    int (*person)(const struct lms *l, struct str sub, struct str *id, struct arena *a,
                  struct err *e);

    /* Which activities changed since (whole seconds). Settings of the grade book and
     * grades typed into it may be missed: read everything once a day. */
    int (*changes)(const struct lms *l, struct str course, int64_t since_ms,
                   int (*row)(void *ctx, const struct lms_change *r, struct err *e),
                   void *ctx, struct arena *a, struct err *e);

    /* Of these persons, some calls at once. Who cannot be read (not in the course any
     * more) has no rows; a refusal ends it all. */
    int (*completion)(const struct lms *l, struct str course, const struct str *users,
                      size_t n,
                      int (*row)(void *ctx, const struct lms_completion *r,
                                 struct err *e),
                      void *ctx, struct arena *a, struct err *e);
    int (*groups)(const struct lms *l, struct str course,
                  int (*row)(void *ctx, const struct lms_group *r, struct err *e),
                  void *ctx, struct arena *a, struct err *e);

    /* Work handed in or marked since; 0: all. Moodle tells no scores here: its grade
     * book does, which knows what a student may see. */
    int (*submissions)(const struct lms *l, struct str course,
                       const struct lms_since *since,
                       int (*row)(void *ctx, const struct lms_submission *r,
                                  struct err *e),
                       void *ctx, struct arena *a, struct err *e);
    int (*alignments)(const struct lms *l, struct str course,
                      int (*row)(void *ctx, const struct lms_alignment *r, struct err *e),
                      void *ctx, struct arena *a, struct err *e);

    /* Everybody's results by outcome. */
    int (*outcomes)(const struct lms *l, struct str course,
                    int (*row)(void *ctx, const struct lms_outcome *r, struct err *e),
                    void *ctx, struct arena *a, struct err *e);

    /* Writers. Each may be repeated: what is there already stays.
     * opening_make: the group or override, found by its mark or made; *key in `a`.
     * opening_read: who is in. opening_add: let people in, all of them or (-1) none;
     * *receipt, in `a`, is what the LMS answered. */
    int (*opening_make)(const struct lms *l, struct str course,
                        const struct lms_opening *o, struct str *key, struct arena *a,
                        struct err *e);
    int (*opening_read)(const struct lms *l, struct str course,
                        const struct lms_opening *o,
                        int (*row)(void *ctx, struct str user_id, struct err *e),
                        void *ctx, struct arena *a, struct err *e);
    int (*opening_add)(const struct lms *l, struct str course,
                       const struct lms_opening *o, const struct str *users, size_t n,
                       struct str *receipt, struct arena *a, struct err *e);

    /* A reader: is the way in guarded? ERR_NOTFOUND: there is no such target. */
    int (*opening_lock)(const struct lms *l, struct str course,
                        const struct lms_opening *o, enum lms_lock *out, struct arena *a,
                        struct err *e);

    /* Not repeatable: nothing there tells a second message from the first. *receipt: the
     * message's or event's id there. */
    int (*message_send)(const struct lms *l, const struct lms_message *m,
                        struct str *receipt, struct arena *a, struct err *e);
    int (*calendar_add)(const struct lms *l, struct str course, const struct lms_event *v,
                        struct str *receipt, struct arena *a, struct err *e);

    /* Put a question into a batch; http_batch_run then gets the answers. What is kept of
     * it until then lives in `a`. */
    int (*ask)(const struct lms *l, struct http_batch *b, int64_t lane,
               const struct lms_ask *q, struct arena *a, struct err *e);
};

/* The connector of that kind, or NULL. */
const struct lms_ops *lms_find(struct str kind);

/* What a token may do, from what is offered: a bit holds when each of its rows is met, or
 * optional, or met under another name. */
unsigned lms_abilities(const struct lms_ops *ops, uint64_t met);

/* Is needs[i] met, under its own or another name? */
bool lms_need_met(const struct lms_ops *ops, uint64_t met, size_t i);

/* A probe as text and back: column lms_credential.probed. Unknown names are left out, so
 * an older text never claims more than it knew. 1 read, 0 nonsense. */
struct str lms_probed_text(const struct lms_ops *ops, const struct lms_site *site,
                           struct arena *a);
int lms_probed_read(const struct lms_ops *ops, struct str text, struct lms_site *out,
                    struct arena *a);

#endif
