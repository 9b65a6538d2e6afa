/* offpolicy.h: what another way of choosing would have brought, from what was logged.
 *
 * Each row is one choice that was made with a known probability, and what came of it.
 * Three estimates of the mean reward of a target policy:
 *   ips    inverse propensity (Horvitz & Thompson 1952): mean of w r, w = target / logged
 *   snips  self-normalised (Swaminathan & Joachims 2015): sum of w r / sum of w
 *   dr     doubly robust (Dudik, Langford & Li 2011, eq. 1): mean of m + w (r - m_taken)
 * Intervals from the variance of their influence functions, summed by cluster (a person's
 * choices hang together), with Student's t of clusters - 1. */
#ifndef WAYMARK_ENGINE_OFFPOLICY_H
#define WAYMARK_ENGINE_OFFPOLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OFFPOLICY_ROWS 50     /* fewer rows say nothing */
#define OFFPOLICY_CLUSTERS 20 /* so do fewer persons */
#define OFFPOLICY_SAMPLE 20.0 /* and a smaller effective sample */

/* Rows of one cluster are together. */
struct offpolicy_row {
    int64_t cluster; /* person */
    int32_t arm;     /* what was chosen */
    double logged;   /* with this probability */
    double target;   /* the probability that the target policy gives it */
    double reward;
    double model_taken;  /* a model's reward of what was chosen ... */
    double model_target; /* ... and its mean under the target policy */
};

enum offpolicy_word {
    OFFPOLICY_FINE,
    OFFPOLICY_TOO_LITTLE,    /* rows, persons or effective sample */
    OFFPOLICY_NO_PROPENSITY, /* missing: not a number, 0 or less, above 1 */
    OFFPOLICY_BELOW_FLOOR    /* some choice was too unlikely to build on */
};

struct offpolicy_estimate {
    double value, se, low, high;
};

struct offpolicy {
    enum offpolicy_word word;
    size_t n, clusters;
    double sample; /* effective: (sum w)^2 / sum w^2 (Kish 1965) */
    double weight; /* mean of w: near 1 when the propensities are true */
    size_t at;     /* OFFPOLICY_NO_PROPENSITY, _BELOW_FLOOR: the first such row */
    struct offpolicy_estimate ips, snips, dr;
};

/* Fill `out`. Estimates only with OFFPOLICY_FINE; `floor` is the least logged propensity
 * that is accepted where the target policy would choose the same; `alpha` such as .05. */
void offpolicy_work(const struct offpolicy_row *rows, size_t n, double floor,
                    double alpha, struct offpolicy *out);

/* Fill model_taken and model_target with the means of the other clusters' rewards by arm
 * (leaving a person's own out, so that the model has not seen what it is used on);
 * target[arm] is the policy, arms at most OFFPOLICY_ARMS. */
#define OFFPOLICY_ARMS 16
void offpolicy_means(struct offpolicy_row *rows, size_t n, const double *target,
                     int32_t arm_n);

/* "fine", "too_little", "no_propensity", "below_floor". */
const char *offpolicy_word_name(enum offpolicy_word word);

#endif
