#include "engine/lktcurve.h"

#include "engine/num.h"

void lktcurve_init(struct lktcurve *c)
{
    for (int i = 0; i <= LKTCURVE_N; i++) {
        double x = -LKTCURVE_FAR + i * (2 * LKTCURVE_FAR / LKTCURVE_N);
        double p = num_clamp((double)i / LKTCURVE_N, LKTCURVE_EDGE, 1 - LKTCURVE_EDGE);
        c->logistic[i] = 1 / (1 + num_exp(-x));
        c->logit[i] = num_log(p / (1 - p));
    }
}
