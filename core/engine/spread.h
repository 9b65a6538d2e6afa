/* spread.h: how sure P(mastery) is, given that parameters are never known exactly.
 *
 * What is believed about a skill's parameters (bkt.h: of its fit, or of skills nobody
 * fitted) is carried along as a few fixed draws. Each keeps its own p and a weight: how
 * well it foretold this person's rows (importance sampling over fixed parameters: Liu
 * 2001, Monte Carlo Strategies in Scientific Computing, 2.5). The interval holds the
 * middle 90 % of the weight: a credible interval of the p that somebody would tell who
 * knew the parameters. */
#ifndef WAYMARK_ENGINE_SPREAD_H
#define WAYMARK_ENGINE_SPREAD_H

#include "engine/bkt.h"
#include "engine/mastery.h"

#define SPREAD_POINTS 64

/* The draws of one skill; made once, used for any number of people. */
struct spread {
    double half_life_days;
    double start[SPREAD_POINTS], learn[SPREAD_POINTS], forget[SPREAD_POINTS];
    double top[SPREAD_POINTS];                         /* ceiling */
    double guess[SPREAD_POINTS];                       /* chance of right without it */
    double right[SPREAD_POINTS], wrong[SPREAD_POINTS]; /* likelihood ratios */
    double log_right[SPREAD_POINTS], log_wrong[SPREAD_POINTS];
    double log_guess[SPREAD_POINTS], log_not[SPREAD_POINTS];
};

/* One person on the way. */
struct spread_state {
    double p[SPREAD_POINTS];
    double weight[SPREAD_POINTS];
    int64_t last_ms;
    int32_t row_n;
};

/* Draws about the parameters `b`. Where these forget between rows, `reach` is what the
 * draws must be able to lift p to (bktfit_bound). */
void spread_make(const struct skill_bkt *b, const struct bkt_belief *belief, double reach,
                 struct spread *out);

void spread_start(const struct spread *s, struct spread_state *st);

/* As mastery_add. */
void spread_add(const struct spread *s, struct spread_state *st,
                const struct mastery_obs *o);

/* Before any row: of the start alone. */
void spread_first(const struct skill_bkt *b, const struct bkt_belief *belief, double p,
                  double *low, double *high);

/* The interval at as_of_ms; it always holds the `p` that is told. */
void spread_read(const struct spread *s, const struct spread_state *st, int64_t as_of_ms,
                 double p, double *low, double *high);

#endif
