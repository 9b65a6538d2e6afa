/* lktfit.h: fitting the predictor's model. */
#ifndef WAYMARK_ENGINE_LKTFIT_H
#define WAYMARK_ENGINE_LKTFIT_H

#include "engine/lktmodel.h"

void lktfit_run(struct lkt_model *m, struct arena *a, struct arena *scratch,
                const struct answers *train, const struct lkt_opts *opts);

#endif
