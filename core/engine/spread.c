#include "engine/spread.h"

#include "engine/bktfit.h"
#include "engine/num.h"

#include <math.h>
#include <string.h>

#define N SPREAD_POINTS /* a power of 2 */
#define P BKT_PARAMS
#define P_EDGE 1e-6
#define TAIL 0.05          /* left out on each side */
#define LEAST_WEIGHT 1e-40 /* of 1: no draw is ever lost for good */
#define Z_90 1.6448536269514722

static void place(struct spread *s, int k, const double *theta)
{
    struct skill_bkt b = {.p_init = theta[BKT_INIT],
                          .p_learn = theta[BKT_LEARN],
                          .p_forget = theta[BKT_FORGET],
                          .p_guess = theta[BKT_GUESS],
                          .p_slip = theta[BKT_SLIP]};
    s->start[k] = bkt_start(&b);
    s->top[k] = bkt_ceiling(&b);
    s->learn[k] = b.p_learn;
    s->forget[k] = b.p_forget;
    s->guess[k] = b.p_guess;
    s->right[k] = (1.0 - b.p_slip) / b.p_guess;
    s->wrong[k] = b.p_slip / (1.0 - b.p_guess);
    s->log_right[k] = num_log(s->right[k]);
    s->log_wrong[k] = num_log(s->wrong[k]);
    s->log_guess[k] = num_log(b.p_guess);
    s->log_not[k] = num_log(1.0 - b.p_guess);
}

void spread_make(const struct skill_bkt *b, const struct bkt_belief *belief, double reach,
                 struct spread *out)
{
    const double *mean = belief->mean;
    out->half_life_days = b->half_life_days;
    for (int k = 0; k < N; k += 2) {
        double z[P], theta[2][P];
        bktfit_draw(k / 2, z);
        for (int i = 0, n = 0; i < P; i++) {
            double off = 0.0;
            for (int j = 0; j <= i; j++) {
                off += belief->root[n++] * z[j];
            }
            theta[0][i] = bktfit_logistic(mean[i] + off);
            theta[1][i] = bktfit_logistic(mean[i] - off);
        }
        for (int j = 0; j < 2; j++) {
            bktfit_bound(b->p_forget > 0.0 ? reach : 0.0, theta[j]);
            place(out, k + j, theta[j]);
        }
    }
}

void spread_start(const struct spread *s, struct spread_state *st)
{
    st->last_ms = 0;
    st->row_n = 0;
    for (int k = 0; k < N; k++) {
        st->p[k] = s->start[k];
        st->weight[k] = 1.0 / N;
    }
}

/* e to the power x for -40 < x < 40, relative error below 1e-6, for many at once: a short
 * series at x / 256, then eight squarings. */
static double quick_exp(double x)
{
    double y = x / 256.0;
    double e = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0))));
    e *= e, e *= e, e *= e, e *= e;
    e *= e, e *= e, e *= e, e *= e;
    return e;
}

/* Without practice each falls towards its own start, as mastery.c has it. */
static void fade(const struct spread *s, double *p, int64_t from_ms, int64_t to_ms)
{
    if (s->half_life_days <= 0.0 || from_ms == 0 || to_ms <= from_ms) {
        return;
    }
    double days = (double)(to_ms - from_ms) / (double)EVIDENCE_DAY_MS;
    double keep = num_exp(-0.69314718055994530942 * days / s->half_life_days);
    for (int k = 0; k < N; k++) {
        p[k] = p[k] > s->start[k] ? s->start[k] + (p[k] - s->start[k]) * keep : p[k];
    }
}

/* For each draw: how likely the row is without the skill, and how many times likelier it
 * is with it. */
static void weigh(const struct spread *s, double share, double w, double *none,
                  double *ratio)
{
    if (w == 1.0 && (share == 1.0 || share == 0.0)) {
        for (int k = 0; k < N; k++) {
            none[k] = share == 1.0 ? s->guess[k] : 1.0 - s->guess[k];
            ratio[k] = share == 1.0 ? s->right[k] : s->wrong[k];
        }
        return;
    }
    double up = w * share;
    double down = w * (1.0 - share);
    for (int k = 0; k < N; k++) {
        none[k] = quick_exp(up * s->log_guess[k] + down * s->log_not[k]);
        ratio[k] = quick_exp(up * s->log_right[k] + down * s->log_wrong[k]);
    }
}

