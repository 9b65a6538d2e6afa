#include "engine/blend.h"

#include "engine/num.h"

#include <math.h>
#include <string.h>

#define ROUNDS_MAX 25
#define STEP_MAX 1.0   /* of one weight in one round */
#define STEP_DONE 1e-4 /* all steps below: done */
#define FOLDS 5
#define CHOICES_EACH 4 /* of one person */
#define CHOICES_MAX 6000
#define CHOICE_FLOATS (48u << 20) /* of all choices together */
#define RIDGE 10.0

struct sums {
    double gradient[BLEND_MAX];
    double hessian[BLEND_MAX][BLEND_MAX];
    double log_like;
};

static double dot(const double *w, const float *x, size_t k)
{
    double sum = 0.0;
    for (size_t i = 0; i < k; i++) {
        sum += w[i] * (double)x[i];
    }
    return sum;
}

/* The chance of each candidate into p; its logarithm for the one taken. */
static double chances(const struct blend_choice *c, const double *w, size_t k, double *p)
{
    double top = -1e300;
    double sum = 0.0;
    for (size_t j = 0; j < c->n; j++) {
        p[j] = dot(w, c->x + j * k, k);
        top = p[j] > top ? p[j] : top;
    }
    double taken = p[c->taken] - top;
    for (size_t j = 0; j < c->n; j++) {
        p[j] = num_exp(p[j] - top);
        sum += p[j];
    }
    for (size_t j = 0; j < c->n; j++) {
        p[j] /= sum;
    }
    return taken - num_log(sum);
}

static void add_choice(const struct blend_choice *c, const double *w, size_t k, double *p,
                       struct sums *s)
{
    double mean[BLEND_MAX] = {0};
    s->log_like += chances(c, w, k, p);
    for (size_t j = 0; j < c->n; j++) {
        for (size_t i = 0; p[j] > 1e-9 && i < k; i++) {
            mean[i] += p[j] * (double)c->x[j * k + i];
        }
    }
    for (size_t j = 0; j < c->n; j++) {
        double d[BLEND_MAX];
        for (size_t i = 0; p[j] > 1e-6 && i < k; i++) {
            d[i] = (double)c->x[j * k + i] - mean[i];
            for (size_t h = 0; h <= i; h++) {
                s->hessian[i][h] += p[j] * d[i] * d[h];
            }
        }
    }
    for (size_t i = 0; i < k; i++) {
        s->gradient[i] += (double)c->x[c->taken * k + i] - mean[i];
    }
}

/* Solve hessian . x = gradient by Cholesky; the ridge makes it positive definite. */
static void solve(struct sums *s, size_t k, double *x)
{
    double(*m)[BLEND_MAX] = s->hessian;
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = m[i][j];
            for (size_t h = 0; h < j; h++) {
                sum -= m[i][h] * m[j][h];
            }
            m[i][j] = i == j ? sqrt(sum > 1e-12 ? sum : 1e-12) : sum / m[j][j];
        }
    }
    for (size_t i = 0; i < k; i++) {
        x[i] = s->gradient[i];
        for (size_t h = 0; h < i; h++) {
            x[i] -= m[i][h] * x[h];
        }
        x[i] /= m[i][i];
    }
    for (size_t i = k; i-- > 0;) {
        for (size_t h = i + 1; h < k; h++) {
            x[i] -= m[h][i] * x[h];
        }
        x[i] /= m[i][i];
    }
}

void blend_fit(struct arena *a, const struct blend_choice *choices, size_t choice_n,
               size_t k, const double *prior, double ridge, struct blend_fitted *out)
{
    size_t wide = 0;
    *out = (struct blend_fitted){.choices = choice_n};
    for (size_t c = 0; c < choice_n; c++) {
        wide = choices[c].n > wide ? choices[c].n : wide;
    }
    double *p = ARENA_ARRAY(a, double, wide);
    double first[BLEND_MAX] = {1.0};
    for (size_t c = 0; c < choice_n; c++) {
        out->log_loss_first -= chances(&choices[c], first, k, p) / (double)choice_n;
    }
    memcpy(out->weight, prior, k * sizeof(*prior));
    for (int32_t round = 0; choice_n > 0 && round < ROUNDS_MAX; round++) {
        struct sums s = {0};
        double step[BLEND_MAX];
        double most = 0.0;
        for (size_t c = 0; c < choice_n; c++) {
            add_choice(&choices[c], out->weight, k, p, &s);
        }
        for (size_t i = 0; i < k; i++) {
            s.gradient[i] -= ridge * (out->weight[i] - prior[i]);
            s.hessian[i][i] += ridge;
        }
        out->log_loss = -s.log_like / (double)choice_n;
        solve(&s, k, step);
        for (size_t i = 0; i < k; i++) {
            most = fabs(step[i]) > most ? fabs(step[i]) : most;
        }
        double by = most > STEP_MAX ? STEP_MAX / most : 1.0;
        for (size_t i = 0; i < k; i++) {
            out->weight[i] += by * step[i];
        }
        out->rounds = round + 1;
        if (most < STEP_DONE) {
            break;
        }
    }
}

