#include "engine/deadend_why.h"

static enum deadend_cause cause_of(struct reach_world *w, int32_t skill)
{
    const struct supply *s = w->v->supply;
    bool any = false;
    bool spent = false;
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        any = any || w->open[s->parts[i].activity];
        spent = spent || w->spent[s->parts[i].activity];
    }
    return !any ? DEADEND_NOTHING : spent ? DEADEND_SPENT : DEADEND_TOO_FEW;
}

static int32_t lost_one(struct reach_world *w, const struct skill_need *of, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (reach_can(w, of[i].skill, of[i].level)) {
            return -1;
        }
    }
    return n > 0 ? of[0].skill : -1;
}

/* The skill that a rule waits for in vain; -1: it waits for something else. */
static int32_t lost_in_rule(struct reach_world *w, const struct unlock_rule *r)
{
    struct skill part = {.needs = r->needs, .need_n = r->need_n};
    struct skill_want want;
    const struct skill_map *m = w->v->map;
    for (size_t at = 0; skill_want_next(&part, &at, &want);) {
        int32_t s = lost_one(w, want.of, want.n);
        if (s >= 0) {
            return s;
        }
    }
    for (size_t i = 0; r->share.percent > 0 && i < m->skill_n; i++) {
        if (str_eq(m->skills[i].unit, r->share.unit) &&
            !reach_can(w, (int32_t)i, SKILL_MASTERED)) {
            return (int32_t)i;
        }
    }
    return r->rows.skill >= 0 && !reach_rows(w, &r->rows) ? r->rows.skill : -1;
}

/* What keeps all activities of a skill shut, if it is one skill's fault. */
static int32_t lost_in_acts(struct reach_world *w, int32_t skill, int32_t *rule)
{
    struct reach *v = w->v;
    for (size_t i = v->supply->from[skill]; i < v->supply->from[skill + 1]; i++) {
        int32_t act = v->supply->parts[i].activity;
        for (size_t k = v->acts_from[act]; k < v->acts_from[act + 1]; k++) {
            if (!reach_rule(w, v->acts_rules[k])) {
                *rule = v->acts_rules[k];
                return lost_in_rule(w, v->rules[*rule].rule);
            }
        }
        for (size_t k = v->locks_from[act]; k < v->locks_from[act + 1]; k++) {
            const struct deadend_lock *l = &v->in->locks[v->locks_of[k]];
            for (size_t j = 0; j < l->skill_n && !reach_lock(w, l); j++) {
                if (!reach_can(w, l->skills[j], SKILL_MASTERED)) {
                    return l->skills[j];
                }
            }
        }
    }
    return -1;
}

/* The skill that keeps this one locked; -1: none, and link->rule may say which rule
 * does. */
static int32_t locked_by(struct reach_world *w, int32_t skill, struct deadend_link *link)
{
    struct reach *v = w->v;
    struct skill_want want;
    for (size_t at = 0; skill_want_next(&v->map->skills[skill], &at, &want);) {
        int32_t next = lost_one(w, want.of, want.n);
        if (next >= 0) {
            return next;
        }
    }
    for (size_t i = v->rules_from[skill]; i < v->rules_from[skill + 1]; i++) {
        if (!reach_rule(w, v->rules_of[i])) {
            link->rule = v->rules_of[i];
            return lost_in_rule(w, v->rules[link->rule].rule);
        }
    }
    return lost_in_acts(w, skill, &link->rule);
}

/* Is there anything that could still prove it, were it open? */
static bool some_shut(const struct reach_world *w, int32_t skill)
{
    const struct supply *s = w->v->supply;
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        if (!w->open[s->parts[i].activity] && w->v->usable[s->parts[i].activity]) {
            return true;
        }
    }
    return false;
}

/* The next to blame for a skill that cannot be had; -1: itself. */
static int32_t blame(struct reach_world *w, int32_t skill, struct deadend_link *link)
{
    *link = (struct deadend_link){.skill = skill, .cause = DEADEND_LOCKED, .rule = -1};
    int32_t next = some_shut(w, skill) ? locked_by(w, skill, link) : -1;
    if (next < 0) {
        link->cause = link->rule >= 0        ? DEADEND_RULE
                      : w->open_n[skill] > 0 ? cause_of(w, skill)
                                             : DEADEND_NOTHING;
    }
    return next;
}

