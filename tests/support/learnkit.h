/* learnkit.h: a course with a map, activities and students, for tests of core/learn. */
#ifndef WAYMARK_TESTS_LEARNKIT_H
#define WAYMARK_TESTS_LEARNKIT_H

#include "learn/intake.h"
#include "support/testdb.h"

#define KIT_TENANT 7
#define KIT_COURSE 70
#define KIT_PERSON 700 /* the first student; the others follow */
#define KIT_TEACHER 900
#define KIT_DAY ((int64_t)24 * 3600 * 1000)

/* The skills: A; B needs A; C needs B and softly A; D needs B and C; E stands alone.
 * Units One (A, B, E) and Two (C, D); targets C and D. Activities "Check A" ... "Check E"
 * are tied to one skill each, "Check mix" by questions: slot 1 to A, slot 2 to B;
 * "Worksheet" to nothing. */
extern const char kit_map[];

/* Tenant, course, `students` active learners and a teacher; the seven activities; the
 * early warning rules; no map yet. `l` works in t->a. */
void kit_course(struct testdb *t, struct learn *l, int students);

/* Publish kit_map and work everybody out. */
void kit_publish(struct learn *l);

/* The id of an activity of the kit by the name behind "Check ". */
int64_t kit_activity(const struct learn *l, const char *name);

/* A timed answer: person, activity, attempt, score 0 or 1. */
struct evidence_in kit_answer(struct learn *l, int64_t person, const char *activity,
                              const char *attempt, double score, int64_t at_ms);

/* The present grade, as a grade book tells it. */
struct evidence_in kit_grade(struct learn *l, int64_t person, const char *activity,
                             double score, int64_t read_ms);

/* Take in; fails the test on an error. */
struct intake_result kit_take(struct learn *l, const struct evidence_in *rows, size_t n);

/* The word of one skill of one person, copied to the arena; "?" when there is no row. */
struct str kit_word(struct learn *l, int64_t person, const char *skill);

/* All states of a person as text, with evidence ids replaced by fact keys, so that the
 * order of arrival cannot show. */
struct str kit_states(struct learn *l, int64_t person);

/* Fails the test unless a replay of the course finds no difference. Returns rows
 * compared. */
size_t kit_replay(struct learn *l);

/* Run every job that is due with the handlers of core/learn. */
void kit_jobs(struct learn *l);

/* rc must be 0; prints the error. */
void kit_must(int rc, const struct err *e);

#endif
