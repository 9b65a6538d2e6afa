#include "engine/engine.h"

#include "engine/foresee.h"
#include "engine/spread.h"
#include "engine/unlock_person.h"

#include <stdlib.h>

struct engine_course {
    struct engine_parts parts;
    struct course_activity *activities; /* sorted by id */
    struct tie *by_skill;               /* sorted by skill, activity, item */
    struct tie *by_activity;            /* sorted by activity, item, skill */
    size_t tie_n;
    struct tie *wholes; /* what an activity's total tells: sorted by activity, skill */
    size_t whole_n;
    struct unlock_bound *rules; /* of the map; activities by index in `activities` */
    size_t rule_n;
    struct arena *a;
    struct spread **spreads; /* by ord; made when first asked for */
};

static int cmp_i64(int64_t x, int64_t y)
{
    return (x > y) - (x < y);
}

static int by_activity_id(const void *a, const void *b)
{
    return cmp_i64(((const struct course_activity *)a)->id,
                   ((const struct course_activity *)b)->id);
}

static int by_activity(const void *a, const void *b)
{
    const struct tie *x = a;
    const struct tie *y = b;
    int c = cmp_i64(x->activity_id, y->activity_id);
    c = c != 0 ? c : str_cmp(x->item, y->item);
    return c != 0 ? c : cmp_i64(x->skill, y->skill);
}

static int by_skill(const void *a, const void *b)
{
    const struct tie *x = a;
    const struct tie *y = b;
    int c = cmp_i64(x->skill, y->skill);
    return c != 0 ? c : by_activity(a, b);
}

static bool known_activity(const struct engine_course *c, int64_t id)
{
    struct course_activity key = {.id = id};
    return c->parts.activity_n > 0 && bsearch(&key, c->activities, c->parts.activity_n,
                                              sizeof(key), by_activity_id) != NULL;
}

/* What the total of an activity tells when nothing is said about the whole: each of its
 * skills with the mean weight of its questions. */
static void derive_whole(struct engine_course *c, size_t from, size_t to)
{
    size_t slots = 0;
    size_t begin = c->whole_n;
    for (size_t i = from; i < to; i++) {
        const struct tie *t = &c->by_activity[i];
        slots += i == from || !str_eq(t->item, c->by_activity[i - 1].item) ? 1 : 0;
        size_t k = begin;
        while (k < c->whole_n && c->wholes[k].skill != t->skill) {
            k++;
        }
        if (k == c->whole_n) {
            c->wholes[c->whole_n++] =
                (struct tie){.activity_id = t->activity_id, .skill = t->skill};
        }
        c->wholes[k].weight += t->weight;
    }
    for (size_t k = begin; k < c->whole_n; k++) {
        c->wholes[k].weight /= (double)slots;
    }
    qsort(c->wholes + begin, c->whole_n - begin, sizeof(*c->wholes), by_activity);
}

static void fill_wholes(struct engine_course *c)
{
    for (size_t i = 0; i < c->tie_n;) {
        size_t j = i;
        size_t named = 0; /* ties of the whole come first: the empty item sorts first */
        double weight = 0.0;
        while (j < c->tie_n &&
               c->by_activity[j].activity_id == c->by_activity[i].activity_id) {
            if (c->by_activity[j].item.n == 0) {
                weight += c->by_activity[j].weight;
                named++;
            }
            j++;
        }
        if (weight > 0.0) {
            for (size_t k = i; k < i + named; k++) {
                c->wholes[c->whole_n++] = c->by_activity[k];
            }
        } else if (i + named < j) {
            derive_whole(c, i + named, j);
        }
        i = j;
    }
}

