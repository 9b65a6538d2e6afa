/* decide.h: what people decide about a flag or a recommendation. */
#ifndef WAYMARK_LEARN_DECIDE_H
#define WAYMARK_LEARN_DECIDE_H

#include "learn/learn.h"

#define DECIDE_A_DAY 50 /* decisions that a student may make about themselves in a day */
#define DECIDE_NOT_NOW_MS (7LL * 24 * 3600 * 1000) /* how long "not now" lasts */

struct decide_in {
    int64_t person_id;    /* about whom */
    int64_t by_person_id; /* who decides */
    bool by_staff;
    struct str kind;    /* flag_plan, flag_not_now, flag_wrong; looks_wrong, ask_teacher;
                        message_done: a teacher took note of what this student said;
                        path: where the person is going; format: what kind of
                        activity they would rather open (empty: no wish);
                        swap: something else than this skill for a week;
                        experiment_out, experiment_in: taking part in trials */
    struct str subject; /* rule code of a flag, code of a path, kind of an activity, or
                           skill code (may be empty then) */
    struct str note;    /* in the person's own words, or empty */
};

/* Record it. ERR_INPUT: no such kind, or a subject that is too long; ERR_DENIED: a
 * student decides about a flag, or about somebody else; ERR_NOTFOUND: the person is not
 * in the course; ERR_LIMIT: a student's DECIDE_A_DAY are used up. What a student says a
 * second time within a day is not recorded again. ERR_NOTFOUND: no such path. */
int decide_add(struct learn *l, const struct decide_in *in, struct err *e);

#endif
