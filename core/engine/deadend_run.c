#include "engine/deadend_run.h"

#include "base/vec.h"
#include "engine/engine.h"

#include <stdlib.h>

#define DAYS_MAX 20000
#define MASTER_DAYS 40 /* for one step; then it is given up */
#define STILL_DAYS 3   /* without anything new: the end */
#define RUN_BYTES ((size_t)512 * 1024 * 1024)
#define WORK_MAX 50000000u /* rows, skills and needs that all looks go through */
#define TRIES_OF_WEIGHT 14 /* attempts a day at what has no limit, at weight 1 */

struct run {
    struct arena *a;    /* of the run */
    struct arena *turn; /* of one look at the person */
    const struct deadend_in *in;
    struct supply *supply;
    struct engine_course *course;
    struct vec rows; /* struct ev */
    int32_t *used;   /* attempts, by activity */
    bool *granted;   /* by skill */
    bool *noted;     /* by skill: mastered at some time */
    struct str *rules;
    size_t rule_n;
    bool *open;      /* by activity, as last looked */
    bool *ready;     /* by skill */
    bool *held;      /* by skill */
    double *p;       /* by skill */
    int32_t *on_day; /* by skill: the last day of an activity that gives one result */
    bool *redone;    /* by activity: its one result was put right */
    int32_t day;
    size_t *place;                /* by activity: its index in the engine's order */
    const struct tie **questions; /* the first tie of each question, by activity: CSR */
    size_t *questions_from;
    const bool *keep; /* skills to answer right; NULL: all */
    int32_t bits;     /* of DEADEND_ANSWERS: questions to answer right; -1: go by keep */
    enum mastery_word *words;
    struct skill_goal goal;
    bool reached;
    size_t work, work_each; /* so far, and of one look beside the rows */
};

static bool weary(const struct run *r)
{
    return r->work > WORK_MAX;
}

static int64_t now_ms(const struct run *r)
{
    return r->in->as_of_ms + (int64_t)r->day * EVIDENCE_DAY_MS;
}

static bool lock_open(const struct run *r, const struct deadend_lock *l)
{
    int64_t held = 0;
    for (size_t i = 0; i < l->skill_n; i++) {
        held += r->noted[l->skills[i]] ? 1 : 0;
    }
    return l->skill_n > 0 && held * 100 / (int64_t)l->skill_n >= l->percent;
}

/* The LMS lets in whoever it let in before. */
static bool is_open(const struct run *r, size_t at, bool shut)
{
    const struct course_activity *act = &r->supply->activities[at];
    bool locked = false;
    bool free = false;
    bool any = false;
    if (!deadend_usable(act, r->in->as_of_ms) || shut) {
        return false;
    }
    for (size_t i = 0; i < r->in->lock_n; i++) {
        if (r->in->locks[i].activity_id == act->id) {
            locked = true;
            free = free || lock_open(r, &r->in->locks[i]);
        }
    }
    for (size_t i = r->supply->tells_from[at]; i < r->supply->tells_from[at + 1]; i++) {
        any = any || r->ready[r->supply->tells[i].skill];
    }
    return any && (!locked || free);
}

static void take_grants(struct run *r, const struct engine_out *out)
{
    for (size_t i = 0; i < out->opened_n; i++) {
        r->granted[out->opened[i].skill] = true;
    }
    for (size_t i = 0; i < out->rule_n; i++) {
        r->rules[r->rule_n++] = r->in->map->unlock->v[out->rules[i]].code;
    }
}

/* Ask the engine, and write down what is open and what holds. */
static void look(struct run *r)
{
    const struct skill_map *m = r->in->map;
    struct engine_out out;
    size_t n = 0;
    arena_reset(r->turn);
    r->work += r->rows.n + r->work_each;
    int32_t *grants = ARENA_ARRAY(r->turn, int32_t, m->skill_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        if (r->granted[i]) {
            grants[n++] = (int32_t)i;
        }
    }
    struct engine_in in = {.evidence = r->rows.p,
                           .evidence_n = r->rows.n,
                           .grants = grants,
                           .grant_n = n,
                           .rules = r->rules,
                           .rule_n = r->rule_n,
                           .as_of_ms = now_ms(r)};
    engine_person(r->course, &in, r->turn, &out);
    take_grants(r, &out);
    for (size_t i = 0; i < m->skill_n; i++) {
        r->words[i] = out.skills[i].word;
        r->p[i] = out.skills[i].p;
        r->held[i] = mastery_holds(out.skills[i].word);
        r->noted[i] = r->noted[i] || r->held[i];
        r->ready[i] = r->ready[i] || out.ready[i].ready;
    }
    for (size_t i = 0; i < r->supply->activity_n; i++) {
        r->open[i] = r->open[i] || is_open(r, i, out.shut[r->place[i]]);
    }
    r->reached = r->reached || mastery_reaches(m, r->goal.level, r->words[r->goal.skill],
                                               r->p[r->goal.skill]);
}

