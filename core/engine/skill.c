#include "engine/skill.h"

#include <stdlib.h>
#include <string.h>

struct skill_bkt skill_bkt_default(void)
{
    return (struct skill_bkt){.p_init = 0.3,
                              .p_learn = 0.1,
                              .p_guess = 0.2,
                              .p_slip = 0.1,
                              .half_life_days = 0};
}

struct skill_limits skill_limits_default(void)
{
    return (struct skill_limits){.p_mastered = 0.95,
                                 .p_almost = 0.8,
                                 .min_rows = 3,
                                 .min_days = 2,
                                 .review_days = 28};
}

int32_t skill_find(const struct skill_map *m, struct str code)
{
    const struct skill *s = map_get(m->by_code, code);
    return s != NULL ? (int32_t)(s - m->skills) : -1;
}

static int index_codes(struct arena *a, struct skill_map *m, struct err *e)
{
    m->by_code = map_new(a);
    for (size_t i = 0; i < m->skill_n; i++) {
        struct skill *s = &m->skills[i];
        if (map_put(m->by_code, s->code, s) != NULL) {
            return err_set(e, ERR_INPUT, "skill code used twice: %.*s", STR_ARG(s->code));
        }
        for (size_t j = 0; j < s->need_n; j++) {
            if (s->needs[j].skill < 0 || (size_t)s->needs[j].skill >= m->skill_n) {
                return err_set(e, ERR_INPUT, "prerequisite of %.*s is outside the map",
                               STR_ARG(s->code));
            }
        }
    }
    for (size_t i = 0; i < m->target_n; i++) {
        if (m->targets[i] < 0 || (size_t)m->targets[i] >= m->skill_n) {
            return err_set(e, ERR_INPUT, "target is outside the map");
        }
    }
    return 0;
}

static int by_heir(const void *a, const void *b)
{
    const struct skill_heir *x = a;
    const struct skill_heir *y = b;
    int c = str_cmp(x->code, y->code);
    return c != 0 ? c : (x->skill > y->skill) - (x->skill < y->skill);
}

static void link_heirs(struct arena *a, struct skill_map *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->skill_n; i++) {
        n += m->skills[i].replaces_n;
    }
    m->heirs = ARENA_ARRAY(a, struct skill_heir, n);
    m->heir_n = 0;
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t j = 0; j < m->skills[i].replaces_n; j++) {
            m->heirs[m->heir_n++] = (struct skill_heir){.code = m->skills[i].replaces[j],
                                                        .skill = (int32_t)i};
        }
    }
    if (n > 0) {
        qsort(m->heirs, n, sizeof(*m->heirs), by_heir);
    }
}

size_t skill_heirs(const struct skill_map *m, struct str code, int32_t *out, size_t max)
{
    int32_t own = skill_find(m, code);
    if (own >= 0 && max > 0) {
        out[0] = own;
    }
    if (own >= 0) {
        return 1;
    }
    size_t low = 0;
    size_t high = m->heir_n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (str_cmp(m->heirs[mid].code, code) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    size_t n = 0;
    for (; low < m->heir_n && str_eq(m->heirs[low].code, code); low++, n++) {
        if (n < max) {
            out[n] = m->heirs[low].skill;
        }
    }
    return n;
}

/* The skills that each one opens, hard edges alone, by ord. */
static void link_opens(struct arena *a, struct skill_map *m)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t j = 0; j < m->skills[i].need_n; j++) {
            const struct skill_need *n = &m->skills[i].needs[j];
            m->skills[n->skill].open_n += n->hard ? 1 : 0;
        }
    }
    for (size_t i = 0; i < m->skill_n; i++) {
        m->skills[i].opens = ARENA_ARRAY(a, int32_t, m->skills[i].open_n);
        m->skills[i].open_n = 0;
    }
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t j = 0; j < m->skills[i].need_n; j++) {
            const struct skill_need *n = &m->skills[i].needs[j];
            if (n->hard) {
                struct skill *s = &m->skills[n->skill];
                s->opens[s->open_n++] = (int32_t)i;
            }
        }
    }
}

/* Kahn 1962: take what has no need left; what cannot be taken lies on or behind a cycle.
 */
static int sort_order(struct arena *a, struct skill_map *m, struct err *e)
{
    size_t n = m->skill_n;
    size_t edge_n = 0;
    int32_t *left = ARENA_ARRAY(a, int32_t, n);
    size_t *from = ARENA_ARRAY(a, size_t, n + 1); /* CSR of users, hard and soft */
    for (size_t i = 0; i < n; i++) {
        left[i] = (int32_t)m->skills[i].need_n;
        for (size_t j = 0; j < m->skills[i].need_n; j++) {
            from[m->skills[i].needs[j].skill + 1]++;
            edge_n++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        from[i + 1] += from[i];
    }
    int32_t *user = ARENA_ARRAY(a, int32_t, edge_n);
    size_t *fill = ARENA_ARRAY(a, size_t, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m->skills[i].need_n; j++) {
            int32_t s = m->skills[i].needs[j].skill;
            user[from[s] + fill[s]++] = (int32_t)i;
        }
    }
    m->order = ARENA_ARRAY(a, int32_t, n);
    size_t done = 0;
    size_t head = 0;
    for (size_t i = 0; i < n; i++) {
        if (left[i] == 0) {
            m->order[done++] = (int32_t)i;
        }
    }
    while (head < done) {
        int32_t s = m->order[head++];
        for (size_t j = from[s]; j < from[s + 1]; j++) {
            if (--left[user[j]] == 0) {
                m->order[done++] = user[j];
            }
        }
    }
    return done == n ? 0 : err_set(e, ERR_INPUT, "the prerequisites have a cycle");
}

static void set_depth(struct skill_map *m)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        struct skill *s = &m->skills[m->order[i]];
        s->depth = 0;
        for (size_t j = 0; j < s->need_n; j++) {
            int32_t d = m->skills[s->needs[j].skill].depth + 1;
            if (s->needs[j].hard && d > s->depth) {
                s->depth = d;
            }
        }
    }
}

int skill_link(struct arena *a, struct skill_map *m, struct err *e)
{
    if (index_codes(a, m, e) != 0 || sort_order(a, m, e) != 0) {
        return -1;
    }
    link_opens(a, m);
    link_heirs(a, m);
    set_depth(m);
    return 0;
}

void skill_distance(const struct skill_map *m, const int32_t *targets, size_t target_n,
                    int32_t *out)
{
    for (size_t i = 0; i < m->skill_n; i++) {
        out[i] = INT32_MAX;
    }
    for (size_t i = 0; i < target_n; i++) {
        out[targets[i]] = 0;
    }
    /* Users come after their needs in the order, so one pass from the end is enough. */
    for (size_t i = m->skill_n; i-- > 0;) {
        int32_t s = m->order[i];
        if (out[s] == INT32_MAX) {
            continue;
        }
        for (size_t j = 0; j < m->skills[s].need_n; j++) {
            const struct skill_need *n = &m->skills[s].needs[j];
            int32_t d = out[s] + (n->hard ? 1 : 2);
            if (d < out[n->skill]) {
                out[n->skill] = d;
            }
        }
    }
}
