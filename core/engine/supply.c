#include "engine/supply.h"

#include <stdlib.h>

#define LIFT_MAX 4000  /* right answers before it is said that they do not lift p */
#define ROWS_MAX 400   /* rows that are run for one skill: more make no difference */
#define SHORT_MAX 60   /* proofs more */
#define WEIGHTS_MAX 12 /* different weights of wrong rows that are told apart */

bool supply_endless(const struct course_activity *a)
{
    return a->attempts_max == 0 && !a->last_only;
}

bool supply_limited(const struct course_activity *a)
{
    return a->attempts_max > 0;
}

/* --- making it --------------------------------------------------------------------- */

struct maker {
    struct supply *s;
    const struct tie **by_activity; /* sorted by activity, item, skill */
    size_t n;
    struct supply_part *parts;
    size_t part_n;
};

static int by_activity(const void *a, const void *b)
{
    const struct tie *x = *(const struct tie *const *)a;
    const struct tie *y = *(const struct tie *const *)b;
    if (x->activity_id != y->activity_id) {
        return x->activity_id < y->activity_id ? -1 : 1;
    }
    int c = str_cmp(x->item, y->item);
    return c != 0 ? c : (x->skill > y->skill) - (x->skill < y->skill);
}

static int by_skill(const void *a, const void *b)
{
    const struct supply_part *x = a;
    const struct supply_part *y = b;
    if (x->skill != y->skill) {
        return x->skill < y->skill ? -1 : 1;
    }
    if (x->activity != y->activity) {
        return x->activity < y->activity ? -1 : 1;
    }
    return (x->weight > y->weight) - (x->weight < y->weight);
}

static int by_tell(const void *a, const void *b)
{
    const struct supply_part *x = a;
    const struct supply_part *y = b;
    if (x->activity != y->activity) {
        return x->activity < y->activity ? -1 : 1;
    }
    return by_skill(a, b);
}

static void add_part(struct maker *k, size_t activity, int32_t skill, double weight,
                     int32_t rows)
{
    if (weight > 0.0) {
        k->parts[k->part_n++] = (struct supply_part){.activity = (int32_t)activity,
                                                     .skill = skill,
                                                     .weight = weight,
                                                     .rows = rows};
    }
}

/* The total of an activity whose questions are tied: each skill with the mean weight of
 * its questions, as engine.c has it. */
static void add_total(struct maker *k, size_t at, const struct tie **v, size_t n)
{
    size_t slots = 0;
    size_t begin = k->part_n;
    for (size_t i = 0; i < n; i++) {
        slots += i == 0 || !str_eq(v[i]->item, v[i - 1]->item) ? 1 : 0;
        size_t j = begin;
        while (j < k->part_n && k->parts[j].skill != v[i]->skill) {
            j++;
        }
        if (j == k->part_n) {
            k->parts[k->part_n++] = (struct supply_part){
                .activity = (int32_t)at, .skill = v[i]->skill, .rows = 1};
        }
        k->parts[j].weight += v[i]->weight;
    }
    size_t kept = begin;
    for (size_t j = begin; j < k->part_n; j++) {
        k->parts[j].weight /= (double)slots;
        if (k->parts[j].weight > 0.0) {
            k->parts[kept++] = k->parts[j];
        }
    }
    k->part_n = kept;
}

/* What one attempt tells. A result that comes as one number tells by the whole; answers
 * by their questions, those that nobody tied by the whole as well. */
static void add_activity(struct maker *k, size_t at, const struct tie **v, size_t n)
{
    const struct course_activity *act = &k->s->activities[at];
    size_t whole = 0; /* ties of the whole come first */
    double weight = 0.0;
    while (whole < n && v[whole]->item.n == 0) {
        weight += v[whole]->weight;
        whole++;
    }
    int32_t rest = act->item_n; /* questions that are not tied by themselves */
    for (size_t i = whole; i < n; i++) {
        rest -= i == whole || !str_eq(v[i]->item, v[i - 1]->item) ? 1 : 0;
        if (!act->last_only) {
            add_part(k, at, v[i]->skill, v[i]->weight, 1);
        }
    }
    if (act->last_only && !(weight > 0.0) && whole < n) {
        add_total(k, at, v + whole, n - whole);
        return;
    }
    rest = act->last_only || (whole == n && rest < 1) ? 1 : rest;
    for (size_t i = 0; i < whole && rest > 0; i++) {
        add_part(k, at, v[i]->skill, v[i]->weight, rest);
    }
}

