/* bkttree.h: all answers to one skill, as a tree of how people's rows begin.
 *
 * People who answered alike so far have the same chances under the same parameters, so
 * they share a node; what the E-step of Baum and Welch (Baum et al. 1970, Ann. Math.
 * Stat. 41:164; Rabiner 1989, Proc. IEEE 77:257, eq. 27-40) sums over people is summed
 * once a node. That is exact: forward messages depend on the beginning alone, and the
 * scaled backward messages of all who pass a node add up. Nodes lie by depth, so that one
 * does not wait for the one before it. */
#ifndef WAYMARK_ENGINE_BKTTREE_H
#define WAYMARK_ENGINE_BKTTREE_H

#include "base/arena.h"

#include <stdint.h>

/* Parameters as a list, for the fit. */
enum { BKT_INIT, BKT_LEARN, BKT_FORGET, BKT_GUESS, BKT_SLIP, BKT_PARAMS };

#define BKTTREE_SYMS 9 /* shares in eighths */

struct bkttree_node {
    int32_t parent;
    int32_t ends; /* people whose rows end here */
    int32_t sym;
};

struct bkttree {
    struct bkttree_node *nodes; /* parents before children */
    int32_t n;
    int32_t first_n; /* the first so many are first answers */
    int32_t row_n, student_n;
};

/* Room for the messages of the largest tree. */
struct bkttree_work {
    double *q;    /* has it, after the answer */
    double *inv;  /* 1 / chance of the answer */
    double *b[2]; /* backward: has it not, has it */
};

/* Expected counts: out of den[i] chances for parameter i, num[i] came true. */
struct bkttree_counts {
    double num[BKT_PARAMS];
    double den[BKT_PARAMS];
};

/* A person's shares of one skill in order; bkttree_build takes all of one skill. */
struct bkttree_run {
    const uint8_t *syms; /* 0 to BKTTREE_SYMS - 1 */
    int32_t n;
};

struct bkttree *bkttree_build(struct arena *a, const struct bkttree_run *runs, size_t n);
void bkttree_room(struct arena *a, int32_t nodes, struct bkttree_work *w);

/* The E-step. */
void bkttree_count(const struct bkttree *t, const double *theta, struct bkttree_work *w,
                   struct bkttree_counts *out);

/* Log likelihood of all rows. */
double bkttree_loglik(const struct bkttree *t, const double *theta,
                      struct bkttree_work *w);

/* The nearest eighth of a share. */
uint8_t bkttree_sym(double share);

#endif
