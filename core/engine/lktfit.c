#include "engine/lktfit.h"

#include <math.h>
#include <string.h>

/* AdaGrad (Duchi, Hazan & Singer 2011, fig. 1) with a proximal step for the ridge, on
 * rows in random order; the weights are the mean of those after each later pass. */
#define PASSES 6
#define RATE 0.05
#define TABLE_RATE 0.025
#define RIDGE 300.0        /* inverse variance of a shape's weights */
#define TABLE_RIDGE 1000.0 /* and of a pair's */
#define LINEAR_RIDGE 50.0  /* and of a linear weight, about its first guess */
#define CONTEXT_GUESS 0.5  /* of the rate of the context; of all else 0 */
#define CALIBRATE_ROWS 1000000
#define CALIBRATE_LEAST 500

/* One row of TRAIN, looked at. */
struct row {
    float x[LKTLOOK_LINEAR];
    float share;
    uint8_t bin[LKTLOOK_N_FEATURES];
    uint8_t fold;
};

struct fit {
    struct lkt_model *m;
    struct arena *scratch;
    const struct answers *train;
    const struct lkt_opts *opts;
    struct row *rows;
    uint32_t *order;
    uint64_t random;
};

static void step(const struct fit *f, const char *text)
{
    if (f->opts->progress != NULL)
        f->opts->progress(f->opts->ctx, text);
}

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* splitmix64 (Steele, Lea & Flood 2014). */
static uint64_t draw(struct fit *f)
{
    f->random += UINT64_C(0x9e3779b97f4a7c15);
    return mixed(f->random);
}

static int fold_of(const struct fit *f, int32_t student)
{
    uint64_t seed = (uint64_t)f->opts->seed * UINT64_C(0x9e3779b97f4a7c15);
    return (int)(mixed(seed + (uint64_t)student) % LKTRATE_FOLDS);
}

/* --- looking at the rows -------------------------------------------------------- */

/* The q-skills of each skill: those of the first item that was answered under it. */
static void take_q(struct fit *f, struct arena *a)
{
    const struct answers *t = f->train;
    struct lktlook_rates *look = &f->m->look;
    int32_t *first = ARENA_ARRAY(f->scratch, int32_t, (size_t)t->skill_n);
    int32_t *from = ARENA_ARRAY(a, int32_t, (size_t)t->skill_n + 1), n = 0;
    look->skill_n = t->skill_n;
    look->q_from = from;
    if (t->q_from == NULL)
        return; /* all empty: the skill's own count for them */
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i].skill >= 0 && t->rows[i].item >= 0)
            first[t->rows[i].skill] = t->rows[i].item + 1;
    for (int32_t s = 0; s < t->skill_n; s++)
        n += first[s] > 0 ? t->q_from[first[s]] - t->q_from[first[s] - 1] : 0;
    int32_t *list = ARENA_ARRAY(a, int32_t, (size_t)n);
    n = 0;
    for (int32_t s = 0; s < t->skill_n; s++) {
        for (int32_t j = first[s] > 0 ? t->q_from[first[s] - 1] : 0;
             first[s] > 0 && j < t->q_from[first[s]]; j++)
            list[n++] = t->q_skill[j];
        from[s + 1] = n;
    }
    look->q_skill = list;
}

static double mean_share(const struct answers *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->n; i++)
        sum += answer_share(&t->rows[i]);
    return t->n > 0 ? (sum + 1) / ((double)t->n + 2) : 0.5;
}

/* Count every context. */
static void count(struct fit *f, struct lkt_person *p, struct lktrate *rates)
{
    const struct answers *t = f->train;
    struct lktlook seen;
    for (int32_t s = 0; s < t->student_n; s++) {
        int fold = fold_of(f, s);
        lktlook_reset(p);
        for (int32_t i = t->from[s]; i < t->from[s + 1]; i++) {
            lktlook_keys(p, &t->rows[i], &seen);
            for (int k = 0; k < LKTLOOK_KEYS; k++)
                if (seen.keys[k].it >= 0)
                    lktrate_add(rates, &seen.keys[k], fold, answer_share(&t->rows[i]));
            lktlook_take(&f->m->look, p, &t->rows[i], NULL);
        }
    }
}

/* Look at every row without its own fold, and settle the rates on the way. */
static void look(struct fit *f, struct lkt_person *p, struct lktrate *rates)
{
    const struct answers *t = f->train;
    struct lktlook_rates r = f->m->look;
    r.rates = rates;
    for (int32_t s = 0; s < t->student_n; s++) {
        r.fold = fold_of(f, s);
        lktlook_reset(p);
        for (int32_t i = t->from[s]; i < t->from[s + 1]; i++) {
            struct row *row = &f->rows[i];
            const struct lktlook *seen = lktlook_all(&r, p, &t->rows[i]);
            lktlook_take(&r, p, &t->rows[i], seen);
            lktlook_settle(rates, &r, seen->keys);
            memcpy(row->x, seen->x, sizeof row->x);
            memcpy(row->bin, seen->bin, sizeof row->bin);
            row->share = (float)answer_share(&t->rows[i]);
            row->fold = (uint8_t)r.fold;
        }
    }
}

