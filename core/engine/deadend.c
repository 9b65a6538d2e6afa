#include "engine/deadend.h"

#include "engine/deadend_run.h"
#include "engine/deadend_why.h"

#include <stdlib.h>
#include <string.h>

#define BUDGET 4000   /* looks for something shorter */
#define SHORTER_MAX 6 /* steps: longer ones are not looked for one by one */
#define LOST_TRIED 3  /* targets whose counter-examples are compared */

bool deadend_usable(const struct course_activity *act, int64_t as_of_ms)
{
    bool over = act->closes_ms > 0 && act->closes_ms <= as_of_ms;
    bool never = act->closes_ms > 0 && act->opens_ms >= act->closes_ms;
    return act->visible && !over && !never;
}

/* The goals of all paths; without paths, the targets. */
static size_t goals_of(struct arena *a, const struct skill_map *m,
                       struct skill_goal **out)
{
    size_t n = m->target_n;
    for (size_t i = 0; i < m->path_n; i++) {
        n += m->paths[i].goal_n;
    }
    struct skill_goal *v = ARENA_ARRAY(a, struct skill_goal, n);
    n = 0;
    for (size_t i = 0; m->path_n == 0 && i < m->target_n; i++) {
        v[n++] = (struct skill_goal){.skill = m->targets[i], .level = SKILL_MASTERED};
    }
    for (size_t i = 0; i < m->path_n; i++) {
        for (size_t k = 0; k < m->paths[i].goal_n; k++) {
            const struct skill_goal *g = &m->paths[i].goals[k];
            bool known = false;
            for (size_t j = 0; j < n && !known; j++) {
                known = v[j].skill == g->skill && v[j].level == g->level;
            }
            if (!known) {
                v[n++] = *g;
            }
        }
    }
    *out = v;
    return n;
}

/* --- a counter-example ----------------------------------------------------------- */

/* First these skills are mastered, then these activities are used up. */
struct plan {
    bool *master;
    bool *spend;
    size_t n;
};

struct hunt {
    struct reach *v;
    struct skill_goal goal;
    struct reach_world w; /* scratch */
    struct plan plan;
    bool *asked;    /* by activity: a rule is about its attempts or its rows */
    int32_t *items; /* what may be done: skills, then skill_n + activity */
    size_t item_n;
    bool weary; /* a run was too much work: the next would be, too */
};

static void mark_asked(struct hunt *h)
{
    const struct reach *v = h->v;
    const struct supply *s = v->supply;
    h->asked = ARENA_ARRAY(v->a, bool, v->act_n);
    for (size_t i = 0; i < v->rule_n; i++) {
        const struct unlock_bound *b = &v->rules[i];
        int32_t skill = b->rule->rows.skill;
        for (size_t k = 0; k < b->used_n; k++) {
            h->asked[b->used[k]] = true;
        }
        for (size_t k = skill >= 0 ? s->from[skill] : 0;
             skill >= 0 && k < s->from[skill + 1]; k++) {
            h->asked[s->parts[k].activity] = true;
        }
    }
}

static void toggle(struct hunt *h, int32_t item, bool on)
{
    int32_t skill_n = (int32_t)h->v->map->skill_n;
    bool *at = item < skill_n ? &h->plan.master[item] : &h->plan.spend[item - skill_n];
    h->plan.n += on && !*at ? 1 : 0;
    h->plan.n -= !on && *at ? 1 : 0;
    *at = on;
}

/* Can the plan be carried out, and is the goal out of reach then? */
static bool stuck(struct hunt *h)
{
    struct reach_world *w = &h->w;
    reach_clear(w);
    w->only = h->plan.master;
    memcpy(w->spent, h->plan.spend, h->v->act_n * sizeof(bool));
    /* Before the end only a rule asks for what is used up, or for its rows. */
    for (size_t i = 0; i < h->v->act_n; i++) {
        w->spent[i] = w->spent[i] && h->asked[i];
    }
    reach_grow(w);
    for (size_t i = 0; i < h->v->map->skill_n; i++) {
        if (h->plan.master[i] && !reach_some(w, (int32_t)i)) {
            return false;
        }
    }
    for (size_t i = 0; i < h->v->act_n; i++) {
        if (h->plan.spend[i] && !w->open[i]) {
            return false;
        }
    }
    memcpy(w->spent, h->plan.spend, h->v->act_n * sizeof(bool));
    reach_again(w);
    reach_grow(w);
    return !reach_can(w, h->goal.skill, h->goal.level);
}

