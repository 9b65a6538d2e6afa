#include "learn/fitmodel.h"

#include "store/fitted.h"

static int32_t find_skill(const void *ctx, struct str code)
{
    return skill_find(ctx, code);
}

static struct str *codes_of(struct arena *a, const struct skill_map *map)
{
    struct str *codes = ARENA_ARRAY(a, struct str, map->skill_n);
    for (size_t i = 0; i < map->skill_n; i++)
        codes[i] = map->skills[i].code;
    return codes;
}

struct str fitmodel_transit_write(struct arena *a, const struct transit_model *m,
                                  const struct skill_map *map)
{
    return transit_write(a, m, codes_of(a, map));
}

struct str fitmodel_lkt_write(struct arena *a, const struct lkt_model *m,
                              const struct skill_map *map)
{
    struct lkt_codes codes = {.skills = codes_of(a, map), .skill_n = map->skill_n};
    return lkt_write(a, m, &codes);
}

struct lkt_model *fitmodel_lkt_read(struct arena *a, struct str text,
                                    const struct skill_map *map, const int32_t **skill_of,
                                    struct err *e)
{
    struct lkt_codes codes;
    int32_t *of = ARENA_ARRAY(a, int32_t, map->skill_n);
    struct lkt_model *m = lkt_read(a, text, &codes, e);
    if (m == NULL)
        return NULL;
    for (size_t i = 0; i < map->skill_n; i++)
        of[i] = -1;
    for (size_t i = 0; i < codes.skill_n; i++) {
        int32_t heirs[SKILL_HEIRS_MAX];
        size_t n = skill_heirs(map, codes.skills[i], heirs, SKILL_HEIRS_MAX);
        for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++)
            of[heirs[k]] = (int32_t)i;
    }
    *skill_of = of;
    return m;
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
    if (rows[FITTED_LKT].model_id != 0 &&
        (out->lkt = fitmodel_lkt_read(l->a, rows[FITTED_LKT].document, map,
                                      &out->lkt_skill, e)) == NULL)
        return -1;
    if (rows[FITTED_TRANSIT].model_id != 0 &&
        (out->transit =
             fitmodel_transit_read(l->a, rows[FITTED_TRANSIT].document, map, e)) == NULL)
        return -1;
    return 0;
}
