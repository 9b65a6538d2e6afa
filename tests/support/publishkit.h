/* publishkit.h: a course with an outbox, and the jobs that empty it. */
#ifndef WAYMARK_TESTS_PUBLISHKIT_H
#define WAYMARK_TESTS_PUBLISHKIT_H

#include "support/svckit.h"

#define PUBLISHKIT_TENANT 7
#define PUBLISHKIT_COURSE 70
#define PUBLISHKIT_AT                                                                    \
    INT64_C(1790000000000) /* when scores changed; now is a minute later */

/* A kit as svckit_open's, with a course of seven: 1 to 4 students, 5 staff, 6 left, 7 a
 * test user. Scores and results are offered. */
void publishkit_open(struct svckit *k, struct testdb *t, httpd_fn fn);

void publishkit_person(struct testdb *t, int id, const char *status, int learner,
                       int test);

/* A score of a person, of 100, into the outbox. */
void publishkit_score(struct svckit *k, int outbox_id, int person_id, double given);

/* Ask for everything that is due, and run what was asked for. */
void publishkit_run(struct svckit *k);

#endif