/* The steps of the plan, skills in the order in which they can be mastered. An activity
 * that a rule wants used up goes as soon as it is open; it costs nothing to do it before
 * the skills that come after it, so it is put in front of those that need it. */
static size_t write_steps(struct hunt *h, struct deadend_step *out)
{
    struct reach *v = h->v;
    struct reach_world *w = &h->w;
    size_t n = 0;
    bool *done = ARENA_ARRAY(v->a, bool, v->act_n);
    bool *master = ARENA_ARRAY(v->a, bool, v->map->skill_n);
    reach_clear(w);
    w->only = master;
    for (bool moved = true; moved;) {
        moved = false;
        reach_again(w);
        w->only = master;
        reach_grow(w);
        for (size_t i = 0; i < v->map->skill_n && !moved; i++) {
            int32_t s = v->map->order[i];
            if (h->plan.master[s] && !master[s] && reach_could(w, s)) {
                master[s] = true;
                moved = true;
                out[n++] = (struct deadend_step){.kind = DEADEND_MASTERS, .what = s};
            }
        }
        for (size_t i = 0; i < v->act_n && !moved; i++) {
            if (h->plan.spend[i] && !done[i] && w->open[i]) {
                done[i] = true;
                moved = true;
                w->spent[i] = true;
                out[n++] =
                    (struct deadend_step){.kind = DEADEND_FAILS,
                                          .what = (int32_t)i,
                                          .tries = v->supply->activities[i].attempts_max};
            }
        }
    }
    return n;
}

/* Leave out what can be left out, in ever smaller pieces (Zeller & Hildebrandt 2002,
 * "Simplifying and isolating failure-inducing input", TSE 28:183). */
static bool shrink_by(struct hunt *h, size_t size)
{
    bool less = false;
    for (size_t from = 0; from < h->item_n;) {
        size_t n = from + size < h->item_n ? size : h->item_n - from;
        for (size_t i = from; i < from + n; i++) {
            toggle(h, h->items[i], false);
        }
        if (stuck(h)) {
            h->item_n -= n;
            memmove(h->items + from, h->items + from + n,
                    (h->item_n - from) * sizeof(*h->items));
            less = true;
            continue;
        }
        for (size_t i = from; i < from + n; i++) {
            toggle(h, h->items[i], true);
        }
        from += n;
    }
    return less;
}

static void shrink(struct hunt *h)
{
    for (size_t size = h->item_n; size > 0; size /= 2) {
        while (shrink_by(h, size) && size == 1) {
        }
    }
}

/* Run the plan against the engine: out of reach there, too? */
static bool holds_good(struct hunt *h, struct deadend *out)
{
    struct deadend_step *steps = ARENA_ARRAY(h->v->a, struct deadend_step, h->plan.n);
    size_t n = write_steps(h, steps);
    struct deadend_ran ran;
    if (n != h->plan.n || h->weary) {
        return false;
    }
    deadend_run(h->v->in, steps, n, h->goal, &ran);
    h->weary = ran.weary;
    if (!ran.done || ran.reached) {
        return false;
    }
    out->steps = steps;
    out->step_n = n;
    out->goal = h->goal;
    return true;
}

/* --- something shorter ----------------------------------------------------------- */

/* Everything that may have to do with the goal: by skill and by activity. */
struct near {
    struct reach *v;
    bool *skill;
    bool *act;
    int32_t *todo; /* skills */
    size_t todo_n;
};

static void near_skill(struct near *k, int32_t skill)
{
    if (skill >= 0 && !k->skill[skill]) {
        k->skill[skill] = true;
        k->todo[k->todo_n++] = skill;
    }
}

