/* answers.h: many people's answers in order, as the fits take them.
 *
 * Everything is a dense number; whoever builds this keeps the codes behind the numbers.
 * Rows of one student stand together, oldest first. */
#ifndef WAYMARK_ENGINE_ANSWERS_H
#define WAYMARK_ENGINE_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer {
    int32_t student, item, skill; /* -1 as item or skill: unknown */
    int64_t at_s;                 /* seconds; 0: unknown */
    bool right;                   /* for a share: at least one half */
    float partial;                /* a share strictly between 0 and 1; 0: `right` tells */
};

struct answers {
    const struct answer *rows;
    size_t n;
    int32_t student_n, item_n, skill_n;
    const int32_t *from; /* student_n + 1: rows from[s] to from[s + 1] are of student s */
    /* Which skills an item is about: q_skill[q_from[i]] to q_skill[q_from[i + 1] - 1],
     * numbers below q_skill_n. q_from NULL: the row's own skill. */
    const int32_t *q_from, *q_skill; /* q_from has item_n + 1 entries */
    int32_t q_skill_n;
};

/* What was reached of the maximum, 0 to 1. */
static inline double answer_share(const struct answer *r)
{
    return r->partial > 0 && r->partial < 1 ? (double)r->partial : r->right ? 1.0 : 0.0;
}

#endif
