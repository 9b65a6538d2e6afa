#include "engine/experiment.h"

#include "engine/dist.h"

#include <math.h>

#define SHORT_BLOCK 4 /* blocks of fewer units are doubled: the last would be known */
#define BLOCK_MAX (2 * EXPERIMENT_ARMS * EXPERIMENT_WEIGHT)

const char *experiment_word_name(enum experiment_word word)
{
    static const char *const names[] = {"not_enough_data", "go_on",   "better",
                                        "worse",           "no_sign", "broken"};
    return names[word];
}

/* splitmix64 (Steele, Lea & Flood 2014). */
static uint64_t stir(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t experiment_key(uint64_t seed, int64_t unit)
{
    return stir(stir(seed) ^ (uint64_t)unit);
}

int32_t experiment_assign(const struct experiment_plan *p, uint64_t seed, int64_t stratum,
                          int64_t place)
{
    int32_t block[BLOCK_MAX];
    int32_t n = 0;
    for (int32_t twice = 0; twice < 2 && (twice == 0 || n < SHORT_BLOCK); twice++) {
        for (int32_t arm = 0; arm < p->arm_n; arm++) {
            for (int32_t i = 0; i < p->arms[arm].weight; i++) {
                block[n++] = arm;
            }
        }
    }
    INVARIANT(n > 0);
    uint64_t x = stir(experiment_key(seed, stratum) ^ stir((uint64_t)(place / n)));
    for (int32_t i = n - 1; i > 0; i--) {
        x = stir(x);
        int32_t j = (int32_t)(x % (uint64_t)(i + 1));
        int32_t moved = block[i];
        block[i] = block[j];
        block[j] = moved;
    }
    return block[place % n];
}

/* ---- how many -------------------------------------------------------------------- */

static double each_alpha(const struct experiment_plan *p)
{
    return p->alpha / (p->arm_n - 1);
}

static double share_of(const struct experiment_plan *p, int32_t arm)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < p->arm_n; i++) {
        sum += p->arms[i].weight;
    }
    return (double)p->arms[arm].weight / sum;
}

/* The variance of one unit's value: 1 + (m - 1) icc of a single person's, over m (Donner
 * & Klar 2000, Design and Analysis of Cluster Randomization Trials, 2.1). */
static double unit_variance(const struct experiment_plan *p, bool usual)
{
    double share = usual ? p->base : p->base + (p->higher ? p->effect : -p->effect);
    double v = p->kind == EXPERIMENT_SHARE ? share * (1.0 - share) : p->sd * p->sd;
    double m = p->unit == EXPERIMENT_COURSE ? p->cluster_n : 1.0;
    return v * (1.0 + (m - 1.0) * p->icc) / m;
}

/* Variance of the difference, times all units: of the arm that has fewest. */
static double spread(const struct experiment_plan *p)
{
    double worst = 0.0;
    for (int32_t arm = 1; arm < p->arm_n; arm++) {
        double v = unit_variance(p, true) / share_of(p, 0) +
                   unit_variance(p, false) / share_of(p, arm);
        worst = v > worst ? v : worst;
    }
    return worst;
}

static void plan_bounds(struct arena *scratch, const struct experiment_plan *p,
                        struct sequential *s)
{
    *s = p->looks;
    sequential_bounds(scratch, each_alpha(p), true, s);
}

/* Units that the t distribution costs beyond the normal (Guenther 1981, The Statistician
 * 30:243): z^2 / 4 an arm of two equal ones. */
static double estimated(const struct experiment_plan *p)
{
    double z = dist_quantile(1.0 - 0.5 * each_alpha(p));
    double least = share_of(p, 0);
    for (int32_t arm = 1; arm < p->arm_n; arm++) {
        least = share_of(p, arm) < least ? share_of(p, arm) : least;
    }
    return 0.25 * z * z / least;
}

void experiment_size(struct arena *scratch, const struct experiment_plan *p,
                     struct experiment_need *out)
{
    struct sequential s;
    plan_bounds(scratch, p, &s);
    double drift = sequential_drift(scratch, &s, p->power);
    double fixed = dist_quantile(1.0 - 0.5 * each_alpha(p)) + dist_quantile(p->power);
    double m = p->unit == EXPERIMENT_COURSE ? p->cluster_n : 1.0;
    double units = drift * drift * spread(p) / (p->effect * p->effect) + estimated(p);
    *out = (struct experiment_need){.inflation = drift * drift / (fixed * fixed),
                                    .design = 1.0 + (m - 1.0) * p->icc};
    for (int32_t arm = 0; arm < p->arm_n; arm++) {
        double n = ceil(units * share_of(p, arm));
        n = n < EXPERIMENT_LEAST ? EXPERIMENT_LEAST : n;
        out->arm[arm] = n < 1e15 ? (int64_t)n : (int64_t)1e15;
        out->units += out->arm[arm];
    }
}

double experiment_power(struct arena *scratch, const struct experiment_plan *p,
                        int64_t units)
{
    struct sequential s;
    double n = (double)units - estimated(p);
    if (n <= 0.0) {
        return 0.0;
    }
    plan_bounds(scratch, p, &s);
    return sequential_power(scratch, &s, p->effect * sqrt(n / spread(p)));
}

int experiment_may_start(struct arena *scratch, const struct experiment_plan *p,
                         int64_t units, struct err *e)
{
    struct experiment_need need;
    experiment_size(scratch, p, &need);
    if (units >= need.units) {
        return 0;
    }
    return err_set(e, ERR_DENIED,
                   "%lld units are not enough: %lld are needed to find a difference of "
                   "%g with power %g; %lld would find it with power %.2f",
                   (long long)units, (long long)need.units, p->effect, p->power,
                   (long long)units, experiment_power(scratch, p, units));
}