static void near_act(struct near *k, int32_t act);

static void near_rule(struct near *k, int32_t rule)
{
    const struct unlock_bound *b = &k->v->rules[rule];
    const struct skill_map *m = k->v->map;
    for (size_t i = 0; i < b->rule->need_n; i++) {
        near_skill(k, b->rule->needs[i].skill);
    }
    for (size_t i = 0; b->rule->share.percent > 0 && i < m->skill_n; i++) {
        if (str_eq(m->skills[i].unit, b->rule->share.unit)) {
            near_skill(k, (int32_t)i);
        }
    }
    near_skill(k, b->rule->rows.skill);
    for (size_t i = 0; i < b->used_n; i++) {
        near_act(k, b->used[i]);
    }
}

static void near_act(struct near *k, int32_t act)
{
    struct reach *v = k->v;
    const struct supply *s = v->supply;
    if (k->act[act]) {
        return;
    }
    k->act[act] = true;
    for (size_t i = s->tells_from[act]; i < s->tells_from[act + 1]; i++) {
        near_skill(k, s->tells[i].skill);
    }
    for (size_t i = v->locks_from[act]; i < v->locks_from[act + 1]; i++) {
        const struct deadend_lock *l = &v->in->locks[v->locks_of[i]];
        for (size_t j = 0; j < l->skill_n; j++) {
            near_skill(k, l->skills[j]);
        }
    }
    for (size_t i = v->acts_from[act]; i < v->acts_from[act + 1]; i++) {
        near_rule(k, v->acts_rules[i]);
    }
}

static void near_all(struct near *k, int32_t goal)
{
    struct reach *v = k->v;
    near_skill(k, goal);
    while (k->todo_n > 0) {
        int32_t skill = k->todo[--k->todo_n];
        const struct skill *s = &v->map->skills[skill];
        for (size_t i = 0; i < s->need_n && s->needs[i].hard; i++) {
            near_skill(k, s->needs[i].skill);
        }
        for (size_t i = v->rules_from[skill]; i < v->rules_from[skill + 1]; i++) {
            near_rule(k, v->rules_of[i]);
        }
        for (size_t i = v->supply->from[skill]; i < v->supply->from[skill + 1]; i++) {
            near_act(k, v->supply->parts[i].activity);
        }
    }
}

/* What could be a step of a counter-example: skills that can be mastered if all goes
 * well, and activities that can be used up then. */
static void candidates(struct hunt *h)
{
    struct reach *v = h->v;
    size_t skill_n = v->map->skill_n;
    struct near k = {.v = v,
                     .skill = ARENA_ARRAY(v->a, bool, skill_n),
                     .act = ARENA_ARRAY(v->a, bool, v->act_n),
                     .todo = ARENA_ARRAY(v->a, int32_t, skill_n)};
    near_all(&k, h->goal.skill);
    reach_clear(&h->w);
    reach_grow(&h->w);
    h->item_n = 0;
    for (size_t i = 0; i < v->act_n; i++) {
        if (k.act[i] && h->w.open[i] && supply_limited(&v->supply->activities[i])) {
            h->items[h->item_n++] = (int32_t)(skill_n + i);
        }
    }
    for (size_t i = 0; i < skill_n; i++) {
        if (k.skill[i] && reach_some(&h->w, (int32_t)i)) {
            h->items[h->item_n++] = (int32_t)i;
        }
    }
}

/* Go through all plans of `size` steps; *left counts the looks that may still be had.
 * True: one was found, and stood up. */
