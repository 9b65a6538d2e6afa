#include "engine/reach.h"

#include <string.h>

/* --- what is asked again and again ------------------------------------------------- */

bool reach_can(struct reach_world *w, int32_t skill, int32_t level)
{
    struct reach *v = w->v;
    size_t at = (size_t)skill * v->level_n + (size_t)(level + 1);
    if (w->can[at] || w->seen[at] == w->open_n[skill] + 1 || w->open_n[skill] == 0 ||
        (w->only != NULL && !w->only[skill])) {
        return w->can[at];
    }
    struct supply_world s = {.open = w->open, .spent = w->spent};
    w->seen[at] = w->open_n[skill] + 1;
    w->can[at] = supply_can(v->supply, &s, skill, level);
    return w->can[at];
}

/* Can the skill be brought anywhere at all, as far as that was asked? */
bool reach_some(const struct reach_world *w, int32_t skill)
{
    const bool *v = w->can + (size_t)skill * w->v->level_n;
    for (size_t i = 0; i < w->v->level_n; i++) {
        if (v[i]) {
            return true;
        }
    }
    return false;
}

/* ... if it were among those that are mastered? */
bool reach_could(const struct reach_world *w, int32_t skill)
{
    struct supply_world s = {.open = w->open, .spent = w->spent};
    for (size_t i = 0; i < w->v->level_n; i++) {
        if (supply_can(w->v->supply, &s, skill, (int32_t)i - 1)) {
            return true;
        }
    }
    return false;
}

static bool ask_holds(void *ctx, int32_t skill, int32_t level)
{
    return reach_can(ctx, skill, level);
}

/* Where only some skills are mastered, the others have no rows but from what is spent. */
bool reach_rows(struct reach_world *w, const struct unlock_rows *r)
{
    struct supply_world s = {.open = w->open, .spent = w->spent};
    if (w->only != NULL && !w->only[r->skill]) {
        for (size_t i = 0; i < w->v->act_n; i++) {
            w->used[i] = w->open[i] && w->spent[i];
        }
        s.open = w->used;
    }
    return supply_rows(w->v->supply, &s, r->skill, r->rows, r->days);
}

static bool ask_rows(void *ctx, const struct unlock_rows *r)
{
    return reach_rows(ctx, r);
}

/* Whoever may use it up can do so; of what comes as one grade the attempts are not seen.
 */
static bool ask_used(void *ctx, int32_t activity)
{
    struct reach_world *w = ctx;
    const struct course_activity *act = &w->v->supply->activities[activity];
    bool seen = act->attempts_max > 0 && (!act->last_only || act->attempts_max == 1);
    return seen && w->open[activity] && (w->only == NULL || w->spent[activity]);
}

bool reach_rule(struct reach_world *w, int32_t rule)
{
    struct unlock_known k = {.map = w->v->map,
                             .ctx = w,
                             .holds = ask_holds,
                             .rows = ask_rows,
                             .used = ask_used,
                             .first_ms = w->v->in->as_of_ms,
                             .last_ms = INT64_MAX};
    return unlock_met(&k, &w->v->rules[rule]);
}

bool reach_lock(struct reach_world *w, const struct deadend_lock *l)
{
    int64_t held = 0;
    for (size_t i = 0; i < l->skill_n; i++) {
        held += reach_can(w, l->skills[i], SKILL_MASTERED) ? 1 : 0;
    }
    return l->skill_n > 0 && held * 100 / (int64_t)l->skill_n >= l->percent;
}

static bool skill_opens(struct reach_world *w, int32_t skill)
{
    const struct reach *v = w->v;
    struct skill_want want;
    for (size_t at = 0; skill_want_next(&v->map->skills[skill], &at, &want);) {
        bool met = false;
        for (size_t i = 0; i < want.n && !met; i++) {
            met = reach_can(w, want.of[i].skill, want.of[i].level);
        }
        if (!met) {
            return false;
        }
    }
    for (size_t i = v->rules_from[skill]; i < v->rules_from[skill + 1]; i++) {
        if (!reach_rule(w, v->rules_of[i])) {
            return false;
        }
    }
    return true;
}

/* One of its skills is open already, as the caller knows. */
static bool activity_opens(struct reach_world *w, int32_t act)
{
    const struct reach *v = w->v;
    for (size_t i = v->acts_from[act]; i < v->acts_from[act + 1]; i++) {
        if (!reach_rule(w, v->acts_rules[i])) {
            return false;
        }
    }
    bool met = v->locks_from[act] == v->locks_from[act + 1];
    for (size_t i = v->locks_from[act]; i < v->locks_from[act + 1] && !met; i++) {
        met = reach_lock(w, &v->in->locks[v->locks_of[i]]);
    }
    return met;
}

static void try_open(struct reach_world *w, int32_t skill)
{
    const struct supply *s = w->v->supply;
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        int32_t act = s->parts[i].activity;
        if (w->open[act] || !w->v->usable[act] || !activity_opens(w, act)) {
            continue;
        }
        w->open[act] = true;
        w->moved = true;
        for (size_t k = s->tells_from[act]; k < s->tells_from[act + 1]; k++) {
            w->open_n[s->tells[k].skill]++;
        }
    }
}

/* Everything that can come of the world: the least fixpoint. */
void reach_grow(struct reach_world *w)
{
    const struct skill_map *m = w->v->map;
    w->v->looks++;
    do {
        w->moved = false;
        for (size_t i = 0; i < m->skill_n; i++) {
            int32_t s = m->order[i];
            if (!w->ready[s] && skill_opens(w, s)) {
                w->ready[s] = true;
                w->moved = true;
            }
            if (w->ready[s]) {
                try_open(w, s);
            }
        }
    } while (w->moved);
    for (size_t i = 0; i < m->skill_n; i++) {
        (void)reach_can(w, (int32_t)i, SKILL_MASTERED);
    }
}