static int copy_ties(struct engine_course *c, struct arena *a,
                     const struct engine_parts *p, struct err *e)
{
    c->by_activity = ARENA_ARRAY(a, struct tie, p->tie_n);
    c->by_skill = ARENA_ARRAY(a, struct tie, p->tie_n);
    c->wholes = ARENA_ARRAY(a, struct tie, p->tie_n);
    for (size_t i = 0; i < p->tie_n; i++) {
        const struct tie *t = &p->ties[i];
        if (t->skill < 0 || (size_t)t->skill >= p->map->skill_n) {
            return err_set(e, ERR_INPUT, "tie %zu: no such skill", i);
        }
        if (!(t->weight >= 0.0 && t->weight <= 1.0)) {
            return err_set(e, ERR_INPUT, "tie %zu: weight outside 0..1", i);
        }
        if (known_activity(c, t->activity_id)) {
            c->by_activity[c->tie_n] = *t;
            c->by_skill[c->tie_n++] = *t;
        }
    }
    if (c->tie_n > 0) {
        qsort(c->by_activity, c->tie_n, sizeof(struct tie), by_activity);
        qsort(c->by_skill, c->tie_n, sizeof(struct tie), by_skill);
    }
    return 0;
}

/* The map with fitted parameters in the place of its own. */
static const struct skill_map *fitted_map(struct arena *a, const struct skill_map *map,
                                          const struct bkt_model *fit, struct err *e)
{
    struct skill_map *m = ARENA_NEW(a, struct skill_map);
    INVARIANT(fit->skill_n == map->skill_n);
    *m = *map;
    m->skills = ARENA_ARRAY(a, struct skill, map->skill_n);
    for (size_t i = 0; i < map->skill_n; i++) {
        m->skills[i] = map->skills[i];
        m->skills[i].bkt = fit->skills[i].bkt;
    }
    return skill_link(a, m, e) == 0 ? m : NULL;
}

static const struct bkt_model *fitted_of(const struct engine_parts *p)
{
    return p->models != NULL ? p->models->bkt : NULL;
}

static void belief_of(const struct engine_course *c, int32_t skill,
                      struct bkt_belief *out)
{
    const struct bkt_model *fit = fitted_of(&c->parts);
    if (fit != NULL) {
        *out = fit->skills[skill].belief;
    } else {
        bkt_belief_default(&c->parts.map->skills[skill].bkt, out);
    }
}

/* The draws of a skill; those of a map's default parameters are made once. */
static const struct spread *spread_of(const struct engine_course *c, int32_t skill)
{
    const struct skill_map *m = c->parts.map;
    const struct skill *s = &m->skills[skill];
    bool common = fitted_of(&c->parts) == NULL && !s->own_bkt;
    struct spread **at = &c->spreads[common ? (size_t)m->skill_n : (size_t)skill];
    if (*at == NULL) {
        struct bkt_belief belief;
        belief_of(c, skill, &belief);
        *at = ARENA_NEW(c->a, struct spread);
        spread_make(&s->bkt, &belief, bkt_reach(m->limits.p_mastered), *at);
    }
    return *at;
}

struct engine_course *engine_course_new(struct arena *a, const struct engine_parts *parts,
                                        struct err *e)
{
    struct engine_course *c = ARENA_NEW(a, struct engine_course);
    c->parts = *parts;
    c->activities = ARENA_ARRAY(a, struct course_activity, parts->activity_n);
    for (size_t i = 0; i < parts->activity_n; i++) {
        c->activities[i] = parts->activities[i];
    }
    if (parts->activity_n > 0) {
        qsort(c->activities, parts->activity_n, sizeof(*c->activities), by_activity_id);
    }
    c->parts.activities = c->activities;
    for (size_t i = 1; i < parts->activity_n; i++) {
        if (c->activities[i].id == c->activities[i - 1].id) {
            (void)err_set(e, ERR_INPUT, "two activities have one id");
            return NULL;
        }
    }
    if (copy_ties(c, a, parts, e) != 0) {
        return NULL;
    }
    fill_wholes(c);
    c->rules = unlock_bind(a, parts->map, c->activities, parts->activity_n);
    c->rule_n = parts->map->unlock != NULL ? parts->map->unlock->n : 0;
    c->a = a;
    c->spreads = ARENA_ARRAY(a, struct spread *, parts->map->skill_n + 1);
    if (fitted_of(parts) != NULL) {
        c->parts.map = fitted_map(a, parts->map, fitted_of(parts), e);
    }
    return c->parts.map != NULL ? c : NULL;
}