/* splitmix64 (Steele, Lea & Flood 2014). */
static uint64_t stir(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static size_t fold_of(size_t person)
{
    return (size_t)(stir(person) % FOLDS);
}

struct tuning {
    const struct transit_rows *rows;
    const struct blend_more *more;
    size_t first, k;
    double prior[BLEND_MAX]; /* the default weights; 0 for `more` */
    struct arena *a;         /* of the choices */
    struct blend_choice *choices;
    size_t choice_n, cap;
};

/* The rows of all persons but those of one fold. */
static struct transit_rows without(struct arena *a, const struct transit_rows *r,
                                   size_t fold)
{
    size_t row_n = r->from[r->person_n];
    size_t *from = ARENA_ARRAY(a, size_t, r->person_n + 1);
    int32_t *items = ARENA_ARRAY(a, int32_t, row_n);
    float *worth = r->worth != NULL ? ARENA_ARRAY(a, float, row_n) : NULL;
    struct transit_rows out = {.item_n = r->item_n,
                               .active_max = r->active_max,
                               .from = from,
                               .items = items,
                               .worth = worth};
    size_t n = 0;
    for (size_t p = 0; p < r->person_n; p++) {
        if (fold_of(p) == fold) {
            continue;
        }
        for (size_t i = r->from[p]; i < r->from[p + 1]; i++, n++) {
            items[n] = r->items[i];
            if (worth != NULL) {
                worth[n] = r->worth[i];
            }
        }
        from[++out.person_n] = n;
    }
    return out;
}

/* What may be asked of one fold with one model. */
struct asking {
    const struct transit_model *m;
    struct transit_work *w;
    bool *allowed; /* by item */
    float *extra;  /* [feature * item_n + item] */
};

static void fill_candidate(const struct tuning *t, const struct asking *q, int32_t index,
                           float *x)
{
    size_t wide = (size_t)q->m->n;
    for (size_t part = 0; part < TRANSIT_PARTS; part++) {
        x[part] = q->w->parts[part * wide + (size_t)index];
    }
    for (size_t e = TRANSIT_PARTS; e < t->k; e++) {
        x[e] = q->extra[(e - TRANSIT_PARTS) * (size_t)q->m->item_n +
                        (size_t)q->m->items[index]];
    }
}

/* One choice: the item at `at` of a person whose items are `v`. */
static void add_question(struct tuning *t, const struct asking *q, const int32_t *v,
                         size_t at)
{
    struct blend_choice *c = &t->choices[t->choice_n];
    float *x = ARENA_ARRAY(t->a, float, (size_t)q->m->n * t->k);
    bool found = false;
    memset(q->allowed, true, (size_t)q->m->item_n);
    transit_parts(q->m, q->w, v, at);
    if (t->more != NULL) {
        t->more->fill(t->more->ctx, v, at, q->extra, q->allowed);
    }
    for (size_t i = 0; i < at; i++) {
        q->allowed[v[i]] = false;
    }
    *c = (struct blend_choice){.x = x};
    for (int32_t i = 0; i < q->m->n; i++) {
        int32_t item = q->m->items[i];
        if (q->allowed[item]) {
            fill_candidate(t, q, i, x + c->n * t->k);
            c->taken = item == v[at] ? c->n : c->taken;
            found = found || item == v[at];
            c->n++;
        }
    }
    t->choice_n += found ? 1 : 0;
}

static void ask_fold(struct tuning *t, size_t fold)
{
    const struct transit_rows *r = t->rows;
    struct arena *own = arena_new((size_t)8 << 30);
    struct transit_rows rest = without(own, r, fold);
    struct transit_model *m = ARENA_NEW(own, struct transit_model);
    transit_fit(own, &rest, m);
    memcpy(t->prior, m->weight, sizeof(m->weight));
    struct asking q = {
        .m = m,
        .w = transit_work_new(own, m),
        .allowed = ARENA_ARRAY(own, bool, (size_t)r->item_n),
        .extra = ARENA_ARRAY(own, float, (size_t)r->item_n *(t->k - TRANSIT_PARTS))};
    size_t until = (fold + 1) * t->cap / FOLDS;
    for (size_t k = 0; k < CHOICES_EACH; k++) {
        for (size_t p = 0; p < r->person_n; p++) {
            size_t n = r->from[p + 1] - r->from[p];
            if (fold_of(p) != fold || n <= t->first || t->choice_n >= until) {
                continue;
            }
            uint64_t draw = stir(p * CHOICES_EACH + k + 1);
            add_question(t, &q, r->items + r->from[p],
                         t->first + (size_t)(draw % (n - t->first)));
        }
    }
    arena_free(own);
}

void blend_transit(const struct transit_rows *rows, const struct blend_more *more,
                   size_t first, struct blend_fitted *out)
{
    struct tuning t = {.rows = rows,
                       .more = more,
                       .first = first > 0 ? first : 1,
                       .k = TRANSIT_PARTS + (more != NULL ? more->n : 0),
                       .a = arena_new((size_t)1 << 30)};
    INVARIANT(t.k <= BLEND_MAX);
    t.cap = CHOICE_FLOATS / (t.k * (size_t)(rows->item_n > 0 ? rows->item_n : 1));
    t.cap = t.cap < CHOICES_MAX ? t.cap : CHOICES_MAX;
    t.choices = ARENA_ARRAY(t.a, struct blend_choice, t.cap + 1);
    for (size_t fold = 0; fold < FOLDS; fold++) {
        ask_fold(&t, fold);
    }
    blend_fit(t.a, t.choices, t.choice_n, t.k, t.prior, RIDGE, out);
    arena_free(t.a);
}