static int by_id(const void *a, const void *b)
{
    const struct course_activity *x = *(const struct course_activity *const *)a;
    const struct course_activity *y = *(const struct course_activity *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

static void add_all(struct arena *a, struct maker *k)
{
    size_t act_n = k->s->activity_n;
    const struct course_activity **acts =
        ARENA_ARRAY(a, const struct course_activity *, act_n);
    for (size_t i = 0; i < act_n; i++) {
        acts[i] = &k->s->activities[i];
    }
    if (act_n > 0) {
        qsort(acts, act_n, sizeof(*acts), by_id);
    }
    if (k->n > 0) {
        qsort(k->by_activity, k->n, sizeof(*k->by_activity), by_activity);
    }
    size_t at = 0;
    for (size_t i = 0, j; i < k->n; i = j) {
        int64_t id = k->by_activity[i]->activity_id;
        for (j = i; j < k->n && k->by_activity[j]->activity_id == id; j++) {
        }
        while (at < act_n && acts[at]->id < id) {
            at++;
        }
        if (at < act_n && acts[at]->id == id) {
            add_activity(k, (size_t)(acts[at] - k->s->activities), k->by_activity + i,
                         j - i);
        }
    }
}

/* Parts of one activity, skill and weight become one. */
static size_t merge(struct supply_part *v, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (k > 0 && by_skill(&v[k - 1], &v[i]) == 0) {
            v[k - 1].rows += v[i].rows;
        } else {
            v[k++] = v[i];
        }
    }
    return k;
}

static struct mastery_rule rule_of(const struct supply *s, int32_t skill)
{
    return (struct mastery_rule){.bkt = s->map->skills[skill].bkt,
                                 .limits = s->map->limits};
}

static void add_row(const struct mastery_rule *r, struct mastery *m, int32_t day,
                    double share, double weight)
{
    struct mastery_obs o = {.at_ms = (int64_t)(day + 1) * EVIDENCE_DAY_MS,
                            .share = share,
                            .weight = weight,
                            .kind = EV_ANSWER};
    mastery_add(r, m, &o);
}

/* Do right answers of this weight alone bring p up, from the very bottom? */
static bool lifts(const struct supply *s, int32_t skill, double weight, double to)
{
    struct mastery_rule r = rule_of(s, skill);
    struct mastery m = {.p = 0.0};
    mastery_start(&r, &m);
    m.p = 1e-6;
    for (int32_t i = 0; i < LIFT_MAX && m.p < to; i++) {
        double before = m.p;
        add_row(&r, &m, 0, 1.0, weight);
        if (m.p <= before) {
            break;
        }
    }
    return m.p >= to;
}

/* Most skills share their parameters and weights, so the last answer is kept. */
static void mark_lifts(struct supply *s, size_t n)
{
    const struct supply_part *known = NULL;
    for (size_t i = 0; i < n; i++) {
        struct supply_part *p = &s->parts[i];
        const struct skill *k = &s->map->skills[p->skill];
        bool same = known != NULL && known->weight == p->weight &&
                    s->map->skills[known->skill].own_bkt == k->own_bkt && !k->own_bkt;
        p->lifts = same ? known->lifts
                        : lifts(s, p->skill, p->weight, s->map->limits.p_mastered);
        known = p;
    }
}

static void index_parts(struct arena *a, struct supply *s, size_t n)
{
    size_t skill_n = s->map->skill_n;
    s->from = ARENA_ARRAY(a, size_t, skill_n + 1);
    s->tells_from = ARENA_ARRAY(a, size_t, s->activity_n + 1);
    s->tells = ARENA_ARRAY(a, struct supply_part, n);
    for (size_t i = 0; i < n; i++) {
        s->from[s->parts[i].skill + 1]++;
        s->tells_from[s->parts[i].activity + 1]++;
        s->tells[i] = s->parts[i];
    }
    for (size_t i = 0; i < skill_n; i++) {
        s->from[i + 1] += s->from[i];
    }
    for (size_t i = 0; i < s->activity_n; i++) {
        s->tells_from[i + 1] += s->tells_from[i];
    }
    if (n > 0) {
        qsort(s->tells, n, sizeof(*s->tells), by_tell);
    }
}

static void index_all(struct arena *a, struct maker *k)
{
    if (k->part_n > 0) {
        qsort(k->parts, k->part_n, sizeof(*k->parts), by_skill);
    }
    k->s->parts = k->parts;
    k->part_n = merge(k->parts, k->part_n);
    mark_lifts(k->s, k->part_n);
    index_parts(a, k->s, k->part_n);
}

/* An endless activity of its own for every skill that could not be proved otherwise, even
 * if all went well. */
static void make_up(struct arena *a, struct maker *k)
{
    struct supply *s = k->s;
    size_t skill_n = s->map->skill_n;
    size_t made = 0;
    struct course_activity *acts =
        ARENA_ARRAY(a, struct course_activity, s->activity_n + skill_n);
    for (size_t i = 0; i < s->activity_n; i++) {
        acts[i] = s->activities[i];
    }
    for (size_t i = 0; i < skill_n; i++) {
        if (supply_short(s, (int32_t)i) != 0) {
            acts[s->activity_n + made] = (struct course_activity){
                .id = -1 - (int64_t)i, .title = STR_EMPTY, .visible = true};
            add_part(k, s->activity_n + made++, (int32_t)i, 1.0, 1);
        }
    }
    s->activities = acts;
    s->activity_n += made;
    index_all(a, k);
}

struct supply *supply_new(struct arena *a, const struct skill_map *m,
                          const struct course_activity *activities, size_t activity_n,
                          const struct tie *ties, size_t tie_n, bool assume)
{
    struct supply *s = ARENA_NEW(a, struct supply);
    struct maker k = {.s = s, .n = tie_n};
    *s = (struct supply){.map = m, .activities = activities, .activity_n = activity_n};
    k.by_activity = ARENA_ARRAY(a, const struct tie *, tie_n);
    k.parts = ARENA_ARRAY(a, struct supply_part, tie_n + m->skill_n);
    for (size_t i = 0; i < tie_n; i++) {
        k.by_activity[i] = &ties[i];
    }
    add_all(a, &k);
    index_all(a, &k);
    if (assume) {
        make_up(a, &k);
    }
    return s;
}

/* --- asking it ---------------------------------------------------------------------- */

/* What may be had for one skill. */
struct tally {
    bool lifts;    /* p can be brought to "mastered" from anywhere */
    bool any;      /* something can be had or was had at all */
    bool forever;  /* proofs without end */
    int32_t wrong; /* rows that were spent */
    int32_t wrong_proofs;
    int32_t right_proofs;
    int32_t right_days;
};

static int32_t attempts_of(const struct course_activity *act)
{
    return act->last_only || act->attempts_max == 0 ? 1 : act->attempts_max;
}

static void tally_up(const struct supply *s, const struct supply_world *w, int32_t skill,
                     struct tally *t)
{
    *t = (struct tally){.any = false};
    int32_t last = -1;
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        const struct supply_part *p = &s->parts[i];
        const struct course_activity *act = &s->activities[p->activity];
        bool proof = p->weight >= MASTERY_PROOF_WEIGHT;
        int32_t tries = attempts_of(act);
        if (!w->open[p->activity]) {
            continue;
        }
        t->any = true;
        if (w->spent != NULL && w->spent[p->activity]) {
            t->wrong += tries * p->rows;
            t->wrong_proofs += proof ? tries * p->rows : 0;
        } else if (supply_endless(act)) {
            t->lifts = t->lifts || p->lifts;
            t->forever = t->forever || proof;
        } else if (proof) {
            t->right_proofs += tries * p->rows;
            t->right_days += p->activity != last ? tries : 0;
            last = p->activity;
        }
    }
}

