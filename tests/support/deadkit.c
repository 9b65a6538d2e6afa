#include "support/deadkit.h"

#include "support/mapmake.h"

#include <string.h>

#define MANY 4096

struct kit {
    struct arena *a;
    uint64_t *seed;
    struct skill_map *m;
    struct deadend_in *in;
    struct course_activity *acts;
    struct tie *ties;
    struct deadend_lock *locks;
    struct unlock_rule *rules;
    size_t rule_n;
    int32_t n;
};

static int32_t below(struct kit *k, int32_t n)
{
    return mapmake_below(k->seed, n);
}

static bool chance(struct kit *k, double p)
{
    return mapmake_unit(k->seed) < p;
}

static struct course_activity *add_act(struct kit *k, const char *kind)
{
    size_t i = k->in->activity_n++;
    k->acts[i] = (struct course_activity){.id = 100 + (int64_t)i,
                                          .title = str_fmt(k->a, "%s %zu", kind, i),
                                          .kind = STR("quiz"),
                                          .visible = true};
    return &k->acts[i];
}

static void add_tie(struct kit *k, const struct course_activity *act, const char *item,
                    int32_t skill, double weight)
{
    k->ties[k->in->tie_n++] = (struct tie){
        .activity_id = act->id, .item = str_c(item), .skill = skill, .weight = weight};
}

static struct unlock_rule *add_rule(struct kit *k, enum unlock_of of)
{
    struct unlock_rule *r = &k->rules[k->rule_n];
    *r = (struct unlock_rule){.code = str_fmt(k->a, "rule-%zu", k->rule_n),
                              .of = of,
                              .skill = -1,
                              .rows = {.skill = -1},
                              .needs = ARENA_ARRAY(k->a, struct skill_need, 64)};
    k->rule_n++;
    return r;
}

static void rule_needs(struct unlock_rule *r, int32_t skill, int32_t any)
{
    r->needs[r->need_n++] = (struct skill_need){
        .skill = skill, .hard = true, .any = any, .level = SKILL_MASTERED};
}

/* --- the map ---------------------------------------------------------------------- */

/* Skills are made in topological order: skill i needs smaller ones alone. */
static void make_needs(struct kit *k, int32_t i)
{
    int32_t n = below(k, 3);
    for (int32_t j = 0; j < n && i > 0; j++) {
        int32_t need = below(k, i);
        bool known = false;
        for (size_t q = 0; q < k->m->skills[i].need_n; q++) {
            known = known || k->m->skills[i].needs[q].skill == need;
        }
        if (!known) {
            mapmake_need(k->a, k->m, i, need, !chance(k, 0.15));
        }
    }
    struct skill *s = &k->m->skills[i];
    if (s->need_n >= 2 && s->needs[0].hard && s->needs[1].hard && chance(k, 0.4)) {
        s->needs[0].any = s->needs[1].any = 1;
    }
    for (size_t q = 0; q < s->need_n; q++) {
        bool level = k->m->level_n > 0 && s->needs[q].hard && chance(k, 0.2);
        s->needs[q].level = level ? below(k, (int32_t)k->m->level_n) : SKILL_MASTERED;
    }
}

static void make_map(struct kit *k, int32_t n)
{
    static struct skill_level levels[2];
    k->n = n;
    k->m = mapmake_plain(k->a, (size_t)n);
    levels[0] = (struct skill_level){.code = STR("working"), .p = 0.6};
    levels[1] = (struct skill_level){.code = STR("sure"), .p = 0.97};
    k->m->levels = levels;
    k->m->level_n = chance(k, 0.4) ? 2 : 0;
    k->m->limits.min_rows = 1 + below(k, 4);
    k->m->limits.min_days = 1 + below(k, k->m->limits.min_rows < 3 ? 1 : 2);
    int32_t units = 1 + n / 4;
    for (int32_t i = 0; i < n; i++) {
        k->m->skills[i].title = str_fmt(k->a, "Skill %d", (int)i);
        k->m->skills[i].unit = str_fmt(k->a, "Unit %d", (int)(i * units / n));
        make_needs(k, i);
    }
    k->m->target_n = 0;
    k->m->targets[k->m->target_n++] = n - 1;
    for (int32_t i = 0; i < n - 1; i++) {
        if (chance(k, 0.05)) {
            k->m->targets[k->m->target_n++] = i;
        }
    }
}

