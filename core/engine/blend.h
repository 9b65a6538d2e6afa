/* blend.h: weights for scorers, fitted to what people did next.
 *
 * A conditional logit (McFadden 1974, "Conditional logit analysis of qualitative choice
 * behavior"): the chance that a person takes candidate j is exp(w.x_j) over the sum of
 * all candidates' exp. Newton's method on the ridged log-likelihood; it is concave, so
 * the answer does not depend on where it starts. */
#ifndef WAYMARK_ENGINE_BLEND_H
#define WAYMARK_ENGINE_BLEND_H

#include "engine/transit.h"

#define BLEND_MAX 24 /* features */

/* One choice: n candidates with k features each, [candidate * k + feature]. */
struct blend_choice {
    const float *x;
    size_t n;
    size_t taken;
};

struct blend_fitted {
    double weight[BLEND_MAX];
    double log_loss;       /* mean over the choices, of the weights ... */
    double log_loss_first; /* ... and of the first feature alone, at weight 1 */
    size_t choices;
    int32_t rounds; /* of Newton's method */
};

/* k <= BLEND_MAX features. `ridge` pulls the weights towards `prior` (k of them), which
 * is what they are without choices. */
void blend_fit(struct arena *a, const struct blend_choice *choices, size_t choice_n,
               size_t k, const double *prior, double ridge, struct blend_fitted *out);

/* More features than the transit's own, and candidates that may not be taken. */
struct blend_more {
    size_t n; /* features */
    /* Fill x[feature * item_n + item] and, where it may not be taken, allowed[item] =
     * false, for a person with that history. */
    void (*fill)(void *ctx, const int32_t *history, size_t history_n, float *x,
                 bool *allowed);
    void *ctx;
};

/* Weights of the ten parts of transit.h (and of `more`, or NULL, behind them): five folds
 * of persons, counts from four, choices from the fifth, `first` items into a history at
 * the earliest. No person's own counts weigh their own choices. */
void blend_transit(const struct transit_rows *rows, const struct blend_more *more,
                   size_t first, struct blend_fitted *out);

#endif
