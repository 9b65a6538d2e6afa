/* answersim.h: invented people who answer, by seed; the truth behind it is known. */
#ifndef WAYMARK_TESTS_ANSWERSIM_H
#define WAYMARK_TESTS_ANSWERSIM_H

#include "base/arena.h"
#include "engine/answers.h"

struct answersim_opts {
    uint64_t seed;
    int32_t students, items, skills, rows; /* rows a student */
    double learning;                       /* log-odds that an answer adds on its skill */
};

struct answersim {
    struct answers answers;
    double *ability;    /* a student */
    double *difficulty; /* an item; its skill is item mod skills */
    double *chance;     /* a row: the true probability that it is right */
};

/* Ability and difficulty are about normal; pauses are minutes, now and then days. The
 * items are the same for all seeds, the people are not. */
struct answersim answersim_make(struct arena *a, const struct answersim_opts *o);

#endif