/* ---- what came of it ------------------------------------------------------------- */

struct moments {
    int64_t n;
    double mean, m2; /* Welford's running sums */
};

static void moments_add(struct moments *m, double x)
{
    double off = x - m->mean;
    m->n++;
    m->mean += off / (double)m->n;
    m->m2 += off * (x - m->mean);
}

static double moments_var(const struct moments *m)
{
    return m->n > 1 ? m->m2 / (double)(m->n - 1) : 0.0;
}

void experiment_check(const struct experiment_plan *p, const struct experiment_row *rows,
                      size_t n, struct experiment_balance *out)
{
    struct moments base[EXPERIMENT_ARMS] = {{0}};
    *out = (struct experiment_balance){.p = 1.0};
    for (size_t i = 0; i < n; i++) {
        moments_add(&base[rows[i].arm], rows[i].baseline);
    }
    for (int32_t arm = 0; arm < p->arm_n; arm++) {
        double want = (double)n * share_of(p, arm);
        double off = (double)base[arm].n - want;
        out->n[arm] = base[arm].n;
        out->chi2 += want > 0.0 ? off * off / want : 0.0;
        double sd = sqrt(0.5 * (moments_var(&base[arm]) + moments_var(&base[0])));
        out->apart[arm] = sd > 0.0 ? (base[arm].mean - base[0].mean) / sd : 0.0;
        out->uneven = out->uneven || fabs(out->apart[arm]) >= EXPERIMENT_APART;
    }
    out->p = n > 0 ? dist_chi2_tail(out->chi2, p->arm_n - 1) : 1.0;
    out->broken = !p->bandit && out->p < EXPERIMENT_MIXED;
}

/* Welch (1947, Biometrika 34:28), as a normal deviate. */
static void compare(const struct experiment_plan *p, const struct moments *usual,
                    const struct moments *arm, const struct experiment_look *look,
                    struct experiment_result *r)
{
    double va = moments_var(usual) / (double)usual->n;
    double vb = moments_var(arm) / (double)arm->n;
    double se = sqrt(va + vb);
    r->difference = arm->mean - usual->mean;
    r->low = r->high = r->difference;
    r->word = EXPERIMENT_TOO_LITTLE;
    if (!(se > 0.0)) {
        return; /* everybody the same: nothing to compare by */
    }
    double df = (va + vb) * (va + vb) /
                (va * va / (double)(usual->n - 1) + vb * vb / (double)(arm->n - 1));
    double wide = dist_t_quantile(dist_normal(look->bound), df) * se;
    r->low = r->difference - wide;
    r->high = r->difference + wide;
    r->z = dist_z_of_t(r->difference / se, df);
    bool good = (r->z > 0.0) == p->higher;
    if (fabs(r->z) >= look->bound) {
        r->word = good ? EXPERIMENT_BETTER : EXPERIMENT_WORSE;
    } else {
        r->word = look->last ? EXPERIMENT_NO_SIGN : EXPERIMENT_GO_ON;
    }
}

/* An arm that does harm is said first, then one that helps. */
static enum experiment_word together(const struct experiment_plan *p,
                                     const struct experiment_look *look)
{
    static const enum experiment_word order[] = {EXPERIMENT_WORSE, EXPERIMENT_BETTER,
                                                 EXPERIMENT_GO_ON, EXPERIMENT_NO_SIGN};
    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
        for (int32_t arm = 1; arm < p->arm_n; arm++) {
            if (look->arms[arm].word == order[k]) {
                return order[k];
            }
        }
    }
    return EXPERIMENT_TOO_LITTLE;
}

static void look_bound(struct arena *scratch, const struct experiment_plan *p,
                       const struct sequential *done, struct experiment_look *out)
{
    struct sequential s = *done;
    double before = s.n > 0 ? s.at[s.n - 1] : 0.0;
    /* Nothing new came in: a step as good as none, or the recursion stands still. */
    s.at[s.n] = out->at > before + 1e-6 ? out->at : before + 1e-6;
    s.n++;
    sequential_bounds(scratch, each_alpha(p), out->last, &s);
    out->number = s.n;
    out->bound = s.bound[s.n - 1];
}

void experiment_look(struct arena *scratch, const struct experiment_plan *p,
                     const struct sequential *done, int64_t units, bool last,
                     const struct experiment_row *rows, size_t n,
                     struct experiment_look *out)
{
    struct moments sums[EXPERIMENT_ARMS] = {{0}};
    int64_t known = 0;
    *out = (struct experiment_look){.word = EXPERIMENT_TOO_LITTLE};
    for (size_t i = 0; i < n; i++) {
        if (rows[i].known) {
            moments_add(&sums[rows[i].arm], rows[i].value);
            known++;
        }
    }
    out->at = units > 0 ? (double)known / (double)units : 0.0;
    out->last = last || out->at >= 1.0 || done->n + 1 >= SEQUENTIAL_LOOKS;
    experiment_check(p, rows, n, &out->balance);
    bool enough = known > 0;
    for (int32_t arm = 0; arm < p->arm_n; arm++) {
        out->arms[arm].n = sums[arm].n;
        out->arms[arm].mean = sums[arm].mean;
        enough = enough && sums[arm].n >= EXPERIMENT_LEAST;
    }
    if (out->balance.broken) {
        out->word = EXPERIMENT_BROKEN;
    } else if (enough && done->n < SEQUENTIAL_LOOKS) {
        look_bound(scratch, p, done, out);
        for (int32_t arm = 1; arm < p->arm_n; arm++) {
            compare(p, &sums[0], &sums[arm], out, &out->arms[arm]);
        }
        out->word = together(p, out);
    }
}