/* A row tells about a skill. */
struct tell {
    int32_t skill;
    size_t row;
    double weight;
};

struct work {
    const struct engine_course *c;
    const struct engine_in *in;
    struct arena *a;
    struct counted counted;
    struct count_result *results;
    size_t result_n;
    struct tell *tells; /* in the order of rows */
    size_t tell_n;
    size_t tell_cap;
    struct recommend_skill *skills;
    const struct mastery_obs **obs; /* by ord: the skill's rows, as they were added */
    struct progress progress;
    const bool *shut; /* by activity */
    enum mastery_word *words;
    double *p; /* by ord */
    int32_t path;
    struct skill_goal *goals; /* target_n of them */
    const int32_t *targets;   /* their skills */
    size_t target_n;
};

static void add_tell(struct work *w, int32_t skill, size_t row, double tie_weight)
{
    const struct ev *r = &w->counted.rows[row];
    double weight =
        r->low_effort ? 0.0 : tie_weight * r->weight * mastery_kind_weight(r->kind);
    if (!(weight > 0.0)) {
        return;
    }
    if (w->tell_n == w->tell_cap) {
        size_t cap = w->tell_cap == 0 ? 64 : 2 * w->tell_cap;
        struct tell *grown = ARENA_ARRAY(w->a, struct tell, cap);
        for (size_t i = 0; i < w->tell_n; i++) {
            grown[i] = w->tells[i];
        }
        w->tells = grown;
        w->tell_cap = cap;
    }
    w->tells[w->tell_n++] = (struct tell){.skill = skill, .row = row, .weight = weight};
}

