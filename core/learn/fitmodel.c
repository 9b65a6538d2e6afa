#include "learn/fitmodel.h"

#include "store/fitted.h"

static int32_t find_skill(const void *ctx, struct str code)
{
    return skill_find(ctx, code);
}

struct str fitmodel_transit_write(struct arena *a, const struct transit_model *m,
                                  const struct skill_map *map)
{
    struct str *codes = ARENA_ARRAY(a, struct str, map->skill_n);
    for (size_t i = 0; i < map->skill_n; i++)
        codes[i] = map->skills[i].code;
    return transit_write(a, m, codes);
}

struct transit_model *fitmodel_transit_read(struct arena *a, struct str text,
                                            const struct skill_map *map, struct err *e)
{
    return transit_read(a, text, (int32_t)map->skill_n, find_skill, map, e);
}

static int read_bkt(struct arena *a, struct str text, const struct skill_map *map,
                    struct fitmodel *out, struct err *e)
{
    struct bkt_model *m = ARENA_NEW(a, struct bkt_model);
    if (bkt_read(a, text, map, m, e) < 0)
        return -1;
    out->bkt = m;
    return 0;
}

int fitmodel_load(struct learn *l, int64_t set_id, const struct skill_map *map,
                  struct fitmodel *out, struct err *e)
{
    struct fitted_model rows[FITTED_KINDS];
    *out = (struct fitmodel){0};
    if (set_id == 0)
        return 0;
    if (fitted_of_set(l->db, l->a, l->tenant_id, set_id, rows, e) < 0)
        return -1;
    if (rows[FITTED_BKT].model_id != 0 &&
        read_bkt(l->a, rows[FITTED_BKT].document, map, out, e) < 0)
        return -1;
    if (rows[FITTED_TRANSIT].model_id != 0 &&
        (out->transit =
             fitmodel_transit_read(l->a, rows[FITTED_TRANSIT].document, map, e)) == NULL)
        return -1;
    return 0;
}