/* --- weights -------------------------------------------------------------------- */

/* What descending needs besides the weights. */
struct descent {
    float w[LKTMODEL_WEIGHTS];
    float grad2[LKTMODEL_WEIGHTS]; /* sums of squared gradients */
    float ridge[LKTMODEL_WEIGHTS]; /* per visit: of the weight, by its number of rows */
    double mean[LKTMODEL_WEIGHTS];
};

/* The rows outside `fold`, shuffled anew; how many. */
static size_t shuffle(struct fit *f, int fold)
{
    size_t n = 0;
    for (size_t i = 0; i < f->train->n; i++)
        if (f->rows[i].fold != fold)
            f->order[n++] = (uint32_t)i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)((draw(f) >> 32) * i >> 32);
        uint32_t x = f->order[i - 1];
        f->order[i - 1] = f->order[j];
        f->order[j] = x;
    }
    return n;
}

static void begin(struct fit *f, int fold, struct descent *d)
{
    uint16_t active[LKTMODEL_ACTIVE];
    memset(d, 0, sizeof *d);
    for (size_t i = 0; i < f->train->n; i++) {
        if (f->rows[i].fold == fold)
            continue;
        lktmodel_active((const uint8_t(*)[LKTLOOK_BINS])f->m->coarse, f->rows[i].bin,
                        active);
        for (int j = 0; j < LKTMODEL_ACTIVE; j++)
            d->ridge[active[j]] += 1;
    }
    for (int k = 0; k < LKTMODEL_WEIGHTS; k++) {
        bool table = k >= LKTMODEL_TABLES;
        d->grad2[k] = table ? 50 : 20;
        if (d->ridge[k] > 0)
            d->ridge[k] = (float)(table ? TABLE_RIDGE : RIDGE) / d->ridge[k];
    }
    /* The rate of the context is the best first guess, at least half of it. */
    d->w[LKTMODEL_BIAS] = (float)lktcurve_logit(&f->m->curve, f->m->look.mean);
    d->w[LKTMODEL_LINEAR + LKTLOOK_CONTEXT] = (float)CONTEXT_GUESS;
}

/* One step of the linear weights. */
static void descend_linear(const struct fit *f, struct descent *d, const struct row *row,
                           float g)
{
    float ridge = (float)(LINEAR_RIDGE / (double)f->train->n);
    for (int j = 0; j < LKTLOOK_LINEAR; j++) {
        float gx = g * row->x[j], guess = j == LKTLOOK_CONTEXT ? (float)CONTEXT_GUESS : 0;
        float *w = &d->w[LKTMODEL_LINEAR + j], *sum = &d->grad2[LKTMODEL_LINEAR + j];
        *sum += gx * gx;
        float rate = (float)RATE / sqrtf(*sum);
        *w = (*w - rate * gx + rate * ridge * guess) / (1 + rate * ridge);
    }
}

static void descend(const struct fit *f, struct descent *d, const struct row *row)
{
    uint16_t active[LKTMODEL_ACTIVE];
    lktmodel_active((const uint8_t(*)[LKTLOOK_BINS])f->m->coarse, row->bin, active);
    double z = lktmodel_sum(d->w, row->x, active);
    float g = (float)(lktcurve_logistic(&f->m->curve, z) - (double)row->share),
          g2 = g * g;
    d->grad2[LKTMODEL_BIAS] += g2;
    d->w[LKTMODEL_BIAS] -= (float)RATE * g / sqrtf(d->grad2[LKTMODEL_BIAS]);
    descend_linear(f, d, row, g);
    for (int j = 0; j < LKTMODEL_ACTIVE; j++) {
        uint16_t k = active[j];
        d->grad2[k] += g2;
        float rate = (float)(j < LKTLOOK_N_FEATURES ? RATE : TABLE_RATE);
        rate /= sqrtf(d->grad2[k]);
        d->w[k] = (d->w[k] - rate * g) / (1 + rate * d->ridge[k]);
    }
}

/* The weights that fit the rows outside `fold` (-1: all), in d->mean. */
static void weigh(struct fit *f, int fold, struct descent *d)
{
    const int used = PASSES - PASSES / 2;
    begin(f, fold, d);
    for (int pass = 0; pass < PASSES; pass++) {
        size_t n = shuffle(f, fold);
        for (size_t i = 0; i < n; i++)
            descend(f, d, &f->rows[f->order[i]]);
        for (int k = 0; pass >= PASSES / 2 && k < LKTMODEL_WEIGHTS; k++)
            d->mean[k] += (double)d->w[k] / used;
    }
    for (int k = 0; k < LKTMODEL_WEIGHTS; k++)
        d->w[k] = (float)d->mean[k];
}