/* The first of `v` at or after (activity, item). */
static size_t lower_bound(const struct tie *v, size_t n, int64_t activity,
                          struct str item)
{
    struct tie key = {.activity_id = activity, .item = item, .skill = -1};
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (by_activity(&v[mid], &key) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

const struct tie *engine_told(const struct engine_course *c, int64_t activity_id,
                              struct str item, size_t *n)
{
    *n = 0;
    if (item.n > 0) {
        size_t i = lower_bound(c->by_activity, c->tie_n, activity_id, item);
        while (i + *n < c->tie_n && c->by_activity[i + *n].activity_id == activity_id &&
               str_eq(c->by_activity[i + *n].item, item)) {
            (*n)++;
        }
        if (*n > 0) {
            return c->by_activity + i;
        }
    }
    /* A question that nobody tied to a skill tells nothing unless the map speaks about
     * the whole activity: its mean was made of the other questions. */
    size_t i = lower_bound(c->by_activity, c->tie_n, activity_id, STR_EMPTY);
    bool spoken = i < c->tie_n && c->by_activity[i].activity_id == activity_id &&
                  c->by_activity[i].item.n == 0;
    if (item.n > 0 && !spoken) {
        return NULL;
    }
    i = lower_bound(c->wholes, c->whole_n, activity_id, STR_EMPTY);
    while (i + *n < c->whole_n && c->wholes[i + *n].activity_id == activity_id) {
        (*n)++;
    }
    return c->wholes + i;
}

static void tell_activity(struct work *w, size_t row)
{
    const struct ev *r = &w->counted.rows[row];
    size_t n = 0;
    const struct tie *t = engine_told(w->c, r->activity_id, r->item, &n);
    for (size_t i = 0; i < n; i++) {
        add_tell(w, t[i].skill, row, t[i].weight);
    }
}

static void tell_all(struct work *w)
{
    for (size_t i = 0; i < w->counted.row_n; i++) {
        const struct ev *r = &w->counted.rows[i];
        double share;
        if (!evidence_share(r, &share)) {
            continue;
        }
        if (r->activity_id != 0) {
            tell_activity(w, i);
        } else if (r->kind == EV_JUDGEMENT) {
            int32_t heirs[SKILL_HEIRS_MAX];
            size_t n = skill_heirs(w->c->parts.map, r->item, heirs, SKILL_HEIRS_MAX);
            for (size_t k = 0; k < n && k < SKILL_HEIRS_MAX; k++) {
                add_tell(w, heirs[k], i, 1.0);
            }
        }
    }
}

/* The newest result on a skill: its rows of the newest row's activity and attempt. */
static void newest_result(const struct work *w, const struct tell *v, size_t n,
                          struct recommend_skill *s)
{
    const struct ev *last = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct ev *r = &w->counted.rows[v[i].row];
        last = r->activity_id != 0 ? r : last;
    }
    for (size_t i = 0; last != NULL && i < n; i++) {
        const struct ev *r = &w->counted.rows[v[i].row];
        double share = 0.0;
        if (r->activity_id != last->activity_id || !str_eq(r->attempt, last->attempt) ||
            !evidence_share(r, &share)) {
            continue;
        }
        bool answer = r->kind == EV_ANSWER;
        s->has_result = true;
        s->got += answer ? share : r->score;
        s->of += answer ? 1.0 : r->maximum;
        s->result_ms = r->observed_ms;
        s->result_activity = r->activity_id;
    }
}

/* How many of the newest results on a skill, in a row, did not go well. A result is the
 * rows of one attempt at one activity. */
static int32_t failed_in_a_row(const struct work *w, const struct tell *v, size_t n)
{
    int32_t failed = 0;
    for (size_t i = n; i > 0;) {
        const struct ev *last = &w->counted.rows[v[i - 1].row];
        double got = 0.0;
        double of = 0.0;
        for (; i > 0; i--) {
            const struct ev *r = &w->counted.rows[v[i - 1].row];
            double share = 0.0;
            if (r->activity_id != last->activity_id ||
                !str_eq(r->attempt, last->attempt)) {
                break;
            }
            if (r->activity_id != 0 && !r->low_effort && evidence_share(r, &share)) {
                got += v[i - 1].weight * share;
                of += v[i - 1].weight;
            }
        }
        if (of > 0.0 && got >= RECOMMEND_PASS * of) {
            break;
        }
        failed += of > 0.0 ? 1 : 0;
    }
    return failed;
}

struct mastery_rule engine_rule(const struct engine_course *c, int32_t skill)
{
    const struct skill_map *m = c->parts.map;
    return (struct mastery_rule){
        .bkt = m->skills[skill].bkt, .limits = m->limits, .tz_min = c->parts.tz_min};
}

/* How sure that is: parameters are never known exactly. */
static void work_interval(const struct work *w, int32_t skill,
                          const struct mastery_obs *obs, size_t n, struct mastery_view *v)
{
    struct bkt_belief belief;
    struct spread_state st;
    if (n == 0) {
        belief_of(w->c, skill, &belief);
        spread_first(&w->c->parts.map->skills[skill].bkt, &belief, v->p, &v->p_low,
                     &v->p_high);
        return;
    }
    const struct spread *s = spread_of(w->c, skill);
    spread_start(s, &st);
    for (size_t i = 0; i < n; i++) {
        spread_add(s, &st, &obs[i]);
    }
    spread_read(s, &st, w->in->as_of_ms, v->p, &v->p_low, &v->p_high);
}

static void work_skill(struct work *w, int32_t skill, const struct tell *v, size_t n)
{
    struct recommend_skill *s = &w->skills[skill];
    struct mastery_rule rule = engine_rule(w->c, skill);
    int64_t *ids = ARENA_ARRAY(w->a, int64_t, n);
    struct mastery_obs *obs = ARENA_ARRAY(w->a, struct mastery_obs, n);
    w->obs[skill] = obs;
    mastery_start(&rule, &s->state);
    for (size_t i = 0; i < n; i++) {
        const struct ev *r = &w->counted.rows[v[i].row];
        obs[i] = (struct mastery_obs){
            .at_ms = r->observed_ms, .weight = v[i].weight, .kind = r->kind};
        (void)evidence_share(r, &obs[i].share);
        mastery_add(&rule, &s->state, &obs[i]);
        ids[i] = r->id;
    }
    s->ids = ids;
    s->id_n = n;
    s->view = mastery_read(&rule, &s->state, w->in->as_of_ms);
    if (!w->in->plain) {
        work_interval(w, skill, obs, n, &s->view);
    }
    newest_result(w, v, n, s);
    s->failed = failed_in_a_row(w, v, n);
    s->first_ms = n > 0 ? w->counted.rows[v[0].row].observed_ms : 0;
}

/* Sort the tells by skill, keeping the order of rows (counting sort), and run each skill.
 */
static void work_skills(struct work *w)
{
    size_t skill_n = w->c->parts.map->skill_n;
    size_t *from = ARENA_ARRAY(w->a, size_t, skill_n + 1);
    struct tell *sorted = ARENA_ARRAY(w->a, struct tell, w->tell_n);
    for (size_t i = 0; i < w->tell_n; i++) {
        from[w->tells[i].skill + 1]++;
    }
    for (size_t i = 0; i < skill_n; i++) {
        from[i + 1] += from[i];
    }
    size_t *fill = ARENA_ARRAY(w->a, size_t, skill_n);
    for (size_t i = 0; i < w->tell_n; i++) {
        int32_t s = w->tells[i].skill;
        sorted[from[s] + fill[s]++] = w->tells[i];
    }
    w->skills = ARENA_ARRAY(w->a, struct recommend_skill, skill_n);
    w->obs = ARENA_ARRAY(w->a, const struct mastery_obs *, skill_n);
    w->words = ARENA_ARRAY(w->a, enum mastery_word, skill_n);
    w->p = ARENA_ARRAY(w->a, double, skill_n);
    for (size_t i = 0; i < skill_n; i++) {
        work_skill(w, (int32_t)i, sorted + from[i], from[i + 1] - from[i]);
        w->words[i] = w->skills[i].view.word;
        w->p[i] = w->skills[i].view.p;
    }
}

/* The newest standing decision of a kind about a subject; an empty subject: any. */
static const struct engine_decision *newest(const struct work *w, const char *kind,
                                            struct str subject)
{
    const struct engine_decision *best = NULL;
    for (size_t i = 0; i < w->in->decision_n; i++) {
        const struct engine_decision *d = &w->in->decisions[i];
        if (str_is(d->kind, kind) && (subject.n == 0 || str_eq(d->subject, subject)) &&
            d->at_ms <= w->in->as_of_ms && (best == NULL || d->at_ms > best->at_ms)) {
            best = d;
        }
    }
    bool over = best != NULL && best->until_ms != 0 && best->until_ms <= w->in->as_of_ms;
    return over ? NULL : best;
}

/* Grants of the engine, then what persons opened and closed: of these the newest holds.
 */
static void work_progress(struct work *w)
{
    const struct skill_map *m = w->c->parts.map;
    size_t cap = w->in->grant_n + w->in->decision_n;
    struct progress_grant *g = ARENA_ARRAY(w->a, struct progress_grant, cap);
    size_t n = 0;
    for (size_t i = 0; i < w->in->grant_n; i++) {
        if (w->in->grants[i] >= 0 && (size_t)w->in->grants[i] < m->skill_n) {
            g[n++].skill = w->in->grants[i];
        }
    }
    for (size_t i = 0; i < w->in->decision_n; i++) {
        const struct engine_decision *d = &w->in->decisions[i];
        int32_t skill = skill_find(m, d->subject);
        bool close = str_is(d->kind, "close");
        if (skill < 0 || (!close && !str_is(d->kind, "open"))) {
            continue;
        }
        const struct engine_decision *o = newest(w, "open", d->subject);
        const struct engine_decision *c = newest(w, "close", d->subject);
        bool closed = c != NULL && (o == NULL || c->at_ms >= o->at_ms);
        if (o != NULL || c != NULL) {
            g[n++] = (struct progress_grant){.skill = skill, .closed = closed};
        }
    }
    struct unlock_person own = {.map = m,
                                .rules = w->c->rules,
                                .rule_n = w->c->rule_n,
                                .skills = w->skills,
                                .activities = w->c->activities,
                                .activity_n = w->c->parts.activity_n,
                                .results = w->results,
                                .result_n = w->result_n,
                                .met = w->in->rules,
                                .met_n = w->in->rule_n,
                                .as_of_ms = w->in->as_of_ms};
    struct progress_known known = {.rules = unlock_person_rules(w->a, &own),
                                   .map = m,
                                   .words = w->words,
                                   .p = w->p};
    progress_work(w->a, &known, g, n, &w->progress);
    w->shut = unlock_person_shut(w->a, &own, &w->progress);
}

/* The path of the newest standing decision, else the first; -1: the map has none. */
static int32_t path_of(const struct work *w)
{
    const struct skill_map *m = w->c->parts.map;
    const struct engine_decision *best = NULL;
    for (size_t i = 0; i < w->in->decision_n; i++) {
        const struct engine_decision *d = &w->in->decisions[i];
        if (!str_is(d->kind, "path") || d->at_ms > w->in->as_of_ms) {
            continue;
        }
        if (best == NULL || d->at_ms > best->at_ms ||
            (d->at_ms == best->at_ms && str_cmp(d->subject, best->subject) < 0)) {
            best = d;
        }
    }
    bool over =
        best == NULL || (best->until_ms != 0 && best->until_ms <= w->in->as_of_ms);
    int32_t path = over ? -1 : skill_path_find(m, best->subject);
    return path >= 0 ? path : m->path_n > 0 ? 0 : -1;
}

/* The person's own goals, if any stand; else those of the path, or the map's targets. */
static void work_targets(struct work *w)
{
    const struct skill_map *m = w->c->parts.map;
    const struct skill_path *path = NULL;
    w->path = path_of(w);
    path = w->path >= 0 ? &m->paths[w->path] : NULL;
    size_t room = w->in->decision_n + m->target_n + (path != NULL ? path->goal_n : 0);
    w->goals = ARENA_ARRAY(w->a, struct skill_goal, room);
    for (size_t i = 0; i < w->in->decision_n; i++) {
        const struct engine_decision *d = &w->in->decisions[i];
        int32_t skill = str_is(d->kind, "goal") ? skill_find(m, d->subject) : -1;
        if (skill >= 0 && newest(w, "goal", d->subject) != NULL) {
            w->goals[w->target_n++] =
                (struct skill_goal){.skill = skill, .level = SKILL_MASTERED};
        }
    }
    bool own = w->target_n > 0;
    for (size_t i = 0; !own && path != NULL && i < path->goal_n; i++) {
        w->goals[w->target_n++] = path->goals[i];
    }
    for (size_t i = 0; !own && path == NULL && i < m->target_n; i++) {
        w->goals[w->target_n++] =
            (struct skill_goal){.skill = m->targets[i], .level = SKILL_MASTERED};
    }
    int32_t *targets = ARENA_ARRAY(w->a, int32_t, w->target_n);
    for (size_t i = 0; i < w->target_n; i++) {
        targets[i] = w->goals[i].skill;
    }
    w->targets = targets;
}

static void work_gap(struct work *w, struct engine_out *out)
{
    struct progress_known known = {.map = w->c->parts.map, .words = w->words, .p = w->p};
    out->path = w->path;
    out->gap_n = gap_work(w->a, w->c->parts.map, w->goals, w->target_n, progress_holds,
                          &known, &out->gap);
}

/* What the predictor says of each skill, where there is one; NULL: none. */
static const double *work_right(struct work *w)
{
    const struct engine_models *models = w->c->parts.models;
    size_t skill_n = w->c->parts.map->skill_n;
    if (models == NULL || models->lkt == NULL || models->lkt_skill == NULL) {
        return NULL;
    }
    struct foresee f = {models->lkt, models->lkt_skill, skill_n};
    struct foresee_row *rows = ARENA_ARRAY(w->a, struct foresee_row, w->tell_n);
    double *p_right = ARENA_ARRAY(w->a, double, skill_n);
    size_t n = 0;
    for (size_t i = 0; i < w->tell_n; i++) {
        const struct ev *r = &w->counted.rows[w->tells[i].row];
        struct foresee_row one = {.skill = w->tells[i].skill, .at_ms = r->observed_ms};
        if (r->kind <= EV_GRADE && evidence_share(r, &one.share)) {
            rows[n++] = one;
        }
    }
    foresee_right(w->a, &f, rows, n, w->in->as_of_ms, p_right);
    return p_right;
}

/* Skills that the person swapped away for some days. */
static bool *work_later(const struct work *w)
{
    bool *later = ARENA_ARRAY(w->a, bool, w->c->parts.map->skill_n);
    for (size_t i = 0; i < w->in->decision_n; i++) {
        int32_t skill = skill_find(w->c->parts.map, w->in->decisions[i].subject);
        if (skill >= 0 && newest(w, "swap", w->in->decisions[i].subject) != NULL) {
            later[skill] = true;
        }
    }
    return later;
}

static void work_next(struct work *w, struct engine_out *out)
{
    const struct engine_models *models = w->c->parts.models;
    const struct engine_decision *format = newest(w, "format", STR_EMPTY);
    struct recommend_in in = {
        .map = w->c->parts.map,
        .skills = w->skills,
        .progress = &w->progress,
        .shut = w->shut,
        .targets = w->targets,
        .target_n = w->target_n,
        .activities = w->c->activities,
        .activity_n = w->c->parts.activity_n,
        .ties = w->c->by_skill,
        .tie_n = w->c->tie_n,
        .counted = &w->counted,
        .tz_min = w->c->parts.tz_min,
        .as_of_ms = w->in->as_of_ms,
        .seed = w->in->seed,
        .slots = w->in->slots,
        .p_right = work_right(w),
        .transit = models != NULL ? models->transit : NULL,
        .trial = w->in->trial,
        .later = work_later(w),
        .format = format != NULL ? format->subject : STR_EMPTY,
    };
    out->next_n = recommend_work(w->a, &in, &out->next);
}

static void work_flags(struct work *w, struct engine_out *out)
{
    static const struct {
        const char *kind;
        enum risk_decided what;
    } table[] = {{"flag_not_now", RISK_NOT_NOW},
                 {"flag_wrong", RISK_WRONG},
                 {"flag_plan", RISK_PLAN}};
    struct risk_decision *d = ARENA_ARRAY(w->a, struct risk_decision, w->in->decision_n);
    size_t n = 0;
    for (size_t i = 0; i < w->in->decision_n; i++) {
        const struct engine_decision *x = &w->in->decisions[i];
        for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
            if (str_is(x->kind, table[k].kind)) {
                d[n++] = (struct risk_decision){.rule = x->subject,
                                                .what = table[k].what,
                                                .at_ms = x->at_ms,
                                                .until_ms = x->until_ms};
            }
        }
    }
    struct risk_in in = {
        .rules = w->c->parts.rules,
        .counted = &w->counted,
        .results = w->results,
        .result_n = w->result_n,
        .activities = w->c->activities,
        .activity_n = w->c->parts.activity_n,
        .decisions = d,
        .decision_n = n,
        .as_of_ms = w->in->as_of_ms,
        .enrolled_ms = w->in->enrolled_ms,
        .work_read_ms = w->c->parts.work_read_ms,
        .work_source = w->c->parts.work_source,
        .paused = newest(w, "pause", STR_EMPTY) != NULL,
    };
    out->flag_n = risk_work(w->a, &in, &out->flags);
}