/* --- one attempt ------------------------------------------------------------------ */

static void add_row(struct run *r, size_t at, struct str item, bool right)
{
    const struct course_activity *act = &r->supply->activities[at];
    struct ev *e = vec_push(&r->rows);
    int64_t id = (int64_t)r->rows.n;
    *e = (struct ev){.id = id,
                     .observed_ms = now_ms(r),
                     .fact_key = str_fmt(r->a, "%010lld", (long long)id),
                     .kind = act->last_only ? EV_GRADE
                             : item.n > 0   ? EV_ANSWER
                                            : EV_ATTEMPT,
                     .has_score = true,
                     .score = right ? 1.0 : 0.0,
                     .maximum = 1.0,
                     .weight = 1.0,
                     .source_kind = STR("tool"),
                     .activity_id = act->id,
                     .item = item};
    e->attempt = act->last_only
                     ? STR_EMPTY
                     : str_fmt(r->a, "%lld-%d", (long long)act->id, (int)r->used[at]);
}

static bool keeps(const struct run *r, int32_t skill)
{
    return r->keep == NULL || r->keep[skill];
}

/* A row is right when one of the skills that it tells about is to be kept. */
static bool right_for(const struct run *r, int64_t id, struct str item, int32_t nth)
{
    size_t n = 0;
    if (r->bits >= 0) {
        return nth < 30 && (r->bits >> nth & 1) != 0;
    }
    const struct tie *t = engine_told(r->course, id, item, &n);
    for (size_t i = 0; i < n; i++) {
        if (t[i].weight > 0.0 && keeps(r, t[i].skill)) {
            return true;
        }
    }
    return false;
}

/* Each tied question once; those that nobody tied, or the whole, as often as there
 * are. */
static void attempt(struct run *r, size_t at)
{
    const struct course_activity *act = &r->supply->activities[at];
    int32_t rest = act->item_n;
    int32_t nth = 0;
    bool slots = false;
    bool right = right_for(r, act->id, STR_EMPTY, 0);
    r->used[at]++;
    for (size_t i = r->questions_from[at]; i < r->questions_from[at + 1]; i++) {
        struct str item = r->questions[i]->item;
        if (item.n > 0 && !act->last_only) {
            add_row(r, at, item, right_for(r, act->id, item, nth++));
            slots = true;
            rest--;
        }
    }
    if (!slots && (rest < 1 || act->last_only)) {
        add_row(r, at, STR_EMPTY, right);
        return;
    }
    for (int32_t i = 0; i < rest; i++) {
        struct str item = str_fmt(r->a, "free-%d", (int)i);
        add_row(r, at, item, right_for(r, act->id, item, nth++));
    }
}

static bool tells(const struct run *r, size_t at, int32_t skill, double *weight)
{
    bool any = false;
    for (size_t i = r->supply->tells_from[at]; i < r->supply->tells_from[at + 1]; i++) {
        if (r->supply->tells[i].skill == skill) {
            *weight = any && *weight > r->supply->tells[i].weight
                          ? *weight
                          : r->supply->tells[i].weight;
            any = true;
        }
    }
    return any;
}

static bool left(const struct run *r, size_t at)
{
    const struct course_activity *act = &r->supply->activities[at];
    return r->open[at] && (act->attempts_max == 0 || r->used[at] < act->attempts_max);
}

/* --- the steps --------------------------------------------------------------------- */

