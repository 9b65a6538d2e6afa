/* bandit.h: choosing among a few arms while learning which one helps.
 *
 * Thompson's rule (1933, Biometrika 25:285): an arm is chosen with the probability that
 * it is the best. That probability is worked out by an integral over normal posteriors,
 * not by drawing, so it is exact, the same everywhere, and can be logged; then every arm
 * gets its floor. Only an approved, running experiment may use it. */
#ifndef WAYMARK_ENGINE_BANDIT_H
#define WAYMARK_ENGINE_BANDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BANDIT_ARMS 8

/* Rewards between 0 and 1 that were seen. */
struct bandit_arm {
    int64_t n;
    double sum;
};

/* Fill p[n]: sums to 1, none below `floor` (0 <= floor <= 1 / n). Posterior of an arm:
 * mean (sum + 1) / (n + 2), variance mean (1 - mean) / (n + 3): a Beta's, and rewards
 * between 0 and 1 vary at most so much. */
void bandit_shares(const struct bandit_arm *arms, int32_t n, double floor, double *p);

/* The arm for this unit in this period, by p: the same for the same key. */
int32_t bandit_draw(const double *p, int32_t n, uint64_t seed, int64_t unit,
                    int64_t period);

/* Does an arm do harm: is it worse than arm 0 by more than `margin`, with probability
 * `sure` or more? (such as .05 and .975) */
bool bandit_harm(const struct bandit_arm *arms, int32_t arm, double margin, double sure);

#endif
