/* questions.h: what students' answers ask of the course's map (engine/edges.h): worked
 * out over all courses of the tenant that have this map, offered to a person, who has
 * the last word. Nothing changes by itself.
 *
 * Job kinds: "question.course" (tenant of the course, key: its id) and "question.tick"
 * (tenant 0, by the clock: every course with a map, once a week). */
#ifndef WAYMARK_LEARN_QUESTIONS_H
#define WAYMARK_LEARN_QUESTIONS_H

#include "engine/edges.h"
#include "learn/learn.h"
#include "store/question.h"

struct job_ctx;

#define QUESTIONS_MAX 20    /* that are kept of a course */
#define QUESTIONS_AGAIN 1.5 /* "no" stands until so many times as many people count */

struct questions {
    const struct skill_map *map; /* NULL: the course has none */
    struct edges_question *rows; /* best first; those that are not `sure` come last */
    size_t n;
    size_t hidden; /* locks about which nothing can be known: everybody obeyed them */
    int64_t persons;
    size_t courses;
};

/* Work them out now. Some reads a course, one for every hundred people. */
int questions_work(struct learn *l, struct questions *out, struct err *e);

/* So many people are asked about at most: every pair of skills looks at every person, and
 * each has a cell for each skill. */
size_t questions_people(size_t skill_n);

/* Keep those that are sure; what a person answered stands (QUESTIONS_AGAIN). */
int questions_keep(struct learn *l, const struct questions *q, struct err *e);

/* What a person says to one. QUESTIONS_SOFT: a needless lock becomes advice, a missing
 * prerequisite is advised; QUESTIONS_HARD: it locks (of a missing one alone). Both
 * publish a new version of the map in that person's name. 1; 0: there is no such open
 * question, or the map was refused (*problem says why, else empty); -1. */
enum questions_answer { QUESTIONS_KEEP, QUESTIONS_SOFT, QUESTIONS_HARD };
int questions_answer(struct learn *l, struct str kind, struct str from, struct str to,
                     enum questions_answer answer, int64_t by_person_id,
                     struct str *problem, struct err *e);

int questions_job(struct job_ctx *job, struct err *e);
int questions_tick_job(struct job_ctx *job, struct err *e);

#endif
