/* deadend_run.h: a counter-example, run: the steps are taken with the real engine,
 * answer by answer, and then everything that is open is answered right for as long as
 * anything changes. */
#ifndef WAYMARK_ENGINE_DEADEND_RUN_H
#define WAYMARK_ENGINE_DEADEND_RUN_H

#include "engine/deadend.h"

struct deadend_ran {
    bool done;    /* every step could be taken */
    bool weary;   /* given up as too much work, which is not `done` */
    bool reached; /* the goal held, at the end of the steps or at some time after them */
    size_t rows;  /* answers that were given */
    size_t days;
};

/* Whoever takes the steps answers right only in what is to be mastered, and wrong
 * everywhere else; whoever comes to rescue answers right, and has patience: a few
 * attempts a day at what has no limit, and never two activities of one skill on one day
 * where each gives but one result. */
void deadend_run(const struct deadend_in *in, const struct deadend_step *steps, size_t n,
                 struct skill_goal goal, struct deadend_ran *out);

#endif