void reach_world_new(struct reach *v, struct reach_world *w)
{
    size_t skill_n = v->map->skill_n;
    *w = (struct reach_world){
        .v = v,
        .ready = ARENA_ARRAY(v->a, bool, skill_n),
        .open = ARENA_ARRAY(v->a, bool, v->act_n),
        .spent = ARENA_ARRAY(v->a, bool, v->act_n),
        .used = ARENA_ARRAY(v->a, bool, v->act_n),
        .can = ARENA_ARRAY(v->a, bool, skill_n * v->level_n),
        .seen = ARENA_ARRAY(v->a, size_t, skill_n * v->level_n),
        .open_n = ARENA_ARRAY(v->a, size_t, skill_n),
    };
}

void reach_clear(struct reach_world *w)
{
    size_t skill_n = w->v->map->skill_n;
    memset(w->ready, 0, skill_n * sizeof(bool));
    memset(w->open, 0, w->v->act_n * sizeof(bool));
    memset(w->spent, 0, w->v->act_n * sizeof(bool));
    memset(w->can, 0, skill_n * w->v->level_n * sizeof(bool));
    memset(w->seen, 0, skill_n * w->v->level_n * sizeof(size_t));
    memset(w->open_n, 0, skill_n * sizeof(size_t));
    w->only = NULL;
}

/* What is open stays open; what can be reached is asked anew, with what is spent. */
void reach_again(struct reach_world *w)
{
    size_t n = w->v->map->skill_n * w->v->level_n;
    memset(w->can, 0, n * sizeof(bool));
    memset(w->seen, 0, n * sizeof(size_t));
    w->only = NULL;
}

/* --- making the prover ----------------------------------------------------------- */

struct pair {
    int32_t key, value;
};

/* Rows of (key, value) as a CSR by key; keys below n. */
static int32_t *group(struct arena *a, const struct pair *v, size_t pair_n, size_t n,
                      size_t **from)
{
    int32_t *out = ARENA_ARRAY(a, int32_t, pair_n);
    size_t *fill = ARENA_ARRAY(a, size_t, n);
    *from = ARENA_ARRAY(a, size_t, n + 1);
    for (size_t i = 0; i < pair_n; i++) {
        (*from)[v[i].key + 1]++;
    }
    for (size_t i = 0; i < n; i++) {
        (*from)[i + 1] += (*from)[i];
    }
    for (size_t i = 0; i < pair_n; i++) {
        out[(*from)[v[i].key] + fill[v[i].key]++] = v[i].value;
    }
    return out;
}

static void index_rules(struct reach *v)
{
    const struct skill_map *m = v->map;
    size_t skills = 0;
    size_t acts = 0;
    v->rule_n = m->unlock != NULL ? m->unlock->n : 0;
    v->rules = unlock_bind(v->a, m, v->supply->activities, v->act_n);
    for (size_t i = 0; i < v->rule_n; i++) {
        acts += v->rules[i].opens_n;
    }
    struct pair *by_skill = ARENA_ARRAY(v->a, struct pair, v->rule_n * m->skill_n);
    struct pair *by_act = ARENA_ARRAY(v->a, struct pair, acts);
    acts = 0;
    for (size_t i = 0; i < v->rule_n; i++) {
        const struct unlock_bound *b = &v->rules[i];
        for (size_t k = 0; b->rule->of != UNLOCK_ACTIVITY && k < m->skill_n; k++) {
            if (unlock_about(m, b->rule, (int32_t)k)) {
                by_skill[skills++] = (struct pair){(int32_t)k, (int32_t)i};
            }
        }
        for (size_t k = 0; k < b->opens_n; k++) {
            by_act[acts++] = (struct pair){b->opens[k], (int32_t)i};
        }
    }
    v->rules_of = group(v->a, by_skill, skills, m->skill_n, &v->rules_from);
    v->acts_rules = group(v->a, by_act, acts, v->act_n, &v->acts_from);
}

static void index_locks(struct reach *v)
{
    struct pair *p = ARENA_ARRAY(v->a, struct pair, v->in->lock_n);
    struct map *at = map_new(v->a);
    int32_t *index = ARENA_ARRAY(v->a, int32_t, v->in->activity_n);
    size_t n = 0;
    for (size_t i = 0; v->in->lock_n > 0 && i < v->in->activity_n; i++) {
        index[i] = (int32_t)i;
        (void)map_put(at, str_fmt(v->a, "%lld", (long long)v->in->activities[i].id),
                      &index[i]);
    }
    for (size_t i = 0; i < v->in->lock_n; i++) {
        const int32_t *act =
            map_get(at, str_fmt(v->a, "%lld", (long long)v->in->locks[i].activity_id));
        if (act != NULL) {
            p[n++] = (struct pair){*act, (int32_t)i};
        }
    }
    v->locks_of = group(v->a, p, n, v->act_n, &v->locks_from);
}

void reach_new(struct arena *a, const struct deadend_in *in, struct reach *v)
{
    *v = (struct reach){.a = a, .in = in, .map = in->map};
    v->supply = supply_new(a, in->map, in->activities, in->activity_n, in->ties,
                           in->tie_n, in->assume);
    v->act_n = v->supply->activity_n;
    v->level_n = 1 + in->map->level_n;
    v->usable = ARENA_ARRAY(a, bool, v->act_n);
    for (size_t i = 0; i < v->act_n; i++) {
        v->usable[i] = deadend_usable(&v->supply->activities[i], in->as_of_ms);
    }
    index_rules(v);
    index_locks(v);
}
