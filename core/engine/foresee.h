/* foresee.h: how likely a person's next answer on each skill is right, by the predictor
 * (lkt.h), from the person's own answers in this course. */
#ifndef WAYMARK_ENGINE_FORESEE_H
#define WAYMARK_ENGINE_FORESEE_H

#include "engine/lkt.h"

struct foresee {
    const struct lkt_model *model;
    const int32_t *skill_of; /* by ord: the skill's number in the model, or -1 */
    size_t skill_n;
};

/* An answer of the person on a skill. */
struct foresee_row {
    int32_t skill; /* ord */
    int64_t at_ms;
    double share; /* 0 to 1 */
};

/* Fill p_right[skill_n]: -1 for skills that the model does not know. Which question it
 * will be is not known yet: an average one. Rows in the engine's order. */
void foresee_right(struct arena *a, const struct foresee *f,
                   const struct foresee_row *rows, size_t n, int64_t as_of_ms,
                   double *p_right);

#endif