/* A day's work on one skill; what has no limit first. False: nothing is left to do. */
static bool work_on(struct run *r, int32_t skill)
{
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < r->supply->activity_n; i++) {
            const struct course_activity *act = &r->supply->activities[i];
            double weight = 0.0;
            int kind = supply_endless(act) ? 0 : act->attempts_max == 0 ? 1 : 2;
            if (kind != pass || !left(r, i) || !tells(r, i, skill, &weight) ||
                (kind == 1 && r->redone[i])) {
                continue;
            }
            int32_t tries = kind == 0 ? 1 + (int32_t)(TRIES_OF_WEIGHT / weight) : 1;
            for (int32_t k = 0; k < tries; k++) {
                attempt(r, i);
            }
            r->redone[i] = r->redone[i] || kind == 1;
            return true;
        }
    }
    return false;
}

static bool step_master(struct run *r, int32_t skill)
{
    for (size_t i = 0; i < r->supply->activity_n; i++) {
        r->redone[i] = false;
    }
    for (int32_t k = 0; k < MASTER_DAYS && !r->held[skill]; k++) {
        if (!work_on(r, skill)) {
            break;
        }
        look(r);
        r->day++;
    }
    bool level = false;
    for (size_t i = 0; i < r->in->map->level_n && !level; i++) {
        level = mastery_reaches(r->in->map, (int32_t)i, r->words[skill], r->p[skill]);
    }
    return r->held[skill] || level;
}

static bool step_fail(struct run *r, size_t at)
{
    if (!r->open[at]) {
        return false;
    }
    while (left(r, at)) {
        attempt(r, at);
    }
    look(r);
    return true;
}

static bool step_answers(struct run *r, size_t at, int32_t tries)
{
    if (!left(r, at)) {
        return false;
    }
    r->day += (tries & DEADEND_NEXT_DAY) != 0 ? 1 : 0;
    r->bits = tries & ~DEADEND_NEXT_DAY;
    attempt(r, at);
    r->bits = -1;
    look(r);
    return true;
}

static bool take_step(struct run *r, const struct deadend_step *s, bool *keep,
                      const bool *none)
{
    if (weary(r)) {
        return false;
    }
    switch (s->kind) {
    case DEADEND_MASTERS:
        keep[s->what] = true;
        r->keep = keep;
        return step_master(r, s->what);
    case DEADEND_FAILS:
        r->keep = none;
        return step_fail(r, (size_t)s->what);
    case DEADEND_ANSWERS:
        return step_answers(r, (size_t)s->what, s->tries);
    }
    return false;
}

static bool take_steps(struct run *r, const struct deadend_step *steps, size_t n)
{
    bool *keep = ARENA_ARRAY(r->a, bool, r->in->map->skill_n);
    bool *none = ARENA_ARRAY(r->a, bool, r->in->map->skill_n);
    for (size_t i = 0; i < n; i++) {
        if (!take_step(r, &steps[i], keep, none)) {
            return false;
        }
    }
    return true;
}

/* --- the rescue ------------------------------------------------------------------ */

/* Is it worth doing: does it tell about a skill that does not hold, or does a rule ask
 * for its attempts to be used up? */
static bool worth(const struct run *r, size_t at)
{
    const struct unlock_rules *rules = r->in->map->unlock;
    bool need = r->supply->activities[at].attempts_max > 0 && rules != NULL;
    for (size_t i = r->supply->tells_from[at]; i < r->supply->tells_from[at + 1]; i++) {
        int32_t s = r->supply->tells[i].skill;
        bool goal = s == r->goal.skill && r->goal.level >= 0;
        need = need || !r->held[s] || goal;
    }
    return need;
}

/* Did some skill of it, not mastered yet, get its one result a day already? */
static bool too_soon(const struct run *r, size_t at)
{
    for (size_t i = r->supply->tells_from[at]; i < r->supply->tells_from[at + 1]; i++) {
        int32_t s = r->supply->tells[i].skill;
        if (!r->held[s] && r->on_day[s] == r->day) {
            return true;
        }
    }
    return false;
}

static void rescue_one(struct run *r, size_t at)
{
    const struct course_activity *act = &r->supply->activities[at];
    double weight = 0.0;
    int32_t tries = 1;
    if (supply_endless(act)) {
        for (size_t i = r->supply->tells_from[at]; i < r->supply->tells_from[at + 1];
             i++) {
            double w = r->supply->tells[i].weight;
            weight = weight == 0.0 || w < weight ? w : weight;
        }
        tries = 1 + (int32_t)(TRIES_OF_WEIGHT / weight);
    }
    for (int32_t k = 0; k < tries; k++) {
        attempt(r, at);
    }
    for (size_t i = r->supply->tells_from[at];
         i < r->supply->tells_from[at + 1] && !supply_endless(act); i++) {
        r->on_day[r->supply->tells[i].skill] = r->day;
    }
    r->redone[at] = act->last_only;
}

