/* copy.h: a course that was copied in the LMS takes over the skill map, gates and
 * settings of the course it came from. Nothing about a student comes along: no evidence,
 * no states, no decisions, no enrolments, no groups.
 *
 * What is known of origins comes from signed messages, and is looked up among the courses
 * of the same tenant alone. A course that has a map is never touched. */
#ifndef WAYMARK_LEARN_COPY_H
#define WAYMARK_LEARN_COPY_H

#include "learn/learn.h"

struct job_ctx; /* core/job/runner.h */

#define COPY_HISTORY_MAX 4096 /* bytes that are kept of a history variable */

/* What the custom parameters of a launch tell; each may be empty. */
struct copy_told {
    struct str contexts; /* $Context.id.history: newest first, commas between */
    struct str links;    /* $ResourceLink.id.history */
    struct str made_in;  /* waymark_course of one of our links */
};

/* Ask for job "copy.course" (key: the course), inside the caller's transaction or in its
 * own. `payload` is copy_payload's, or empty when a notice told the origin. */
int copy_enqueue(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                 struct str payload, struct err *e);
struct str copy_payload(struct arena *a, const struct copy_told *told);

/* Write down what was told as origins of the course; the course itself is none. In the
 * caller's transaction or statement by statement. */
int copy_note(struct learn *l, const struct copy_told *told, struct err *e);

/* The course to copy from: the nearest origin that has a map; through origins of origins
 * too. 1 found, 0 there is none or the course has a map, -1. */
int copy_source(struct learn *l, int64_t *course_id, struct err *e);

/* Do it, in one transaction; the same done twice is the same. 1 copied, 0 nothing to do
 * (as copy_source), -1. */
int copy_course(struct learn *l, struct err *e);

/* Is a copy of this course under way, and worth waiting for? One that was asked for a
 * minute ago should not keep a teacher from picking a map. 1, 0, -1. */
int copy_pending(struct learn *l, struct err *e);

/* The handler of "copy.course": notes, copies. *copied (may be NULL) tells whether a map
 * came along. */
int copy_job(struct job_ctx *job, bool *copied, struct err *e);

#endif
