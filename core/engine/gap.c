#include "engine/gap.h"

#define COST_MAX 1000000 /* many ways share steps: enough is enough */

struct work {
    const struct skill_map *m;
    skill_holds_fn holds;
    void *ctx;
    int32_t *cost;          /* by ord: open steps from nothing to the skill, itself too */
    bool *wanted;           /* by ord */
    struct gap_step *steps; /* by ord, where wanted */
};

/* How far a level goes: "mastered" is its threshold, and the word on top. */
static bool is_higher(const struct skill_map *m, int32_t a, int32_t b)
{
    double x = a == SKILL_MASTERED ? m->limits.p_mastered : m->levels[a].p;
    double y = b == SKILL_MASTERED ? m->limits.p_mastered : m->levels[b].p;
    return x > y || (x == y && a == SKILL_MASTERED);
}

static int32_t cost_of(const struct work *w, const struct skill_need *n)
{
    return w->holds(w->ctx, n->skill, n->level) ? 0 : w->cost[n->skill];
}

/* The member that is nearest; the first of several. */
static const struct skill_need *nearest(const struct work *w,
                                        const struct skill_want *want)
{
    const struct skill_need *best = want->of;
    for (size_t i = 1; i < want->n; i++) {
        if (cost_of(w, &want->of[i]) < cost_of(w, best)) {
            best = &want->of[i];
        }
    }
    return best;
}

/* Prerequisites first. */
static void count_costs(struct work *w)
{
    for (size_t k = 0; k < w->m->skill_n; k++) {
        int32_t i = w->m->order[k];
        struct skill_want want;
        int32_t sum = 1;
        for (size_t at = 0; skill_want_next(&w->m->skills[i], &at, &want);) {
            sum += cost_of(w, nearest(w, &want));
            sum = sum < COST_MAX ? sum : COST_MAX;
        }
        w->cost[i] = sum;
    }
}

static void want_step(struct work *w, const struct skill_goal *g, bool goal, bool behind,
                      const struct skill_want *any)
{
    struct gap_step *s = &w->steps[g->skill];
    if (!w->wanted[g->skill]) {
        w->wanted[g->skill] = true;
        *s = (struct gap_step){
            .skill = g->skill, .level = g->level, .goal = goal, .behind = behind};
        if (any != NULL) {
            s->any = *any;
        }
        return;
    }
    s->level = is_higher(w->m, g->level, s->level) ? g->level : s->level;
    s->goal = s->goal || goal;
    s->behind = s->behind && behind;
    if (any == NULL) {
        s->any = (struct skill_want){0}; /* something needs just this one */
    }
}

/* What skill `i`, wanted itself, rests on. */
static void want_needs(struct work *w, int32_t i)
{
    bool held = w->holds(w->ctx, i, w->steps[i].level);
    bool behind = held || w->steps[i].behind;
    struct skill_want want;
    for (size_t at = 0; skill_want_next(&w->m->skills[i], &at, &want);) {
        const struct skill_need *n = nearest(w, &want);
        bool met = cost_of(w, n) == 0;
        if (want.n > 1 && held && !met) {
            continue; /* one of these must have done; nobody knows which is lacking */
        }
        struct skill_goal g = {.skill = n->skill, .level = n->level};
        want_step(w, &g, false, behind, want.n > 1 && !met ? &want : NULL);
    }
}

size_t gap_work(struct arena *a, const struct skill_map *m,
                const struct skill_goal *goals, size_t goal_n, skill_holds_fn holds,
                void *ctx, struct gap_step **out)
{
    struct work w = {.m = m,
                     .holds = holds,
                     .ctx = ctx,
                     .cost = ARENA_ARRAY(a, int32_t, m->skill_n),
                     .wanted = ARENA_ARRAY(a, bool, m->skill_n),
                     .steps = ARENA_ARRAY(a, struct gap_step, m->skill_n)};
    size_t n = 0;
    count_costs(&w);
    for (size_t i = 0; i < goal_n; i++) {
        want_step(&w, &goals[i], true, false, NULL);
    }
    for (size_t k = m->skill_n; k-- > 0;) {
        if (w.wanted[m->order[k]]) {
            want_needs(&w, m->order[k]);
        }
    }
    *out = ARENA_ARRAY(a, struct gap_step, m->skill_n);
    for (size_t k = 0; k < m->skill_n; k++) {
        int32_t i = m->order[k];
        if (w.wanted[i] && !holds(ctx, i, w.steps[i].level)) {
            (*out)[n++] = w.steps[i];
        }
    }
    return n;
}