static void level(double *weight)
{
    double sum = 0.0;
    for (int k = 0; k < N; k++) {
        sum += weight[k];
    }
    for (int k = 0; k < N; k++) {
        weight[k] /= sum;
        weight[k] = weight[k] > LEAST_WEIGHT ? weight[k] : LEAST_WEIGHT;
    }
}

void spread_add(const struct spread *s, struct spread_state *st,
                const struct mastery_obs *o)
{
    double w = num_clamp(o->weight, 0.0, 4.0);
    double none[N], ratio[N];
    if (w == 0.0) {
        return;
    }
    fade(s, st->p, st->last_ms, o->at_ms);
    weigh(s, num_clamp(o->share, 0.0, 1.0), w, none, ratio);
    double teach = o->kind == EV_JUDGEMENT ? 0.0 : w < 1.0 ? w : 1.0;
    for (int k = 0; k < N; k++) {
        double has = st->p[k] * ratio[k];
        double all = has + (1.0 - st->p[k]);
        double p = has / all;
        p += ((1.0 - p) * s->learn[k] - p * s->forget[k]) * teach;
        p = p < s->top[k] ? p : s->top[k];
        p = p > P_EDGE ? p : P_EDGE;
        st->p[k] = p < 1.0 - P_EDGE ? p : 1.0 - P_EDGE;
        st->weight[k] *= none[k] * all;
    }
    st->last_ms = o->at_ms;
    if (++st->row_n % 8 == 0) {
        level(st->weight); /* long before any weight becomes 0 */
    }
}

struct point {
    double p, weight;
};

/* The draws by p. A positive double and its bits as a number have one order; the last
 * bits say which draw it is, so that plain numbers are sorted (Shell 1959). */
static void sort_draws(const double *p, const double *weight, struct point *out)
{
    static const int gaps[] = {23, 10, 4, 1};
    uint64_t key[N];
    for (int k = 0; k < N; k++) {
        memcpy(&key[k], &p[k], sizeof(key[k]));
        key[k] = (key[k] & ~(uint64_t)(N - 1)) | (uint64_t)k;
    }
    for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
        for (int i = gaps[g]; i < N; i++) {
            uint64_t v = key[i];
            int at = i;
            for (; at >= gaps[g] && key[at - gaps[g]] > v; at -= gaps[g]) {
                key[at] = key[at - gaps[g]];
            }
            key[at] = v;
        }
    }
    for (int k = 0; k < N; k++) {
        size_t from = (size_t)(key[k] & (uint64_t)(N - 1));
        out[k] = (struct point){p[from], weight[from]};
    }
}

/* Where the weight below is u: between points, at the middles of their own weights. */
static double quantile(const struct point *v, const double *at, double u)
{
    int k = 0;
    while (k < N && at[k] < u) {
        k++;
    }
    if (k == 0 || k == N) {
        return k == 0 ? v[0].p : v[N - 1].p;
    }
    double span = at[k] - at[k - 1];
    double t = span > 0.0 ? (u - at[k - 1]) / span : 0.0;
    return v[k - 1].p + t * (v[k].p - v[k - 1].p);
}

void spread_read(const struct spread *s, const struct spread_state *st, int64_t as_of_ms,
                 double p, double *low, double *high)
{
    double now[N], weight[N], at[N];
    struct point v[N];
    double below = 0.0;
    double squares = 0.0;
    memcpy(now, st->p, sizeof(now));
    memcpy(weight, st->weight, sizeof(weight));
    fade(s, now, st->last_ms, as_of_ms);
    level(weight);
    for (int k = 0; k < N; k++) {
        squares += weight[k] * weight[k];
    }
    double n = 1.6 / squares;
    sort_draws(now, weight, v);
    for (int k = 0; k < N; k++) {
        at[k] = ((below + v[k].weight / 2.0) * n + 0.5) / (n + 1.0);
        below += v[k].weight;
    }
    *low = num_clamp(quantile(v, at, TAIL), 0.0, p);
    *high = num_clamp(quantile(v, at, 1.0 - TAIL), p, 1.0);
}

void spread_first(const struct skill_bkt *b, const struct bkt_belief *belief, double p,
                  double *low, double *high)
{
    double mean = belief->mean[BKT_INIT];
    double sd = belief->root[0];
    double top = bkt_ceiling(b);
    double from = bktfit_logistic(mean - Z_90 * sd);
    double to = bktfit_logistic(mean + Z_90 * sd);
    *low = num_clamp(from, P_EDGE, p);
    *high = num_clamp(to < top ? to : top, p, 1.0 - P_EDGE);
}