/* One day; how much there was to do but for what can be done without end. */
static size_t rescue_day(struct run *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->supply->activity_n; i++) {
        if (!left(r, i) || r->redone[i] || !worth(r, i)) {
            continue;
        }
        bool endless = supply_endless(&r->supply->activities[i]);
        n += endless ? 0 : 1;
        if (endless || !too_soon(r, i)) {
            rescue_one(r, i);
        }
    }
    return n;
}

static size_t score_of(const struct run *r)
{
    size_t n = r->rule_n;
    for (size_t i = 0; i < r->in->map->skill_n; i++) {
        n += (r->held[i] ? 1 : 0) + (r->ready[i] ? 1 : 0);
    }
    for (size_t i = 0; i < r->supply->activity_n; i++) {
        n += r->open[i] ? 1 : 0;
    }
    return n;
}

/* Until nothing moves any more for some days, more than any skill needs. */
static void rescue(struct run *r)
{
    int32_t still = 0;
    int32_t most = STILL_DAYS + r->in->map->limits.min_days + r->in->map->limits.min_rows;
    r->keep = NULL;
    for (size_t i = 0; i < r->supply->activity_n; i++) {
        r->redone[i] = false;
    }
    for (size_t i = 0; i < r->in->map->skill_n; i++) {
        r->on_day[i] = -1;
    }
    while (!r->reached && still < most && r->day < DAYS_MAX && !weary(r)) {
        size_t before = score_of(r);
        r->day++;
        size_t todo = rescue_day(r);
        look(r);
        still = todo > 0 || score_of(r) != before ? 0 : still + 1;
    }
}

/* Activities that were made up for skills without any are tied like all others. */
static void assume(struct arena *a, struct deadend_in *in, const struct supply *s)
{
    size_t more = s->activity_n - in->activity_n;
    struct tie *ties = ARENA_ARRAY(a, struct tie, in->tie_n + more);
    for (size_t i = 0; i < in->tie_n; i++) {
        ties[i] = in->ties[i];
    }
    for (size_t i = in->activity_n; i < s->activity_n; i++) {
        ties[in->tie_n++] = (struct tie){.activity_id = s->activities[i].id,
                                         .skill = s->tells[s->tells_from[i]].skill,
                                         .weight = 1.0};
    }
    in->ties = ties;
    in->activities = s->activities;
    in->activity_n = s->activity_n;
}

static struct engine_course *course_of(struct run *r, const struct deadend_in *in)
{
    static const struct risk_rules none = {0};
    struct err e = {0};
    struct engine_parts parts = {.map = in->map,
                                 .rules = &none,
                                 .activities = in->activities,
                                 .activity_n = in->activity_n,
                                 .ties = in->ties,
                                 .tie_n = in->tie_n};
    return engine_course_new(r->a, &parts, &e);
}

static int by_question(const void *a, const void *b)
{
    const struct tie *x = *(const struct tie *const *)a;
    const struct tie *y = *(const struct tie *const *)b;
    if (x->activity_id != y->activity_id) {
        return x->activity_id < y->activity_id ? -1 : 1;
    }
    return str_cmp(x->item, y->item);
}

