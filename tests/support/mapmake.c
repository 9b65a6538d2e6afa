#include "support/mapmake.h"

uint64_t mapmake_next(uint64_t *seed)
{
    uint64_t x = *seed == 0 ? 88172645463325252u : *seed;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *seed = x;
    return x * 2685821657736338717u;
}

double mapmake_unit(uint64_t *seed)
{
    return (double)(mapmake_next(seed) >> 11) / 9007199254740992.0;
}

int32_t mapmake_below(uint64_t *seed, int32_t n)
{
    return (int32_t)((mapmake_next(seed) >> 33) % (uint64_t)n);
}

struct skill_map *mapmake_plain(struct arena *a, size_t n)
{
    struct skill_map *m = ARENA_NEW(a, struct skill_map);
    m->code = STR("test");
    m->title = STR("Test");
    m->limits = skill_limits_default();
    m->bkt = skill_bkt_default();
    m->skill_n = n;
    m->skills = ARENA_ARRAY(a, struct skill, n);
    m->targets = ARENA_ARRAY(a, int32_t, n);
    m->targets[0] = (int32_t)n - 1;
    m->target_n = 1;
    for (size_t i = 0; i < n; i++) {
        m->skills[i].code = str_fmt(a, "S%zu", i);
        m->skills[i].title = m->skills[i].code;
        m->skills[i].unit = STR("Unit");
        m->skills[i].minutes = 10;
        m->skills[i].bkt = m->bkt;
    }
    return m;
}

static void add_need(struct arena *a, struct skill *s, struct skill_need need)
{
    struct skill_need *grown = ARENA_ARRAY(a, struct skill_need, s->need_n + 1);
    for (size_t i = 0; i < s->need_n; i++) {
        grown[i] = s->needs[i];
    }
    grown[s->need_n++] = need;
    s->needs = grown;
}

void mapmake_need(struct arena *a, struct skill_map *m, int32_t skill, int32_t need,
                  bool hard)
{
    add_need(a, &m->skills[skill],
             (struct skill_need){.skill = need, .hard = hard, .level = SKILL_MASTERED});
}

void mapmake_any(struct arena *a, struct skill_map *m, int32_t skill, int32_t need,
                 int32_t group)
{
    add_need(a, &m->skills[skill],
             (struct skill_need){
                 .skill = need, .hard = true, .any = group, .level = SKILL_MASTERED});
}

void mapmake_link(struct arena *a, struct skill_map *m)
{
    struct err e = {0};
    INVARIANT(skill_link(a, m, &e) == 0);
}

struct skill_map *mapmake_random(struct arena *a, uint64_t *seed)
{
    int32_t n = 1 + mapmake_below(seed, 40);
    struct skill_map *m = mapmake_plain(a, (size_t)n);
    /* Edges follow a random order of the skills, so that ords are not topological. */
    int32_t *at = ARENA_ARRAY(a, int32_t, (size_t)n);
    for (int32_t i = 0; i < n; i++) {
        int32_t j = mapmake_below(seed, i + 1);
        at[i] = at[j];
        at[j] = i;
    }
    double density = mapmake_unit(seed) * 0.3;
    double any = mapmake_unit(seed) < 0.5 ? 0.4 : 0.0; /* share of hard ones in groups */
    for (int32_t i = 1; i < n; i++) {
        for (int32_t j = 0; j < i; j++) {
            if (mapmake_unit(seed) >= density) {
                continue;
            }
            bool hard = mapmake_unit(seed) < 0.7;
            int32_t group =
                hard && mapmake_unit(seed) < any ? 1 + mapmake_below(seed, 3) : 0;
            if (group > 0) {
                mapmake_any(a, m, at[i], at[j], group);
            } else {
                mapmake_need(a, m, at[i], at[j], hard);
            }
        }
    }
    m->target_n = 0;
    for (int32_t i = 0; i < n; i++) {
        if (i == 0 || mapmake_unit(seed) < 0.1) {
            m->targets[m->target_n++] = at[n - 1 - i];
        }
    }
    mapmake_link(a, m);
    return m;
}
