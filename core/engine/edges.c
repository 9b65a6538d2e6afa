#include "engine/edges.h"

#include "base/vec.h"
#include "engine/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRATA 4
#define FDR 0.10
#define P_MAX 0.05
#define Z_90 1.6448536269514722
#define SLACK 0.5 /* a lock is needless if half of what is to be expected show it */

struct work {
    struct arena *a;
    const struct skill_map *m;
    const struct edges_cell *cells;
    size_t person_n;
    bool *above;      /* skill x skill: [b][a], a is needed for b, however far */
    int32_t *held_n;  /* by person: skills held */
    int32_t *tried_n; /* by person: skills tried */
    struct vec found; /* struct edges_question */
    size_t tests[2];  /* by kind */
};

static const struct edges_cell *cell(const struct work *w, size_t person, int32_t skill)
{
    return &w->cells[person * w->m->skill_n + (size_t)skill];
}

static bool *above(const struct work *w, int32_t skill)
{
    return w->above + (size_t)skill * w->m->skill_n;
}

static void work_above(struct work *w)
{
    const struct skill_map *m = w->m;
    w->above = ARENA_ARRAY(w->a, bool, m->skill_n * m->skill_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        int32_t s = m->order[i];
        for (size_t k = 0; k < m->skills[s].need_n; k++) {
            int32_t need = m->skills[s].needs[k].skill;
            if (!m->skills[s].needs[k].hard) {
                continue;
            }
            above(w, s)[need] = true;
            for (size_t j = 0; j < m->skill_n; j++) {
                above(w, s)[j] = above(w, s)[j] || above(w, need)[j];
            }
        }
    }
}

static void work_people(struct work *w)
{
    w->held_n = ARENA_ARRAY(w->a, int32_t, w->person_n);
    w->tried_n = ARENA_ARRAY(w->a, int32_t, w->person_n);
    for (size_t p = 0; p < w->person_n; p++) {
        for (size_t s = 0; s < w->m->skill_n; s++) {
            const struct edges_cell *c = cell(w, p, (int32_t)s);
            w->tried_n[p] += c->last_ms != 0 ? 1 : 0;
            w->held_n[p] += c->held_ms != EDGES_NEVER ? 1 : 0;
        }
    }
}

/* Does the person count for (a, b): tried both, held every other prerequisite of b? */
static bool counts(const struct work *w, size_t p, int32_t a, int32_t b, int64_t at_ms)
{
    const struct skill *s = &w->m->skills[b];
    if (cell(w, p, a)->last_ms == 0) {
        return false;
    }
    for (size_t i = 0; i < s->need_n && s->needs[i].hard; i++) {
        int32_t need = s->needs[i].skill;
        bool group = s->needs[i].any > 0; /* of which one suffices */
        if (need != a && !group && cell(w, p, need)->held_ms > at_ms) {
            return false;
        }
    }
    return true;
}

/* Ability as the share of the other skills held, in quarters. */
static size_t stratum(const struct work *w, size_t p, int32_t a, int32_t b)
{
    int32_t held = w->held_n[p] - (cell(w, p, a)->held_ms != EDGES_NEVER ? 1 : 0) -
                   (cell(w, p, b)->held_ms != EDGES_NEVER ? 1 : 0);
    int32_t tried = w->tried_n[p] - 2;
    size_t s = tried > 0 ? (size_t)(held * STRATA / tried) : 0;
    return s < STRATA ? s : STRATA - 1;
}

struct table {
    double n[STRATA], without[STRATA], showed[STRATA];
    int32_t both; /* showed b without a */
};

static void fill_table(const struct work *w, int32_t a, int32_t b, struct table *t)
{
    *t = (struct table){.both = 0};
    for (size_t p = 0; p < w->person_n; p++) {
        const struct edges_cell *y = cell(w, p, b);
        bool showed = y->held_ms != EDGES_NEVER;
        int64_t at_ms = showed ? y->held_ms : y->last_ms;
        if (y->last_ms == 0 || !counts(w, p, a, b, at_ms)) {
            continue;
        }
        size_t s = stratum(w, p, a, b);
        bool without = cell(w, p, a)->held_ms > at_ms;
        t->n[s] += 1;
        t->without[s] += without ? 1 : 0;
        t->showed[s] += showed ? 1 : 0;
        t->both += without && showed ? 1 : 0;
    }
}

static double cube(double x)
{
    return x * x * x;
}

/* Byar's interval of a Poisson count. */
static void byar(int32_t o, double *low, double *high)
{
    double n = o;
    double up = n + 1.0;
    *low = o == 0 ? 0.0 : n * cube(1.0 - 1.0 / (9.0 * n) - Z_90 / (3.0 * sqrt(n)));
    *high = up * cube(1.0 - 1.0 / (9.0 * up) + Z_90 / (3.0 * sqrt(up)));
}

/* P(X <= k) of a Poisson count with this mean. */
static double poisson_below(int32_t k, double mean)
{
    double log_mean = num_log(mean);
    double term = -mean;
    double sum = num_exp(term);
    for (int32_t i = 1; i <= k; i++) {
        term += log_mean - num_log((double)i);
        sum += num_exp(term);
    }
    return sum < 1.0 ? sum : 1.0;
}