/* The rows that mastered the prerequisites of a skill, oldest first, each once. */
static struct engine_opened opened_by(struct work *w, int32_t skill)
{
    const struct skill_map *m = w->c->parts.map;
    const struct skill *s = &m->skills[skill];
    bool *needed = ARENA_ARRAY(w->a, bool, m->skill_n);
    size_t most = 0;
    for (size_t j = 0; j < s->need_n; j++) {
        int32_t k = s->needs[j].skill;
        most += s->needs[j].hard && !needed[k] ? w->skills[k].id_n : 0;
        needed[k] = needed[k] || s->needs[j].hard;
    }
    int64_t *ids = ARENA_ARRAY(w->a, int64_t, most);
    struct engine_opened o = {.skill = skill, .ids = ids};
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < w->tell_n; i++) { /* in the order of rows */
        const struct tell *t = &w->tells[i];
        if (needed[t->skill] && t->row != last) {
            ids[o.id_n++] = w->counted.rows[t->row].id;
            last = t->row;
        }
    }
    return o;
}

static void fill_out(struct work *w, struct engine_out *out)
{
    size_t n = w->c->parts.map->skill_n;
    out->skills = ARENA_ARRAY(w->a, struct engine_skill, n);
    for (size_t i = 0; i < n; i++) {
        const struct recommend_skill *s = &w->skills[i];
        out->skills[i] = (struct engine_skill){
            .p = s->view.p,
            .p_low = s->view.p_low,
            .p_high = s->view.p_high,
            .word = s->view.word,
            .proof_n = s->state.proof_n,
            .day_n = s->state.day_n,
            .last_ms = s->state.last_ms,
            .ids = s->ids,
            .id_n = s->id_n,
            .obs = w->obs[i],
            .state = s->state,
        };
    }
    out->counted = w->counted;
    out->ready = w->progress.ready;
    out->opened = ARENA_ARRAY(w->a, struct engine_opened, w->progress.opened_n);
    for (; out->opened_n < w->progress.opened_n; out->opened_n++) {
        out->opened[out->opened_n] =
            opened_by(w, w->progress.opened[out->opened_n].skill);
    }
    out->rules = w->progress.fresh;
    out->rule_n = w->progress.fresh_n;
    out->shut = w->shut;
    out->conflicts = w->counted.conflicts;
    out->conflict_n = w->counted.conflict_n;
}

void engine_person(const struct engine_course *c, const struct engine_in *in,
                   struct arena *a, struct engine_out *out)
{
    struct work w = {.c = c, .in = in, .a = a};
    *out = (struct engine_out){0};
    count_rows(a, in->evidence, in->evidence_n, &w.counted);
    w.result_n = count_results(a, &w.counted, &w.results);
    tell_all(&w);
    work_skills(&w);
    work_progress(&w);
    work_targets(&w);
    work_gap(&w, out);
    work_next(&w, out);
    work_flags(&w, out);
    fill_out(&w, out);
}

const struct engine_parts *engine_parts_of(const struct engine_course *c)
{
    return &c->parts;
}

const struct tie *engine_ties(const struct engine_course *c, bool wholes, size_t *n)
{
    *n = wholes ? c->whole_n : c->tie_n;
    return wholes ? c->wholes : c->by_skill;
}

double engine_share(const struct engine_course *c, const struct engine_out *out)
{
    size_t n = c->parts.map->skill_n;
    size_t held = 0;
    for (size_t i = 0; i < n; i++) {
        held += mastery_holds(out->skills[i].word) ? 1 : 0;
    }
    return n > 0 ? (double)held / (double)n : 0.0;
}