static struct kit kit_new(struct arena *a, uint64_t *seed, int32_t skills)
{
    struct kit k = {.a = a, .seed = seed, .in = ARENA_NEW(a, struct deadend_in)};
    k.acts = ARENA_ARRAY(a, struct course_activity, MANY);
    k.ties = ARENA_ARRAY(a, struct tie, MANY);
    k.locks = ARENA_ARRAY(a, struct deadend_lock, 64);
    k.rules = ARENA_ARRAY(a, struct unlock_rule, 64);
    make_map(&k, skills);
    return k;
}

static struct deadend_in *finish(struct kit *k)
{
    struct unlock_rules *rules = ARENA_NEW(k->a, struct unlock_rules);
    mapmake_link(k->a, k->m);
    *rules = (struct unlock_rules){.v = k->rules, .n = k->rule_n};
    k->m->unlock = k->rule_n > 0 ? rules : NULL;
    k->in->map = k->m;
    k->in->activities = k->acts;
    k->in->ties = k->ties;
    k->in->locks = k->locks;
    k->in->as_of_ms = DEADKIT_NOW;
    return k->in;
}

/* --- what may stand beside ------------------------------------------------------- */

/* An activity with several skills, a limit, a grade: whatever it does to them. */
static void add_extra(struct kit *k)
{
    struct course_activity *act = add_act(k, "Extra");
    int32_t n = 1 + below(k, 3);
    bool whole = chance(k, 0.4);
    act->attempts_max = chance(k, 0.6) ? 1 + below(k, 3) : 0;
    act->last_only = chance(k, 0.3);
    act->item_n = whole && chance(k, 0.3) ? 1 + below(k, 4) : 0;
    act->visible = !chance(k, 0.05);
    act->closes_ms =
        chance(k, 0.1) ? DEADKIT_NOW + EVIDENCE_DAY_MS * (1 + below(k, 90)) : 0;
    int32_t first = below(k, k->n);
    for (int32_t i = 0; i < n; i++) {
        const char *slots[] = {"1", "2", "3"};
        int32_t skill = (first + i * (1 + below(k, 3))) % k->n;
        double weight = chance(k, 0.7) ? 1.0 : chance(k, 0.5) ? 0.5 : 0.3;
        bool twice = whole && i > 0 && k->ties[k->in->tie_n - 1].skill == skill;
        if (!twice) {
            add_tie(k, act, whole ? "" : slots[i], skill, weight);
        }
    }
}

/* A condition that is about skills before `limit` alone. */
static void conditions(struct kit *k, struct unlock_rule *r, int32_t limit)
{
    if (limit > 0 && chance(k, 0.6)) {
        rule_needs(r, below(k, limit), 0);
    }
    if (limit > 1 && chance(k, 0.3)) {
        rule_needs(r, below(k, limit), 1);
        rule_needs(r, below(k, limit), 1);
    }
    if (limit > 0 && chance(k, 0.2)) {
        r->rows = (struct unlock_rows){
            .skill = below(k, limit), .rows = 1 + below(k, 3), .days = 1};
    }
    if (chance(k, 0.3)) {
        r->from_ms = DEADKIT_NOW + EVIDENCE_DAY_MS * (below(k, 60) - 30);
    }
    int32_t whole = 0; /* a unit that lies before it as a whole */
    while (whole < k->n && whole < limit &&
           str_eq(k->m->skills[whole].unit, k->m->skills[0].unit)) {
        whole++;
    }
    bool all = whole < k->n && whole < limit;
    if (all && chance(k, 0.3)) {
        r->share = (struct unlock_share){.unit = k->m->skills[0].unit,
                                         .percent = 1 + below(k, 100)};
    }
}

