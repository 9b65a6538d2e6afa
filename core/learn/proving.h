/* proving.h: can every target of a course be reached, whatever students do
 * (engine/deadend.h)? Asked before a map or an opening is put in force, and again
 * whenever the catalogue, the ties or the openings have changed. */
#ifndef WAYMARK_LEARN_PROVING_H
#define WAYMARK_LEARN_PROVING_H

#include "engine/deadend.h"
#include "learn/learn.h"
#include "store/proof.h"

/* A skill for which "mastered" can never be said, because what is tied to it gives too
 * few proofs: how many more it takes (-1: no number will do). */
struct proving_short {
    int32_t skill;
    int32_t missing;
};

struct proving {
    const struct skill_map *map; /* NULL: the course has none, and the rest is empty */
    int64_t map_id;
    /* The verdict on map, rules and locks: as if what is tied to a skill were enough for
     * a proof, because that will come. A dead end here is a mistake. */
    struct deadend verdict;
    struct deadend_in in;
    struct str words; /* plain English */
    /* As it stands today: targets that nobody could reach, however well they do. */
    const struct skill_goal *lost;
    size_t lost_n;
    const struct proving_short *shorts;
    size_t shorts_n;
    const struct deadend_late *lates;
    size_t lates_n;
};

/* A map as a file: every rule of its member "activities" stands for one activity. */
void proving_document(struct arena *a, const struct skill_map *m, int64_t as_of_ms,
                      struct proving *out);

/* The course as it stands. With `opening_id`, as if that opening were switched on. A
 * fixed number of reads. */
int proving_course(struct learn *l, int64_t opening_id, struct proving *out,
                   struct err *e);

/* May an opening be switched on? 1 yes; 0 no, because targets could be lost that are safe
 * without it: then *steps say how, and with a reason `why` it is noted and may be (1). */
int proving_opening(struct learn *l, int64_t opening_id, int64_t by_person_id,
                    struct str why, struct say **steps, size_t *n, struct err *e);

/* Keep it for the pages. */
int proving_keep(struct learn *l, const struct proving *p, struct err *e);

/* Job "prove.course" (tenant of the course, key: its id), and asking for it. */
struct job_ctx;
int proving_job(struct job_ctx *job, struct err *e);
int proving_enqueue(struct learn *l, struct err *e);

/* --- what pages show -------------------------------------------------------------- */

struct proving_seen {
    bool known;         /* something was proved */
    struct str verdict; /* sound, found, unsure */
    int64_t proved_ms;
    struct say *steps; /* the counter-example, sentence by sentence */
    size_t steps_n;
    struct str *gone; /* titles of targets that could be reached before and cannot now */
    size_t gone_n;
    struct say *shorts; /* "Fractions: 2 more" */
    size_t shorts_n;
    struct say *lates; /* "Ratios: not after ..." */
    size_t lates_n;
    struct proof_even_so even_so; /* why empty: nobody went ahead */
};

int proving_seen(struct learn *l, struct proving_seen *out, struct err *e);

#endif