static bool measure(const struct work *w, struct edges_question *q)
{
    struct table t;
    fill_table(w, q->from, q->to, &t);
    for (size_t s = 0; s < STRATA; s++) {
        q->n += (int32_t)t.n[s];
        q->without += (int32_t)t.without[s];
        q->expected += t.n[s] > 0 ? t.without[s] * t.showed[s] / t.n[s] : 0.0;
    }
    q->showed = t.both;
    if (q->without < EDGES_WITHOUT || q->expected < EDGES_LEAST) {
        return false;
    }
    byar(q->showed, &q->low, &q->high);
    q->low /= q->expected;
    q->high /= q->expected;
    if (q->kind == EDGES_ADD) {
        q->score = 1.0 - q->high;
        q->p_value = poisson_below(q->showed, q->expected);
    } else {
        q->score = q->low < 1.0 ? q->low : 1.0;
        q->p_value = q->showed == 0
                         ? 1.0
                         : 1.0 - poisson_below(q->showed - 1, SLACK * q->expected);
    }
    return true;
}

static void look(struct work *w, enum edges_kind kind, int32_t from, int32_t to,
                 size_t *hidden)
{
    struct edges_question q = {.kind = kind, .from = from, .to = to};
    if (!measure(w, &q)) {
        *hidden += kind == EDGES_DROP ? 1 : 0;
        return;
    }
    w->tests[kind]++;
    if (q.score > 0.0 && q.p_value < P_MAX) {
        *(struct edges_question *)vec_push(&w->found) = q;
    }
}

static void look_all(struct work *w, size_t *hidden)
{
    const struct skill_map *m = w->m;
    for (size_t b = 0; b < m->skill_n; b++) {
        const struct skill *s = &m->skills[b];
        for (size_t k = 0; k < s->need_n && s->needs[k].hard; k++) {
            if (s->needs[k].any == 0) {
                look(w, EDGES_DROP, s->needs[k].skill, (int32_t)b, hidden);
            }
        }
        for (size_t a = 0; a < m->skill_n; a++) {
            bool known = above(w, (int32_t)b)[a] || above(w, (int32_t)a)[b] || a == b;
            if (!known) {
                look(w, EDGES_ADD, (int32_t)a, (int32_t)b, hidden);
            }
        }
    }
}

static int by_p(const void *x, const void *y)
{
    const struct edges_question *p = x;
    const struct edges_question *q = y;
    if (p->p_value != q->p_value) {
        return p->p_value < q->p_value ? -1 : 1;
    }
    return p->from != q->from ? p->from - q->from : p->to - q->to;
}

static int by_score(const void *x, const void *y)
{
    const struct edges_question *p = x;
    const struct edges_question *q = y;
    if (p->sure != q->sure) {
        return p->sure ? -1 : 1;
    }
    if (p->score != q->score) {
        return p->score > q->score ? -1 : 1;
    }
    return by_p(x, y);
}

/* Benjamini & Hochberg, for each kind: the longest beginning of the list whose last
 * p-value is small enough for its place. */
static void mark_sure(const struct work *w, struct edges_question *v, size_t n)
{
    for (int kind = 0; kind < 2; kind++) {
        size_t place = 0;
        size_t end = 0;
        for (size_t i = 0; i < n; i++) {
            if ((int)v[i].kind != kind) {
                continue;
            }
            place++;
            double most = FDR * (double)place / (double)w->tests[kind];
            end = v[i].p_value <= most ? i + 1 : end;
        }
        for (size_t i = 0; i < end; i++) {
            v[i].sure = v[i].sure || (int)v[i].kind == kind;
        }
    }
}

/* Does `q` follow from `r` by what the map has already: r's prerequisite is q's or lies
 * behind it, r's skill is q's or lies before it? */
static bool follows(const struct work *w, const struct edges_question *q,
                    const struct edges_question *r)
{
    bool same = q->from == r->from && q->to == r->to;
    bool from = q->from == r->from || above(w, r->from)[q->from];
    bool to = q->to == r->to || above(w, q->to)[r->to];
    return q->kind == EDGES_ADD && r->kind == EDGES_ADD && !same && from && to;
}

static size_t prune(const struct work *w, struct edges_question *v, size_t n)
{
    bool *gone = ARENA_ARRAY(w->a, bool, n);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n && !gone[i]; j++) {
            gone[i] = follows(w, &v[i], &v[j]);
        }
        /* Of (a, b) and (b, a) the one that is surer stays. */
        for (size_t j = 0; j < n && !gone[i]; j++) {
            gone[i] = v[i].kind == EDGES_ADD && v[j].kind == EDGES_ADD &&
                      v[i].from == v[j].to && v[i].to == v[j].from &&
                      v[j].score > v[i].score;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!gone[i]) {
            v[k++] = v[i];
        }
    }
    return k;
}

size_t edges_find(struct arena *a, const struct skill_map *m,
                  const struct edges_cell *cells, size_t person_n,
                  struct edges_question **out, size_t *hidden)
{
    struct work w = {.a = a, .m = m, .cells = cells, .person_n = person_n};
    size_t unseen = 0;
    vec_init(&w.found, a, sizeof(struct edges_question));
    work_above(&w);
    work_people(&w);
    look_all(&w, &unseen);
    struct edges_question *v = w.found.p;
    size_t n = w.found.n;
    if (n > 0) {
        qsort(v, n, sizeof(*v), by_p);
        mark_sure(&w, v, n);
        n = prune(&w, v, n);
        qsort(v, n, sizeof(*v), by_score);
    }
    *out = v;
    if (hidden != NULL) {
        *hidden = unseen;
    }
    return n;
}