static void add_beside(struct kit *k, const int64_t *own)
{
    int32_t extras = below(k, k->n + 1);
    for (int32_t i = 0; i < extras; i++) {
        add_extra(k);
    }
    int32_t rules = below(k, 1 + k->n / 3);
    for (int32_t i = 0; i < rules && k->rule_n < 40; i++) {
        int32_t skill = below(k, k->n);
        bool act = chance(k, 0.4);
        struct unlock_rule *r = add_rule(k, act ? UNLOCK_ACTIVITY : UNLOCK_SKILL);
        r->skill = skill;
        r->name =
            act ? str_fmt(k->a, "Own %lld", (long long)(own[skill] - 100)) : STR_EMPTY;
        conditions(k, r, skill);
    }
    if (k->n > 2 && chance(k, 0.4) && k->in->lock_n < 60) {
        int32_t skill = 1 + below(k, k->n - 1);
        int32_t *of = ARENA_ARRAY(k->a, int32_t, (size_t)skill);
        for (int32_t i = 0; i < skill; i++) {
            of[i] = i;
        }
        k->locks[k->in->lock_n++] = (struct deadend_lock){.activity_id = own[skill],
                                                          .skills = of,
                                                          .skill_n = (size_t)skill,
                                                          .percent = 1 + below(k, 100)};
    }
}

static int64_t *add_own(struct kit *k)
{
    int64_t *own = ARENA_ARRAY(k->a, int64_t, (size_t)k->n);
    for (int32_t i = 0; i < k->n; i++) {
        struct course_activity *act = add_act(k, "Own");
        own[i] = act->id;
        add_tie(k, act, chance(k, 0.5) ? "1" : "", i, chance(k, 0.8) ? 1.0 : 0.6);
    }
    return own;
}

struct deadend_in *deadkit_sound(struct arena *a, uint64_t *seed, int32_t skills)
{
    struct kit k = kit_new(a, seed, skills);
    int64_t *own = add_own(&k);
    add_beside(&k, own);
    return finish(&k);
}

/* --- what breaks it -------------------------------------------------------------- */

/* Take everything from a skill but what is made for it now. */
static void strip(struct kit *k, int32_t skill)
{
    size_t n = 0;
    for (size_t i = 0; i < k->in->tie_n; i++) {
        if (k->ties[i].skill != skill) {
            k->ties[n++] = k->ties[i];
        }
    }
    k->in->tie_n = n;
}

static void only_limited(struct kit *k, int32_t s)
{
    strip(k, s);
    for (int32_t i = 1 + below(k, 3); i > 0; i--) {
        struct course_activity *act = add_act(k, "Check");
        act->attempts_max = 1 + below(k, 3);
        add_tie(k, act, chance(k, 0.5) ? "1" : "", s, 1.0);
    }
}

static void too_few(struct kit *k, int32_t s)
{
    strip(k, s);
    struct course_activity *act = add_act(k, "Paper");
    act->last_only = true;
    add_tie(k, act, "", s, 1.0);
    k->m->limits.min_rows = 2 + below(k, 3);
    k->m->limits.min_days = 1 + below(k, 2);
}

static void nothing(struct kit *k, int32_t s)
{
    strip(k, s);
}

static void hidden(struct kit *k, int32_t s)
{
    strip(k, s);
    struct course_activity *act = add_act(k, "Hidden");
    act->visible = chance(k, 0.5);
    act->closes_ms = act->visible ? DEADKIT_NOW - EVIDENCE_DAY_MS : 0;
    add_tie(k, act, "", s, 1.0);
}

static void too_light(struct kit *k, int32_t s)
{
    strip(k, s);
    struct course_activity *act = add_act(k, "Passing");
    add_tie(k, act, "1", s, 0.4);
}

static void rule_circle(struct kit *k, int32_t s)
{
    struct unlock_rule *r = add_rule(k, UNLOCK_SKILL);
    r->skill = s;
    rule_needs(r, k->n - 1, 0);
    strip(k, s); /* what else tells of it is open by other skills */
    add_tie(k, add_act(k, "Alone"), "", s, 1.0);
}

static void rule_past(struct kit *k, int32_t s)
{
    struct unlock_rule *r = add_rule(k, UNLOCK_SKILL);
    r->skill = s;
    r->until_ms = DEADKIT_NOW - EVIDENCE_DAY_MS * below(k, 5);
    strip(k, s);
    add_tie(k, add_act(k, "Alone"), "", s, 1.0);
}