/* --- calibration ----------------------------------------------------------------- */

/* p = logistic(a + b z), found by Newton's method (Platt 1999). */
struct line {
    double a, b;
};

static struct line calibrated(const struct fit *f, const double *z, const float *share,
                              size_t n)
{
    struct line l = {0, 1};
    for (int round = 0; round < 20; round++) {
        double ga = 0, gb = 0, haa = 1, hab = 0, hbb = 1;
        for (size_t i = 0; i < n; i++) {
            double p = lktcurve_logistic(&f->m->curve, l.a + l.b * z[i]);
            double g = p - (double)share[i], v = p * (1 - p);
            ga += g;
            gb += g * z[i];
            haa += v;
            hab += v * z[i];
            hbb += v * z[i] * z[i];
        }
        ga += l.a;
        gb += l.b - 1;
        double det = haa * hbb - hab * hab;
        l.a -= (ga * hbb - gb * hab) / det;
        l.b -= (gb * haa - ga * hab) / det;
    }
    return l.b > 0.1 && l.b < 10 && fabs(l.a) < 5 ? l : (struct line){0, 1};
}

/* Fit without a fold, foretell it, and see how the log-odds have to be bent. Some folds
 * are enough where there are many rows. */
static struct line calibrate(struct fit *f, struct descent *d)
{
    size_t total = f->train->n, n = 0;
    double *z = ARENA_ARRAY(f->scratch, double, total);
    float *share = ARENA_ARRAY(f->scratch, float, total);
    uint16_t active[LKTMODEL_ACTIVE];
    for (int fold = 0; fold < LKTRATE_FOLDS && n < CALIBRATE_ROWS; fold++) {
        step(f, "calibrating");
        weigh(f, fold, d);
        for (size_t i = 0; i < total; i++) {
            if (f->rows[i].fold != fold)
                continue;
            lktmodel_active((const uint8_t(*)[LKTLOOK_BINS])f->m->coarse, f->rows[i].bin,
                            active);
            z[n] = lktmodel_sum(d->w, f->rows[i].x, active);
            share[n++] = f->rows[i].share;
        }
    }
    return n >= CALIBRATE_LEAST ? calibrated(f, z, share, n) : (struct line){0, 1};
}

/* --- all of it ------------------------------------------------------------------- */

/* The weights into the model, bent and rounded; a sum of weights that is bent is a sum
 * of bent weights, so every part stays a part. */
static void settle(struct fit *f, const struct descent *d, struct line l)
{
    for (int k = 0; k < LKTMODEL_WEIGHTS; k++) {
        double w = l.b * d->mean[k] + (k == LKTMODEL_BIAS ? l.a : 0);
        f->m->w[k] = (float)lktmodel_rounded(w);
    }
}

static void find_usual(struct fit *f)
{
    double parts[LKT_PARTS];
    for (size_t i = 0; i < f->train->n; i++) {
        lktmodel_parts(f->m, f->rows[i].x, f->rows[i].bin, parts);
        for (int k = 0; k < LKT_PARTS; k++)
            f->m->usual[k] += parts[k];
    }
    for (int k = 0; k < LKT_PARTS; k++)
        f->m->usual[k] = lktmodel_rounded(f->m->usual[k] /
                                          (double)(f->train->n > 0 ? f->train->n : 1));
}

void lktfit_run(struct lkt_model *m, struct arena *a, struct arena *scratch,
                const struct answers *train, const struct lkt_opts *opts)
{
    struct fit f = {.m = m, .scratch = scratch, .train = train, .opts = opts};
    struct descent *d = ARENA_NEW(scratch, struct descent);
    struct lkt_person *p = lktlook_person(scratch);
    struct lktrate *rates = lktrate_new(scratch);
    f.random = (uint64_t)opts->seed;
    f.rows = ARENA_ARRAY(scratch, struct row, train->n);
    f.order = ARENA_ARRAY(scratch, uint32_t, train->n);
    m->item_n = train->item_n;
    m->look.mean = lktmodel_rounded(mean_share(train));
    take_q(&f, a);
    step(&f, "counting");
    count(&f, p, rates);
    look(&f, p, rates);
    m->look.rates = lktrate_keep(a, rates);
    m->look.fold = LKTLOOK_SETTLED;
    struct line l = calibrate(&f, d);
    step(&f, "fitting");
    weigh(&f, -1, d);
    settle(&f, d, l);
    find_usual(&f);
}
