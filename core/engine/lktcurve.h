/* lktcurve.h: the logistic curve and its inverse as tables, for the predictor.
 *
 * The same bits everywhere (made with num_exp and num_log, read with + - * alone) and
 * ten times as fast as those. */
#ifndef WAYMARK_ENGINE_LKTCURVE_H
#define WAYMARK_ENGINE_LKTCURVE_H

#define LKTCURVE_N 4096
#define LKTCURVE_FAR 12.0         /* beyond +-FAR the logistic curve counts as flat */
#define LKTCURVE_EDGE (1.0 / 256) /* probabilities count as that far from 0 and 1 */

struct lktcurve {
    double logistic[LKTCURVE_N + 1];
    double logit[LKTCURVE_N + 1];
};

void lktcurve_init(struct lktcurve *c);

/* 1 / (1 + e^-x), strictly between 0 and 1; the error is below 1e-6. */
static inline double lktcurve_logistic(const struct lktcurve *c, double x)
{
    if (!(x > -LKTCURVE_FAR))
        x = -LKTCURVE_FAR;
    if (x > LKTCURVE_FAR)
        x = LKTCURVE_FAR;
    double at = (x + LKTCURVE_FAR) * (LKTCURVE_N / (2 * LKTCURVE_FAR));
    int i = (int)at;
    i = i < LKTCURVE_N ? i : LKTCURVE_N - 1;
    return c->logistic[i] + (at - i) * (c->logistic[i + 1] - c->logistic[i]);
}

/* log(p / (1 - p)), p kept EDGE away from 0 and 1; the error is below 1e-3. */
static inline double lktcurve_logit(const struct lktcurve *c, double p)
{
    if (!(p > LKTCURVE_EDGE))
        p = LKTCURVE_EDGE;
    if (p > 1 - LKTCURVE_EDGE)
        p = 1 - LKTCURVE_EDGE;
    double at = p * LKTCURVE_N;
    int i = (int)at;
    return c->logit[i] + (at - i) * (c->logit[i + 1] - c->logit[i]);
}

#endif
