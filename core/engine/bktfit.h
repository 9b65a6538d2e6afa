/* bktfit.h: the parameters of one skill, fitted towards a prior (bkt.c does all). */
#ifndef WAYMARK_ENGINE_BKTFIT_H
#define WAYMARK_ENGINE_BKTFIT_H

#include "engine/bkttree.h"

#include <stdbool.h>

/* Independent normal priors of the logits. */
struct bktfit_prior {
    double mean[BKT_PARAMS];
    double var[BKT_PARAMS];
};

struct bktfit_goal {
    struct bktfit_prior prior;
    double reach; /* right answers must be able to lift p so high; 0: forget nothing */
};

double bktfit_logit(double p);
double bktfit_logistic(double x);

/* Into what a map's document allows, and low enough in forgetting for `reach`. */
void bktfit_bound(double reach, double *theta);

/* EM (maximum a posteriori) from theta until no parameter moves by more than `tol`, or
 * for so many steps. */
void bktfit_climb(const struct bkttree *t, const struct bktfit_goal *g, double *theta,
                  struct bkttree_work *w, int steps, double tol);

/* From several fixed starts, the best of them to the end. */
void bktfit_search(const struct bkttree *t, const struct bktfit_goal *g, double *theta,
                   struct bkttree_work *w);

/* The k-th of a fixed sequence of draws from independent standard normal laws: a lattice
 * that fills the cube evenly (Niederreiter; steps are powers of 1/x, x^6 = x + 1). */
void bktfit_draw(int k, double z[BKT_PARAMS]);

/* Covariance of the logits at the mode (Laplace): the inverse of the observed information
 * and the prior's. The gradient is that of the expected complete log likelihood (Fisher's
 * identity; e.g. Oakes 1999, JRSS B 61:479), the information its central differences.
 * `root`: the lower triangle, by rows, of its Cholesky root. */
void bktfit_laplace(const struct bkttree *t, const struct bktfit_goal *g,
                    const double *theta, struct bkttree_work *w, double *root);

/* Newton's method from theta, near the mode already, with Laplace's covariance at its
 * end: EM crawls where two parameters explain the same answers. */
void bktfit_polish(const struct bkttree *t, const struct bktfit_goal *g, double *theta,
                   struct bkttree_work *w, double *root);

/* Mean and covariance root of the posterior itself, by importance sampling from Laplace's
 * approximation `root` about `theta`; leaves both as they are where that fails. For few
 * rows, whose posterior is not normal. */
void bktfit_sample(const struct bkttree *t, const struct bktfit_goal *g,
                   const double *theta, struct bkttree_work *w, double *mean,
                   double *root);

#endif
