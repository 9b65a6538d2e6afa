/* deadend_why.h: what follows from what in a counter-example, and how to say it. */
#ifndef WAYMARK_ENGINE_DEADEND_WHY_H
#define WAYMARK_ENGINE_DEADEND_WHY_H

#include "engine/reach.h"

/* Fill out->links from its steps and goal. */
void deadend_why(struct reach *v, struct deadend *out);

/* The verdict in plain English: "fails Check 3 twice on one day -> no attempts are left:
 * Ratios can never be proved -> Proportions stays locked for good". */
struct str deadend_why_words(struct arena *a, const struct deadend_in *in,
                             const struct deadend *d);

#endif