static bool choose(struct hunt *h, size_t size, size_t *left, struct deadend *out)
{
    size_t at[SHORTER_MAX];
    size_t n = h->item_n;
    for (size_t i = 0; i < size; i++) {
        at[i] = i;
    }
    while (size <= n && *left > 0 && !h->weary) {
        memset(h->plan.master, 0, h->v->map->skill_n * sizeof(bool));
        memset(h->plan.spend, 0, h->v->act_n * sizeof(bool));
        h->plan.n = 0;
        for (size_t i = 0; i < size; i++) {
            toggle(h, h->items[at[i]], true);
        }
        --*left;
        if (stuck(h) && holds_good(h, out)) {
            return true;
        }
        size_t i = size;
        while (i > 0 && at[i - 1] == n - size + i - 1) {
            i--;
        }
        if (i == 0) {
            break;
        }
        at[i - 1]++;
        for (size_t k = i; k < size; k++) {
            at[k] = at[k - 1] + 1;
        }
    }
    return false;
}

/* Is there one of fewer steps? */
static void shorter(struct hunt *h, struct deadend *out)
{
    size_t left = BUDGET;
    candidates(h);
    for (size_t size = 1; size < out->step_n && size <= SHORTER_MAX; size++) {
        if (choose(h, size, &left, out)) {
            out->shortest = left > 0;
            return;
        }
        if (left == 0 || h->weary) {
            return;
        }
    }
    out->shortest = out->step_n <= SHORTER_MAX + 1;
}

static void take_all(struct hunt *h, const struct reach_world *worst, bool useful)
{
    struct reach *v = h->v;
    const struct supply *s = v->supply;
    size_t skill_n = v->map->skill_n;
    memset(h->plan.master, 0, skill_n * sizeof(bool));
    memset(h->plan.spend, 0, v->act_n * sizeof(bool));
    h->plan.n = 0;
    h->item_n = 0;
    /* Behind what they need, so that they can be left out one by one. */
    for (size_t i = skill_n; i-- > 0;) {
        if (reach_some(worst, v->map->order[i])) {
            h->items[h->item_n++] = v->map->order[i];
        }
    }
    for (size_t i = 0; i < v->act_n; i++) {
        bool take = worst->open[i] && supply_limited(&s->activities[i]);
        bool hurts = !useful;
        for (size_t k = s->tells_from[i]; k < s->tells_from[i + 1] && take; k++) {
            hurts = hurts || !reach_some(worst, s->tells[k].skill);
        }
        if (take && hurts) {
            h->items[h->item_n++] = (int32_t)(skill_n + i);
        }
    }
    for (size_t i = 0; i < h->item_n; i++) {
        toggle(h, h->items[i], true);
    }
}

/* A counter-example about one goal; false: none stood up. */
static bool find(struct reach *v, const struct reach_world *worst, struct skill_goal goal,
                 struct deadend *out, bool *weary)
{
    struct hunt h = {.v = v, .goal = goal};
    size_t skill_n = v->map->skill_n;
    h.plan.master = ARENA_ARRAY(v->a, bool, skill_n);
    h.plan.spend = ARENA_ARRAY(v->a, bool, v->act_n);
    h.items = ARENA_ARRAY(v->a, int32_t, skill_n + v->act_n);
    mark_asked(&h);
    reach_world_new(v, &h.w);
    *out = (struct deadend){.goal = goal};
    if (stuck(&h) && holds_good(&h, out)) {
        out->shortest = true;
        return true;
    }
    bool found = false;
    for (int useful = 1; useful >= 0 && !found && !h.weary; useful--) {
        take_all(&h, worst, useful == 1);
        if (stuck(&h)) {
            shrink(&h);
            found = holds_good(&h, out);
        }
    }
    if (!found && !h.weary) {
        take_all(&h, worst, false);
        found = holds_good(&h, out);
    }
    if (found) {
        shorter(&h, out);
    }
    *weary = h.weary;
    return found;
}

/* --- the door -------------------------------------------------------------------- */

static void work_worst(struct reach *v, struct reach_world *w)
{
    reach_world_new(v, w);
    for (size_t i = 0; i < v->act_n; i++) {
        w->spent[i] = supply_limited(&v->supply->activities[i]);
    }
    reach_grow(w);
}

