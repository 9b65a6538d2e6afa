/* fitmodel.h: fitted models between the text that is kept and the engine. */
#ifndef WAYMARK_LEARN_FITMODEL_H
#define WAYMARK_LEARN_FITMODEL_H

#include "engine/bkt.h"
#include "engine/lkt.h"
#include "engine/transit.h"
#include "learn/learn.h"

/* The members of a set, for one map; NULL: the set has none of the kind. */
struct fitmodel {
    const struct bkt_model *bkt;
    const struct lkt_model *lkt;
    const int32_t *lkt_skill; /* by ord: its number in lkt, or -1 */
    const struct transit_model *transit;
};

/* Read a set (set_id 0: nothing is read). One read. Skills of another version of the map
 * are met by their codes; what the map does not know is left out. */
int fitmodel_load(struct learn *l, int64_t set_id, const struct skill_map *map,
                  struct fitmodel *out, struct err *e);

/* The predictor, of skills alone: which question comes is not known when a next step is
 * chosen. *skill_of: by ord, its number in the model, or -1. */
struct str fitmodel_lkt_write(struct arena *a, const struct lkt_model *m,
                              const struct skill_map *map);
struct lkt_model *fitmodel_lkt_read(struct arena *a, struct str text,
                                    const struct skill_map *map, const int32_t **skill_of,
                                    struct err *e);

/* What learners did next: items are the skills of the map. */
struct str fitmodel_transit_write(struct arena *a, const struct transit_model *m,
                                  const struct skill_map *map);
struct transit_model *fitmodel_transit_read(struct arena *a, struct str text,
                                            const struct skill_map *map, struct err *e);

#endif