static bool enough(const struct tally *t, int32_t rows, int32_t days)
{
    int32_t on = t->right_days + (t->wrong_proofs > 0 ? 1 : 0);
    return t->forever || (t->right_proofs + t->wrong_proofs >= rows && on >= days);
}

bool supply_rows(const struct supply *s, const struct supply_world *w, int32_t skill,
                 int32_t rows, int32_t days)
{
    struct tally t;
    tally_up(s, w, skill, &t);
    return enough(&t, rows, days);
}

struct weights {
    double v[WEIGHTS_MAX];
    size_t n;
    bool zero; /* more than can be told apart */
};

static void note_weight(struct weights *w, double weight)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->v[i] == weight) {
            return;
        }
    }
    if (w->n < WEIGHTS_MAX) {
        w->v[w->n++] = weight;
    } else {
        w->zero = true;
    }
}

/* After so many wrong rows, in whatever order their weights came, p is at least this: at
 * each row the lowest that any of the weights leads to, since all of them rise with p. */
static void run_wrong(const struct mastery_rule *r, const struct weights *w, int32_t n,
                      struct mastery *m)
{
    for (int32_t i = 0; i < n && i < ROWS_MAX; i++) {
        struct mastery low = *m;
        for (size_t k = 0; k < w->n; k++) {
            struct mastery next = *m;
            add_row(r, &next, 0, 0.0, w->v[k]);
            low = k == 0 || next.p < low.p ? next : low;
        }
        *m = low;
    }
    m->p = w->zero ? 1e-6 : m->p;
}