/* The world that the steps lead to. */
static void replay(struct reach *v, const struct deadend *d, struct reach_world *w)
{
    bool *master = ARENA_ARRAY(v->a, bool, v->map->skill_n);
    reach_world_new(v, w);
    for (size_t i = 0; i < d->step_n; i++) {
        const struct deadend_step *s = &d->steps[i];
        *(s->kind == DEADEND_MASTERS ? &master[s->what] : &w->spent[s->what]) = true;
        reach_again(w);
        w->only = master;
        reach_grow(w);
    }
    reach_again(w);
    reach_grow(w);
}

void deadend_why(struct reach *v, struct deadend *out)
{
    struct reach_world w;
    size_t skill_n = v->map->skill_n;
    bool *seen = ARENA_ARRAY(v->a, bool, skill_n);
    struct deadend_link *back = ARENA_ARRAY(v->a, struct deadend_link, skill_n);
    size_t n = 0;
    replay(v, out, &w);
    for (int32_t at = out->goal.skill; at >= 0 && !seen[at];) {
        seen[at] = true;
        at = blame(&w, at, &back[n++]);
    }
    out->links = ARENA_ARRAY(v->a, struct deadend_link, n);
    out->link_n = n;
    for (size_t i = 0; i < n; i++) {
        out->links[i] = back[n - 1 - i];
    }
}

/* --- in words --------------------------------------------------------------------- */

static const struct course_activity *activity_of(const struct deadend_in *in, int32_t at)
{
    return (size_t)at < in->activity_n ? &in->activities[at] : NULL;
}

static void say_step(struct buf *b, const struct deadend_in *in,
                     const struct deadend_step *s)
{
    const struct course_activity *act = NULL;
    if (s->kind == DEADEND_MASTERS) {
        buf_fmt(b, "masters %.*s", STR_ARG(in->map->skills[s->what].title));
        return;
    }
    act = activity_of(in, s->what);
    buf_fmt(b, "fails %.*s", STR_ARG(act->title));
    if (s->tries == 1) {
        buf_c(b, " once");
    } else if (s->tries == 2) {
        buf_c(b, " twice");
    } else {
        buf_fmt(b, " %d times", (int)s->tries);
    }
    buf_c(b, " on one day");
}

static void say_link(struct buf *b, const struct deadend_in *in,
                     const struct deadend_link *l)
{
    struct str title = in->map->skills[l->skill].title;
    switch (l->cause) {
    case DEADEND_SPENT:
        buf_fmt(b, "no attempts are left: %.*s can never be proved", STR_ARG(title));
        break;
    case DEADEND_NOTHING:
        buf_fmt(b, "nothing that is open can prove %.*s", STR_ARG(title));
        break;
    case DEADEND_TOO_FEW:
        buf_fmt(b, "what is tied to %.*s gives too few proofs, or on too few days",
                STR_ARG(title));
        break;
    case DEADEND_RULE:
        buf_fmt(b, "%.*s stays locked for good: the rule %.*s can never be met",
                STR_ARG(title), STR_ARG(in->map->unlock->v[l->rule].code));
        break;
    case DEADEND_LOCKED:
        buf_fmt(b, "%.*s stays locked for good", STR_ARG(title));
        break;
    }
}

struct str deadend_why_words(struct arena *a, const struct deadend_in *in,
                             const struct deadend *d)
{
    struct buf b;
    buf_init(&b, a, 256);
    if (d->verdict == DEADEND_SOUND) {
        buf_fmt(&b, "every target (%zu) can be reached from every state", d->goal_n);
        return buf_view(&b);
    }
    if (d->verdict == DEADEND_UNSURE) {
        buf_fmt(&b, "it could not be settled whether %.*s can always be reached",
                STR_ARG(in->map->skills[d->goal.skill].title));
        return buf_view(&b);
    }
    for (size_t i = 0; i < d->step_n; i++) {
        say_step(&b, in, &d->steps[i]);
        buf_c(&b, " -> ");
    }
    for (size_t i = 0; i < d->link_n; i++) {
        buf_c(&b, i > 0 ? " -> " : "");
        say_link(&b, in, &d->links[i]);
    }
    return buf_view(&b);
}