void deadend_prove(struct arena *a, const struct deadend_in *in, struct deadend *out)
{
    struct reach v;
    struct reach_world worst;
    struct skill_goal *goals;
    *out = (struct deadend){.verdict = DEADEND_SOUND};
    reach_new(a, in, &v);
    work_worst(&v, &worst);
    size_t n = goals_of(a, in->map, &goals);
    struct skill_goal *lost = ARENA_ARRAY(a, struct skill_goal, n);
    size_t lost_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!reach_can(&worst, goals[i].skill, goals[i].level)) {
            lost[lost_n++] = goals[i];
        }
    }
    bool weary = false;
    for (size_t i = 0; i < lost_n && i < LOST_TRIED && !weary; i++) {
        struct deadend one;
        bool better = find(&v, &worst, lost[i], &one, &weary) &&
                      (out->verdict != DEADEND_FOUND || one.step_n < out->step_n);
        if (better) {
            *out = one;
            out->verdict = DEADEND_FOUND;
        }
    }
    if (lost_n > 0 && out->verdict != DEADEND_FOUND) {
        out->verdict = DEADEND_UNSURE;
        out->goal = lost[0];
    }
    out->lost = lost;
    out->lost_n = lost_n;
    out->goal_n = n;
    if (out->verdict == DEADEND_FOUND) {
        deadend_why(&v, out);
    }
}

/* --- dates ----------------------------------------------------------------------- */

static int by_ms(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* What can be had when everything that closes until `ms` is over. */
static void work_after(struct reach *v, struct reach_world *w, int64_t ms)
{
    for (size_t i = 0; i < v->act_n; i++) {
        const struct course_activity *act = &v->supply->activities[i];
        v->usable[i] = deadend_usable(act, v->in->as_of_ms) &&
                       (act->closes_ms == 0 || act->closes_ms > ms);
    }
    reach_clear(w);
    reach_grow(w);
}

size_t deadend_late(struct arena *a, const struct deadend_in *in,
                    struct deadend_late **out)
{
    struct reach v;
    struct reach_world w;
    struct skill_goal *goals;
    size_t n = goals_of(a, in->map, &goals);
    int64_t *ends = ARENA_ARRAY(a, int64_t, in->activity_n);
    bool *before = ARENA_ARRAY(a, bool, n);
    size_t end_n = 0;
    size_t late_n = 0;
    *out = ARENA_ARRAY(a, struct deadend_late, n);
    reach_new(a, in, &v);
    reach_world_new(&v, &w);
    for (size_t i = 0; i < in->activity_n; i++) {
        if (in->activities[i].closes_ms > in->as_of_ms) {
            ends[end_n++] = in->activities[i].closes_ms;
        }
    }
    if (end_n > 0) {
        qsort(ends, end_n, sizeof(*ends), by_ms);
    }
    work_after(&v, &w, in->as_of_ms);
    for (size_t i = 0; i < n; i++) {
        before[i] = reach_can(&w, goals[i].skill, goals[i].level);
    }
    for (size_t k = 0; k < end_n; k++) {
        if (k > 0 && ends[k] == ends[k - 1]) {
            continue;
        }
        work_after(&v, &w, ends[k]);
        for (size_t i = 0; i < n; i++) {
            if (before[i] && !reach_can(&w, goals[i].skill, goals[i].level)) {
                before[i] = false;
                (*out)[late_n++] =
                    (struct deadend_late){.goal = goals[i], .after_ms = ends[k]};
            }
        }
    }
    return late_n;
}

size_t deadend_today(struct arena *a, const struct deadend_in *in,
                     const struct skill_goal **out)
{
    struct reach v;
    struct reach_world w;
    struct skill_goal *goals;
    size_t n = goals_of(a, in->map, &goals);
    size_t lost = 0;
    reach_new(a, in, &v);
    reach_world_new(&v, &w);
    reach_grow(&w);
    for (size_t i = 0; i < n; i++) {
        if (!reach_can(&w, goals[i].skill, goals[i].level)) {
            goals[lost++] = goals[i];
        }
    }
    *out = goals;
    return lost;
}

struct str deadend_words(struct arena *a, const struct deadend_in *in,
                         const struct deadend *d)
{
    return deadend_why_words(a, in, d);
}