/* The worst that the spent rows leave behind. */
static struct mastery worst(const struct supply *s, const struct supply_world *w,
                            int32_t skill, const struct tally *t)
{
    struct mastery_rule r = rule_of(s, skill);
    struct mastery m;
    struct weights weights = {.n = 0};
    mastery_start(&r, &m);
    double start = m.p;
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        const struct supply_part *p = &s->parts[i];
        if (w->spent != NULL && w->spent[p->activity] && w->open[p->activity]) {
            note_weight(&weights, p->weight);
        }
    }
    run_wrong(&r, &weights, t->wrong, &m);
    m.proof_n = t->wrong_proofs;
    m.day_n = t->wrong_proofs > 0 ? 1 : 0;
    if (r.bkt.half_life_days > 0.0 && m.p > start) {
        m.p = start; /* whoever waits long enough forgets it all */
        m.was_mastered = false;
    }
    return m;
}

/* Everything that is still to be had, answered right, each attempt on a day of its own.
 */
static void run_right(const struct supply *s, const struct supply_world *w, int32_t skill,
                      struct mastery *m)
{
    struct mastery_rule r = rule_of(s, skill);
    int32_t day = 1;
    int32_t rows = 0;
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        const struct supply_part *p = &s->parts[i];
        const struct course_activity *act = &s->activities[p->activity];
        bool gone = !w->open[p->activity] || (w->spent != NULL && w->spent[p->activity]);
        for (int32_t k = 0; !gone && k < attempts_of(act); k++) {
            for (int32_t j = 0; j < p->rows && rows < ROWS_MAX; j++, rows++) {
                add_row(&r, m, day, 1.0, p->weight);
            }
            day++;
        }
    }
}

static bool holds_now(const struct supply *s, int32_t skill, int32_t level,
                      const struct mastery *m)
{
    struct mastery_rule r = rule_of(s, skill);
    struct mastery_view v = mastery_read(&r, m, m->last_ms);
    return mastery_reaches(s->map, level, v.word, v.p);
}

/* A level from the threshold of "mastered" on needs the word as well. */
static bool needs_word(const struct supply *s, int32_t level)
{
    return level == SKILL_MASTERED ||
           s->map->levels[level].p >= s->map->limits.p_mastered;
}

bool supply_can(const struct supply *s, const struct supply_world *w, int32_t skill,
                int32_t level)
{
    const struct skill_limits *l = &s->map->limits;
    struct tally t;
    tally_up(s, w, skill, &t);
    if (!t.any || (needs_word(s, level) && !enough(&t, l->min_rows, l->min_days))) {
        return false;
    }
    double least = level == SKILL_MASTERED ? 0.0 : s->map->levels[level].p;
    if (t.lifts && least <= l->p_mastered) {
        return true;
    }
    for (size_t i = s->from[skill]; t.lifts && i < s->from[skill + 1]; i++) {
        const struct supply_part *p = &s->parts[i];
        if (w->open[p->activity] && supply_endless(&s->activities[p->activity]) &&
            lifts(s, skill, p->weight, least)) {
            return true;
        }
    }
    struct mastery m = worst(s, w, skill, &t);
    if (m.weight_sum == 0.0 && t.wrong > 0) {
        m.weight_sum = 1.0;
    }
    run_right(s, w, skill, &m);
    return holds_now(s, skill, level, &m);
}

int32_t supply_short(const struct supply *s, int32_t skill)
{
    struct mastery_rule r = rule_of(s, skill);
    struct mastery m;
    mastery_start(&r, &m);
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        const struct course_activity *act = &s->activities[s->parts[i].activity];
        bool proof = s->parts[i].weight >= MASTERY_PROOF_WEIGHT;
        if (act->visible && supply_endless(act) && s->parts[i].lifts && proof) {
            return 0;
        }
    }
    int32_t day = 1;
    for (size_t i = s->from[skill]; i < s->from[skill + 1]; i++) {
        const struct supply_part *p = &s->parts[i];
        const struct course_activity *act = &s->activities[p->activity];
        int32_t tries = !act->visible ? 0 : supply_endless(act) ? 20 : attempts_of(act);
        for (int32_t k = 0; k < tries; k++, day++) {
            for (int32_t j = 0; j < p->rows && j < ROWS_MAX / 4; j++) {
                add_row(&r, &m, day, 1.0, p->weight);
            }
        }
    }
    for (int32_t k = 0; k <= SHORT_MAX; k++, day++) {
        if (holds_now(s, skill, SKILL_MASTERED, &m)) {
            return k;
        }
        add_row(&r, &m, day, 1.0, 1.0);
    }
    return -1;
}
