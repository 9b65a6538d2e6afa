/* measure.h: how good a list of probabilities was, in the numbers that papers print.
 *
 * A truth may lie between 0 and 1 (a share of a maximum): it then counts as that much
 * of a right answer and the rest of a wrong one. */
#ifndef WAYMARK_ENGINE_MEASURE_H
#define WAYMARK_ENGINE_MEASURE_H

#include "base/arena.h"

#include <stddef.h>

struct measure {
    size_t n;
    /* Area under the ROC curve, ties as one half (Mann & Whitney 1947); 0.5 where all
     * answers are the same. */
    double auc;
    double accuracy; /* share on the right side of 0.5; a tie counts as "right" */
    double rmse, brier;
    double log_loss; /* natural; probabilities are kept 1e-12 away from 0 and 1 */
    /* Expected calibration error, 10 bins of equal width (Naeini et al. 2015). */
    double ece;
};

/* p and truth: n numbers in [0, 1]; NaN aborts. `scratch` holds 16 bytes a row. */
struct measure measure_of(struct arena *scratch, const double *p, const double *truth,
                          size_t n);

#endif