static void rule_used(struct kit *k, int32_t s)
{
    struct course_activity *act = add_act(k, "Help");
    struct unlock_rule *r = add_rule(k, UNLOCK_ACTIVITY);
    strip(k, s);
    r->name = act->title;
    r->used_up = add_act(k, "Free")->title; /* has no limit: is never used up */
    add_tie(k, act, "", s, 1.0);
}

static void lock_circle(struct kit *k, int32_t s)
{
    int32_t *of = ARENA_ARRAY(k->a, int32_t, 1);
    struct course_activity *act = add_act(k, "Behind");
    strip(k, s);
    add_tie(k, act, "", s, 1.0);
    *of = chance(k, 0.5) ? s : k->n - 1;
    k->locks[k->in->lock_n++] = (struct deadend_lock){
        .activity_id = act->id, .skills = of, .skill_n = 1, .percent = 100};
}

/* The skill waits for a unit of which one skill can be lost. */
static void lost_share(struct kit *k, int32_t s)
{
    int32_t other = below(k, k->n - 1);
    struct unlock_rule *r = add_rule(k, UNLOCK_SKILL);
    other += other >= s ? 1 : 0;
    r->skill = s;
    k->m->skills[other].unit = STR("Lost");
    r->share = (struct unlock_share){.unit = STR("Lost"), .percent = 100};
    strip(k, s);
    add_tie(k, add_act(k, "Alone"), "", s, 1.0);
    only_limited(k, other);
}

static const struct {
    const char *what;
    void (*do_it)(struct kit *k, int32_t skill);
} defects[] = {
    {"attempts that run out", only_limited},
    {"one grade where more proofs are needed", too_few},
    {"nothing tied", nothing},
    {"hidden or over", hidden},
    {"in passing only", too_light},
    {"a rule that waits for the target", rule_circle},
    {"a rule whose time is over", rule_past},
    {"a rule about attempts that never end", rule_used},
    {"a lock behind itself", lock_circle},
    {"a share of a unit that can be lost", lost_share},
};

struct deadend_in *deadkit_broken(struct arena *a, uint64_t *seed, int32_t skills,
                                  const char **what)
{
    struct kit k = kit_new(a, seed, skills);
    int64_t *own = add_own(&k);
    int32_t kind = below(&k, (int32_t)(sizeof defects / sizeof *defects));
    add_beside(&k, own);
    /* A chain that nothing leads around ends in the target; the defect sits on it. */
    int32_t at = below(&k, k.n - 1);
    int32_t victim = chance(&k, 0.3) ? k.n - 1 : at;
    if (victim != k.n - 1) {
        int32_t mid = victim + 1 + below(&k, k.n - 1 - victim);
        struct skill *s = &k.m->skills[mid];
        s->need_n = 0;
        mapmake_need(k.a, k.m, mid, victim, true);
        s->needs[0].level = SKILL_MASTERED;
        strip(&k, mid);
        add_tie(&k, add_act(&k, "Next"), "", mid, 1.0);
        if (mid != k.n - 1) {
            struct skill *t = &k.m->skills[k.n - 1];
            t->need_n = 0;
            mapmake_need(k.a, k.m, k.n - 1, mid, true);
            t->needs[0].level = SKILL_MASTERED;
            strip(&k, k.n - 1);
            add_tie(&k, add_act(&k, "Last"), "", k.n - 1, 1.0);
        }
    }
    defects[kind].do_it(&k, victim);
    *what = defects[kind].what;
    return finish(&k);
}

struct deadend_in *deadkit_any(struct arena *a, uint64_t *seed, int32_t skills)
{
    struct kit k = kit_new(a, seed, 2 + mapmake_below(seed, skills - 1));
    int64_t *own = add_own(&k);
    for (int32_t i = 0; i < k.n; i++) {
        struct course_activity *act = &k.acts[own[i] - 100];
        act->attempts_max = chance(&k, 0.5) ? 1 + below(&k, 2) : 0;
        act->last_only = chance(&k, 0.25);
    }
    add_beside(&k, own);
    return finish(&k);
}
