/* lms.h: what LTI cannot see (the catalogue, quiz grades, attempts), through an LMS's own
 * API. One interface, one file for each LMS.
 *
 * All readers hand out rows one by one, after the network is done: memory stays flat, and
 * a callback may take its time or call the LMS again. Slices die when the callback
 * returns; absent texts are empty; absent numbers say so (a missing grade is never zero).
 * A callback returns 0, or -1 with its error, which ends the reading. Errors: ERR_DENIED
 * (the token may not do this; the text names the permission), ERR_UNAVAILABLE (try
 * later), ERR_NOTFOUND (no such course), ERR_INPUT and ERR_LIMIT (an answer we cannot
 * use). */
#ifndef WAYMARK_LMS_LMS_H
#define WAYMARK_LMS_LMS_H

#include "base/js.h"
#include "net/http.h"

/* What a token may do, found by asking (lms_probe). */
enum lms_can {
    LMS_CATALOGUE = 1,
    LMS_PEOPLE = 2,
    LMS_GRADES = 4,
    LMS_QUIZZES = 8,   /* the list of quizzes with dates and maxima */
    LMS_ATTEMPTS = 16, /* attempts of one person at one quiz */
    LMS_ANSWERS = 32   /* marks question by question */
};

/* Where and as whom. The strings outlive the calls; the token is a secret. */
struct lms {
    const struct lms_ops *ops;
    struct http *http;
    struct str
        base_url; /* such as "https://moodle.example/path", no trailing slash needed */
    struct str token;
};

struct lms_site {
    struct str name;
    struct str release;
    unsigned can; /* enum lms_can */
};

struct lms_activity {
    struct str key;      /* the LMS's id of it: Moodle's course-module id */
    struct str instance; /* id inside its kind (a quiz's id) */
    struct str kind;     /* quiz, assign, page, url, lti, ... as the LMS calls it */
    struct str title;
    struct str url;
    int64_t opens_ms; /* 0: none */
    int64_t due_ms;   /* 0: none */
    bool visible;
    int position; /* 0, 1, ... in the order of the course page */
};

struct lms_person {
    struct str id; /* Moodle: equal to `sub` */
    struct str roles[16];
    size_t roles_n;
    int64_t last_access_ms; /* of this course; 0: never, or not told */
};

struct lms_grade {
    struct str user_id;
    struct str activity_key; /* as in lms_activity */
    struct str instance;     /* as in lms_activity */
    struct str kind;
    struct str title;
    bool has_score;
    double score;
    double minimum;
    double maximum;
    int64_t submitted_ms; /* 0: not told */
    int64_t graded_ms;    /* 0: not told */
    bool hidden;          /* not shown to the student yet */
};

struct lms_quiz {
    struct str key; /* as in lms_activity */
    struct str instance;
    struct str title;
    int64_t opens_ms;
    int64_t closes_ms;
    double maximum;     /* of the grade; 0: none */
    double sum_maximum; /* of the marks of its questions; 0: not told */
};

struct lms_attempt {
    struct str key; /* unique at this LMS */
    struct str quiz_instance;
    struct str user_id;
    int number; /* 1, 2, ... */
    bool finished;
    bool preview;
    int64_t started_ms;
    int64_t finished_ms; /* 0: not finished */
    bool has_score;
    double score; /* sum of marks, of lms_quiz.sum_maximum */
};

struct lms_answer {
    struct str item; /* "1", "2", ...: the slot in the quiz */
    struct str
        state; /* gradedright, gradedwrong, gradedpartial, gaveup, needsgrading, ... */
    bool has_score; /* false: not marked yet, or not shown to us. Never zero */
    double score;
    double maximum;
    int64_t at_ms; /* last action, or 0 */
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

/* Every function reads all there is, or fails. `a` is scratch for this call alone. */
struct lms_ops {
    const char *kind; /* "moodle": column lms_access.kind */

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

    /* Put a question into a batch; http_batch_run then gets the answers. What is kept of
     * it until then lives in `a`. */
    int (*ask)(const struct lms *l, struct http_batch *b, int64_t lane,
               const struct lms_ask *q, struct arena *a, struct err *e);
};

/* The connector of that kind, or NULL. */
const struct lms_ops *lms_find(struct str kind);

#endif
