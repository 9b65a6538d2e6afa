/* lktdoc.h: the predictor's model as text and back.
 *
 * Lines: a head, the mean, the usual parts, the codes of items, skills and q-skills one
 * a line, the q-skills of skills, the weights that are not 0, the rates, "end". All
 * numbers are whole (LKTMODEL_UNIT apart), so the model comes back bit by bit. */
#ifndef WAYMARK_ENGINE_LKTDOC_H
#define WAYMARK_ENGINE_LKTDOC_H

#include "engine/lktmodel.h"

struct str lktdoc_write(struct arena *a, const struct lkt_model *m,
                        const struct lkt_codes *codes);

/* Fills what lktmodel_init did not. ERR_INPUT with line and reason, or ERR_LIMIT. */
int lktdoc_read(struct arena *a, struct str text, struct lkt_model *m,
                struct lkt_codes *codes, struct err *e);

#endif