/* The engine's order of the activities (by id), and the questions of each. */
static void index_activities(struct run *r)
{
    const struct deadend_in *in = r->in;
    const struct engine_parts *parts = engine_parts_of(r->course);
    size_t k = 0;
    size_t *at = ARENA_ARRAY(r->a, size_t, in->activity_n); /* own index, by place */
    struct map *known = map_new(r->a);
    r->place = ARENA_ARRAY(r->a, size_t, in->activity_n);
    r->questions = ARENA_ARRAY(r->a, const struct tie *, in->tie_n);
    r->questions_from = ARENA_ARRAY(r->a, size_t, in->activity_n + 1);
    for (size_t i = 0; i < in->activity_n; i++) {
        (void)map_put(known, str_fmt(r->a, "%lld", (long long)in->activities[i].id),
                      &at[i]);
    }
    for (size_t i = 0; i < in->activity_n; i++) {
        size_t *own =
            map_get(known, str_fmt(r->a, "%lld", (long long)parts->activities[i].id));
        r->place[own - at] = i;
    }
    const struct tie **v = ARENA_ARRAY(r->a, const struct tie *, in->tie_n);
    for (size_t i = 0; i < in->tie_n; i++) {
        v[i] = &in->ties[i];
    }
    if (in->tie_n > 0) {
        qsort(v, in->tie_n, sizeof(*v), by_question);
    }
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        size_t *fill = ARENA_ARRAY(r->a, size_t, in->activity_n);
        for (size_t i = 0; i < in->tie_n; i++) {
            size_t *own =
                map_get(known, str_fmt(r->a, "%lld", (long long)v[i]->activity_id));
            if (own == NULL || (i > 0 && by_question(&v[i - 1], &v[i]) == 0)) {
                continue;
            }
            k = (size_t)(own - at);
            if (pass == 0) {
                r->questions_from[k + 1]++;
            } else {
                r->questions[r->questions_from[k] + fill[k]++] = v[i];
            }
        }
        for (size_t i = 0; pass == 0 && i < in->activity_n; i++) {
            r->questions_from[i + 1] += r->questions_from[i];
        }
    }
}

static void run_new(struct run *r, const struct deadend_in *in)
{
    size_t n = in->map->skill_n;
    size_t acts = r->supply->activity_n;
    vec_init(&r->rows, r->a, sizeof(struct ev));
    r->used = ARENA_ARRAY(r->a, int32_t, acts);
    r->granted = ARENA_ARRAY(r->a, bool, n);
    r->noted = ARENA_ARRAY(r->a, bool, n);
    r->rules = ARENA_ARRAY(r->a, struct str, in->map->unlock ? in->map->unlock->n : 0);
    r->open = ARENA_ARRAY(r->a, bool, acts);
    r->ready = ARENA_ARRAY(r->a, bool, n);
    r->held = ARENA_ARRAY(r->a, bool, n);
    r->p = ARENA_ARRAY(r->a, double, n);
    r->words = ARENA_ARRAY(r->a, enum mastery_word, n);
    r->on_day = ARENA_ARRAY(r->a, int32_t, n);
    r->redone = ARENA_ARRAY(r->a, bool, acts);
    r->work_each = n + acts;
    for (size_t i = 0; i < n; i++) {
        r->work_each += in->map->skills[i].need_n;
    }
}

/* Time enough for everything that lies ahead (deadend.h). */
static const struct skill_map *timeless(struct arena *a, const struct skill_map *m,
                                        int64_t as_of_ms)
{
    if (m->unlock == NULL) {
        return m;
    }
    struct skill_map *own = ARENA_NEW(a, struct skill_map);
    struct unlock_rules *rules = ARENA_NEW(a, struct unlock_rules);
    rules->n = m->unlock->n;
    rules->v = ARENA_ARRAY(a, struct unlock_rule, rules->n);
    for (size_t i = 0; i < rules->n; i++) {
        rules->v[i] = m->unlock->v[i];
        rules->v[i].from_ms = 0;
        if (rules->v[i].until_ms > as_of_ms) {
            rules->v[i].until_ms = 0;
        }
    }
    *own = *m;
    own->unlock = rules;
    return own;
}

void deadend_run(const struct deadend_in *in, const struct deadend_step *steps, size_t n,
                 struct skill_goal goal, struct deadend_ran *out)
{
    struct deadend_in own = *in;
    struct run r = {.a = arena_new(RUN_BYTES),
                    .turn = arena_new(RUN_BYTES),
                    .in = &own,
                    .bits = -1,
                    .goal = goal};
    *out = (struct deadend_ran){.done = false};
    own.map = timeless(r.a, in->map, in->as_of_ms);
    r.supply = supply_new(r.a, in->map, in->activities, in->activity_n, in->ties,
                          in->tie_n, in->assume);
    assume(r.a, &own, r.supply);
    r.course = course_of(&r, &own);
    run_new(&r, &own);
    if (r.course != NULL) {
        index_activities(&r);
        look(&r);
        out->done = take_steps(&r, steps, n);
    }
    if (out->done) {
        r.reached = false;
        look(&r);
        rescue(&r);
    }
    out->weary = weary(&r) && !r.reached;
    out->done = out->done && !out->weary;
    out->reached = r.reached;
    out->rows = r.rows.n;
    out->days = (size_t)r.day;
    arena_free(r.turn);
    arena_free(r.a);
}
