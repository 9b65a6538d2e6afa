#include "engine/skill.h"

#include <stdlib.h>
#include <string.h>

struct skill_bkt skill_bkt_default(void)
{
    return (struct skill_bkt){.p_init = 0.3,
                              .p_learn = 0.1,
                              .p_guess = 0.2,
                              .p_slip = 0.1,
                              .p_forget = 0,
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

int32_t skill_level_find(const struct skill_map *m, struct str code)
{
    for (size_t i = 0; i < m->level_n; i++) {
        if (str_eq(m->levels[i].code, code)) {
            return (int32_t)i;
        }
    }
    return -1;
}

int32_t skill_path_find(const struct skill_map *m, struct str code)
{
    for (size_t i = 0; i < m->path_n; i++) {
        if (str_eq(m->paths[i].code, code)) {
            return (int32_t)i;
        }
    }
    return -1;
}

struct str skill_text(const struct js *titles, struct str language, struct str plain)
{
    struct str s;
    char tag[36];
    size_t n = titles != NULL && language.n < sizeof(tag) ? language.n : 0;
    while (n > 0) {
        memcpy(tag, language.p, n);
        tag[n] = '\0';
        if (js_str(js_get(titles, tag), &s)) {
            return s;
        }
        do {
            n--;
        } while (n > 0 && language.p[n] != '-');
    }
    return plain;
}

/* --- requirements ---------------------------------------------------------------- */

bool skill_want_next(const struct skill *s, size_t *at, struct skill_want *out)
{
    if (*at >= s->need_n || !s->needs[*at].hard) {
        return false;
    }
    *out = (struct skill_want){.of = &s->needs[*at], .n = 1};
    while (out->of->any > 0 && *at + out->n < s->need_n &&
           out->of[out->n].any == out->of->any) {
        out->n++;
    }
    *at += out->n;
    return true;
}

size_t skill_missing(const struct skill_map *m, int32_t skill, skill_holds_fn holds,
                     void *ctx, struct skill_want *out)
{
    struct skill_want w;
    size_t n = 0;
    for (size_t at = 0; skill_want_next(&m->skills[skill], &at, &w);) {
        bool met = false;
        for (size_t i = 0; i < w.n && !met; i++) {
            met = holds(ctx, w.of[i].skill, w.of[i].level);
        }
        if (!met) {
            out[n++] = w;
        }
    }
    return n;
}

static void push_need(struct arena *a, const struct skill_map *m,
                      const struct skill_need *n, struct js *list)
{
    if (n->level == SKILL_MASTERED) {
        js_push_str(list, m->skills[n->skill].code);
        return;
    }
    struct js *o = js_object(a);
    js_set_str(o, "skill", m->skills[n->skill].code);
    js_set_str(o, "level", m->levels[n->level].code);
    js_push(list, o);
}

struct js *skill_wants_json(struct arena *a, const struct skill_map *m,
                            const struct skill_want *wants, size_t n)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < n; i++) {
        struct js *group = wants[i].of->any > 0 ? js_array(a) : list;
        for (size_t k = 0; k < wants[i].n; k++) {
            push_need(a, m, &wants[i].of[k], group);
        }
        if (group != list) {
            js_push(list, group);
        }
    }
    return list;
}

/* --- linking --------------------------------------------------------------------- */

static int by_kind(const void *a, const void *b)
{
    const struct skill_need *x = a;
    const struct skill_need *y = b;
    if (x->hard != y->hard) {
        return x->hard ? -1 : 1;
    }
    if (x->any != y->any) {
        return x->any < y->any ? -1 : 1;
    }
    return (x->skill > y->skill) - (x->skill < y->skill);
}

void skill_sort_needs(struct skill *s)
{
    int32_t top = 0;
    if (s->need_n == 0) {
        return;
    }
    qsort(s->needs, s->need_n, sizeof(*s->needs), by_kind);
    /* A group is called after its smallest ord, then counted from 1. */
    for (size_t i = 0, j; i < s->need_n; i = j) {
        int32_t any = s->needs[i].any;
        for (j = i; j < s->need_n && s->needs[j].any == any; j++) {
            s->needs[j].any = any > 0 ? s->needs[i].skill + 1 : 0;
        }
        if (j == i + 1) {
            s->needs[i].any = 0; /* alone: needed for itself */
        }
    }
    qsort(s->needs, s->need_n, sizeof(*s->needs), by_kind);
    for (size_t i = 0, j; i < s->need_n; i = j) {
        int32_t any = s->needs[i].any;
        top += any > 0 ? 1 : 0;
        for (j = i; j < s->need_n && s->needs[j].any == any; j++) {
            s->needs[j].any = any > 0 ? top : 0;
        }
    }
}

static bool level_ok(const struct skill_map *m, int32_t level)
{
    return level >= SKILL_MASTERED && level < (int32_t)m->level_n;
}

static int check_goals(const struct skill_map *m, struct err *e)
{
    for (size_t i = 0; i < m->path_n; i++) {
        for (size_t j = 0; j < m->paths[i].goal_n; j++) {
            const struct skill_goal *g = &m->paths[i].goals[j];
            if (g->skill < 0 || (size_t)g->skill >= m->skill_n ||
                !level_ok(m, g->level)) {
                return err_set(e, ERR_INPUT, "a goal is outside the map");
            }
        }
    }
    return 0;
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
            if (!level_ok(m, s->needs[j].level)) {
                return err_set(e, ERR_INPUT, "%.*s needs a level that there is not",
                               STR_ARG(s->code));
            }
        }
    }
    for (size_t i = 0; i < m->target_n; i++) {
        if (m->targets[i] < 0 || (size_t)m->targets[i] >= m->skill_n) {
            return err_set(e, ERR_INPUT, "target is outside the map");
        }
    }
    return check_goals(m, e);
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
        struct skill_want w;
        s->depth = 0;
        for (size_t at = 0; skill_want_next(s, &at, &w);) {
            int32_t d = INT32_MAX;
            for (size_t k = 0; k < w.n; k++) {
                int32_t of = m->skills[w.of[k].skill].depth + 1;
                d = of < d ? of : d;
            }
            s->depth = d > s->depth ? d : s->depth;
        }
    }
}

int skill_link(struct arena *a, struct skill_map *m, struct err *e)
{
    if (index_codes(a, m, e) != 0 || sort_order(a, m, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < m->skill_n; i++) {
        skill_sort_needs(&m->skills[i]);
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

bool skill_targets_chosen(struct arena *a, const struct skill_map *m)
{
    bool *needed = ARENA_ARRAY(a, bool, m->skill_n);
    size_t ends = 0;
    size_t hits = 0;
    for (size_t i = 0; i < m->skill_n; i++) {
        for (size_t j = 0; j < m->skills[i].need_n; j++) {
            needed[m->skills[i].needs[j].skill] = true;
        }
    }
    for (size_t i = 0; i < m->skill_n; i++) {
        ends += needed[i] ? 0 : 1;
    }
    for (size_t i = 0; i < m->target_n; i++) {
        hits += needed[m->targets[i]] ? 0 : 1;
    }
    return hits != ends || hits != m->target_n;
}
