/* termkit.h: a course after a term, of any size: skills in a chain of units, a quiz a
 * skill, students who answer its questions over some months. For benches and for tests
 * that need more than learnkit's five skills. */
#ifndef WAYMARK_TESTS_TERMKIT_H
#define WAYMARK_TESTS_TERMKIT_H

#include "learn/learn.h"
#include "support/testdb.h"

#define TERM_TENANT 7
#define TERM_COURSE 70
#define TERM_PERSON 100000 /* the first student; the others follow */
#define TERM_SLOTS 5       /* questions of a quiz */
#define TERM_DAY_MS ((int64_t)24 * 3600 * 1000)

struct term {
    int students;
    int skills;
    int attempts; /* of a student, over all quizzes; TERM_SLOTS rows each */
    uint64_t seed;
    /* How they answer: knowledge tracing with these; all 0: at random. */
    double init, learn, guess, slip;
};

/* Tenant, course, people, catalogue, rules and map; nothing is known of anybody yet. `l`
 * works in t->a. */
void term_course(struct testdb *t, struct learn *l, const struct term *k);

/* The map as a document; `learn` is a parameter of its skills, so that two of them give
 * two versions in which everybody's states differ. */
struct str term_map(struct arena *a, const struct term *k, double learn);

/* Everybody's answers, through the way in for evidence. Returns rows written. */
size_t term_answers(struct testdb *t, struct learn *l, const struct term *k);

/* Put a map in force and ask for everybody to be worked out again. */
void term_publish(struct learn *l, struct str map);

/* Run the jobs that are due until there are none; may be called in several processes. */
void term_jobs(struct learn *l);

#endif
