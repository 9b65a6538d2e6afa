/* many.h: what a learning site of numbers says (lms_many.c is its server). */
#ifndef WAYMARK_BENCH_MANY_H
#define WAYMARK_BENCH_MANY_H

#include <stddef.h>
#include <stdint.h>

#define MANY_QUIZ_N 2
#define MANY_ITEMS 8 /* quizzes, then tasks */
#define MANY_SLOTS 5
#define MANY_USERS 100000 /* user = course * MANY_USERS + number */
#define MANY_DAY 86400
#define MANY_ROUNDS 16

struct many_in {
    char *p;
    size_t n;
};

struct many_buf {
    char *p;
    size_t n;
    size_t cap;
};

struct many_req {
    char method[8];
    char path[2048]; /* with its query */
    const char *body;
    size_t body_n;
};

enum many_kind {
    MANY_TOKEN,
    MANY_ROSTER,
    MANY_COLUMNS,
    MANY_SITE,
    MANY_CONTENTS,
    MANY_PEOPLE,
    MANY_GRADES,
    MANY_QUIZZES,
    MANY_ATTEMPTS,
    MANY_REVIEW,
    MANY_CHANGES,
    MANY_CANVAS,
    MANY_OTHER,
    MANY_KINDS
};

struct many {
    int port;
    int courses;
    int people; /* in each of them */
    int rounds; /* of changes so far */
    int percent;
    int64_t now;                   /* seconds: when it was started */
    int64_t round_at[MANY_ROUNDS]; /* when each round of changes came */
    int64_t asked[MANY_KINDS];
    char head[1024];
    size_t head_n;
    struct many_buf out;
};

void many_init(struct many *m, int courses, int people);

/* Fill m->head and m->out. */
void many_answer(struct many *m, const struct many_req *r);

/* --- shared with canvas_many.c ------------------------------------------------ */

void many_put(struct many *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A number that three others decide on, as if by chance. */
uint64_t many_mix(uint64_t a, uint64_t b, uint64_t c);

/* Has this person handed in another attempt in that round of changes? Rounds from 1. */
int many_changed(const struct many *m, int64_t user, int round);
int many_changed_since(const struct many *m, int64_t user, int64_t since);
int many_rounds_of(const struct many *m, int64_t user);

/* What is asked for in the query or a form: "name=" up to the next &; -1 when absent. */
int64_t many_field(const char *text, const char *name);

/* An activity's id, what a person got in it, and when. Items are counted from 0. */
long long many_cm(int64_t course, int item);
int many_mark(int64_t user, int quiz, int attempt, int slot);
int many_marks(int64_t user, int quiz, int attempt);
int many_attempts(const struct many *m, int64_t user, int item);
int64_t many_ended(const struct many *m, int64_t user, int quiz, int attempt);

/* Everything below /api/v1/. */
void many_canvas(struct many *m, const char *path);

void many_done(struct many *m, int status, const char *type, const char *more);

#endif
