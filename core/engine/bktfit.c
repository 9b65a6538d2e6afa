#include "engine/bktfit.h"

#include "engine/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define P BKT_PARAMS
#define DIFF 1e-3 /* step of the central differences, in logits */

static const double low[P] = {0.001, 0.001, 0.0005, 0.001, 0.001};
static const double high[P] = {0.999, 0.9, 0.1, 0.7, 0.7};

/* Round the corners of what is plausible: known early or not, learning or not. */
static const double starts[][P] = {
    {0.3, 0.1, 0.03, 0.2, 0.1},   {0.6, 0.05, 0.02, 0.3, 0.15},
    {0.5, 0.3, 0.04, 0.1, 0.3},   {0.15, 0.02, 0.01, 0.25, 0.05},
    {0.7, 0.15, 0.04, 0.5, 0.08},
};
#define START_STEPS 10
#define MOST_STEPS 200
#define CLOSE 1e-3
#define POLISH_STEPS 3
#define SAMPLES 64
#define SAMPLES_LEAST 16.0 /* effective ones */
#define SAMPLE_WIDE 1.15

double bktfit_logit(double p)
{
    return num_log(p / (1.0 - p));
}

double bktfit_logistic(double x)
{
    return 1.0 / (1.0 + num_exp(-x));
}

/* From p = l + (1 - l - f) q(p) at p = reach: the most that may be forgotten. */
static double forget_most(double reach, const double *theta)
{
    double r = (1.0 - theta[BKT_SLIP]) / theta[BKT_GUESS];
    double q = reach * r / (1.0 + reach * (r - 1.0));
    return 1.0 - theta[BKT_LEARN] - (reach - theta[BKT_LEARN]) / q;
}

void bktfit_bound(double reach, double *theta)
{
    for (int i = 0; i < P; i++) {
        theta[i] = num_clamp(theta[i], low[i], high[i]);
    }
    double sum = theta[BKT_GUESS] + theta[BKT_SLIP];
    if (sum > 0.95) {
        theta[BKT_GUESS] *= 0.95 / sum;
        theta[BKT_SLIP] *= 0.95 / sum;
    }
    double most = reach > 0.0 ? forget_most(reach, theta) : 0.0;
    theta[BKT_FORGET] = num_clamp(theta[BKT_FORGET], 0.0, most > 0.0 ? most : 0.0);
}

/* The mode of num log p + (den - num) log(1 - p) + log prior over the logit, by Newton;
 * the function is concave. */
static double mode_of(double num, double den, double mean, double var, double p)
{
    double x = bktfit_logit(p);
    for (int i = 0; i < 2; i++) {
        double s = bktfit_logistic(x);
        double slope = num - den * s - (x - mean) / var;
        double bend = den * s * (1.0 - s) + 1.0 / var;
        x += num_clamp(slope / bend, -2.0, 2.0);
    }
    return bktfit_logistic(x);
}

/* One step; the largest change of a parameter. */
static double step(const struct bkttree *t, const struct bktfit_goal *g, double *theta,
                   struct bkttree_work *w)
{
    struct bkttree_counts c;
    double old[P];
    double moved = 0.0;
    memcpy(old, theta, sizeof(old));
    bkttree_count(t, theta, w, &c);
    for (int i = 0; i < P; i++) {
        if (theta[i] > 0.0) {
            theta[i] =
                mode_of(c.num[i], c.den[i], g->prior.mean[i], g->prior.var[i], theta[i]);
        }
    }
    bktfit_bound(g->reach, theta);
    for (int i = 0; i < P; i++) {
        double d = fabs(theta[i] - old[i]);
        moved = d > moved ? d : moved;
    }
    return moved;
}

void bktfit_climb(const struct bkttree *t, const struct bktfit_goal *g, double *theta,
                  struct bkttree_work *w, int steps, double tol)
{
    for (int i = 0; i < steps && step(t, g, theta, w) > tol; i++) {
    }
}

/* Log posterior but for a constant. */
static double height(const struct bkttree *t, const struct bktfit_goal *g,
                     const double *theta, struct bkttree_work *w)
{
    double sum = bkttree_loglik(t, theta, w);
    for (int i = 0; i < P; i++) {
        if (theta[i] > 0.0) {
            double d = bktfit_logit(theta[i]) - g->prior.mean[i];
            sum -= d * d / (2.0 * g->prior.var[i]);
        }
    }
    return sum;
}

void bktfit_search(const struct bkttree *t, const struct bktfit_goal *g, double *theta,
                   struct bkttree_work *w)
{
    double best = 0.0;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        double here[P];
        memcpy(here, starts[i], sizeof(here));
        bktfit_bound(g->reach, here);
        bktfit_climb(t, g, here, w, START_STEPS, CLOSE);
        double h = height(t, g, here, w);
        if (i == 0 || h > best) {
            best = h;
            memcpy(theta, here, sizeof(here));
        }
    }
    bktfit_climb(t, g, theta, w, MOST_STEPS, CLOSE);
}

/* Gradient of the log posterior at logits x. */
static void slope_at(const struct bkttree *t, const struct bktfit_goal *g,
                     const double *x, struct bkttree_work *w, double *out)
{
    struct bkttree_counts c;
    double theta[P];
    for (int i = 0; i < P; i++) {
        theta[i] = g->reach > 0.0 || i != BKT_FORGET ? bktfit_logistic(x[i]) : 0.0;
    }
    bkttree_count(t, theta, w, &c);
    for (int i = 0; i < P; i++) {
        out[i] =
            c.num[i] - c.den[i] * theta[i] - (x[i] - g->prior.mean[i]) / g->prior.var[i];
    }
}

/* Cholesky of a symmetric matrix; false when it is not clearly positive. */
static bool cholesky(double m[P][P], const double *least)
{
    for (int j = 0; j < P; j++) {
        double d = m[j][j];
        for (int k = 0; k < j; k++) {
            d -= m[j][k] * m[j][k];
        }
        if (!(d > least[j])) {
            return false;
        }
        m[j][j] = sqrt(d);
        for (int i = j + 1; i < P; i++) {
            double v = m[i][j];
            for (int k = 0; k < j; k++) {
                v -= m[i][k] * m[j][k];
            }
            m[i][j] = v / m[j][j];
        }
    }
    return true;
}

/* From the root of an information matrix to the root of its inverse. */
static void inverse_root(double l[P][P], double *root)
{
    double inv[P][P] = {{0}};
    double cov[P][P];
    double zero[P] = {0};
    for (int j = 0; j < P; j++) {
        inv[j][j] = 1.0 / l[j][j];
        for (int i = j + 1; i < P; i++) {
            double v = 0.0;
            for (int k = j; k < i; k++) {
                v -= l[i][k] * inv[k][j];
            }
            inv[i][j] = v / l[i][i];
        }
    }
    for (int i = 0; i < P; i++) {
        for (int j = 0; j < P; j++) {
            cov[i][j] = 0.0;
            for (int k = i > j ? i : j; k < P; k++) {
                cov[i][j] += inv[k][i] * inv[k][j];
            }
        }
    }
    bool fine = cholesky(cov, zero);
    for (int i = 0, n = 0; i < P; i++) {
        for (int j = 0; j <= i; j++) {
            root[n++] = fine ? cov[i][j] : i == j ? inv[i][i] : 0.0;
        }
    }
}

/* Is forgetting held down by the bound? */
static bool pinned(double reach, const double *theta)
{
    return theta[BKT_FORGET] >= forget_most(reach, theta) * (1.0 - 1e-9);
}

/* Observed information at logits x, by central differences of the gradient. */
static void observe(const struct bkttree *t, const struct bktfit_goal *g, double x[P],
                    struct bkttree_work *w, double info[P][P])
{
    double up[P], down[P];
    for (int i = 0; i < P; i++) {
        double at = x[i];
        x[i] = at + DIFF;
        slope_at(t, g, x, w, up);
        x[i] = at - DIFF;
        slope_at(t, g, x, w, down);
        x[i] = at;
        for (int j = 0; j < P; j++) {
            info[i][j] = (down[j] - up[j]) / (2.0 * DIFF);
        }
    }
    for (int i = 0; i < P; i++) {
        for (int j = 0; j < i; j++) {
            info[i][j] = info[j][i] = (info[i][j] + info[j][i]) / 2.0;
        }
    }
}

void bktfit_laplace(const struct bkttree *t, const struct bktfit_goal *g,
                    const double *theta, struct bkttree_work *w, double *root)
{
    double x[P], least[P], info[P][P], plain[P][P] = {{0}};
    struct bkttree_counts c;
    bkttree_count(t, theta, w, &c);
    for (int i = 0; i < P; i++) {
        double s = theta[i];
        x[i] = s > 0.0 ? bktfit_logit(s) : g->prior.mean[i];
        least[i] = 0.1 / g->prior.var[i];
        plain[i][i] = c.den[i] * s * (1.0 - s) + 1.0 / g->prior.var[i];
    }
    observe(t, g, x, w, info);
    if (pinned(g->reach, theta)) { /* no peak in this direction */
        for (int i = 0; i < P; i++) {
            info[i][BKT_FORGET] = info[BKT_FORGET][i] = 0.0;
        }
        info[BKT_FORGET][BKT_FORGET] = plain[BKT_FORGET][BKT_FORGET];
    }
    /* Not at a peak at all: what complete data would say. */
    if (cholesky(info, least)) {
        inverse_root(info, root);
    } else {
        (void)cholesky(plain, least);
        inverse_root(plain, root);
    }
}

/* One step of Newton's method; false when that is not uphill. */
static bool polish_step(const struct bkttree *t, const struct bktfit_goal *g,
                        double *theta, struct bkttree_work *w, const double *root)
{
    double x[P], slope[P], half[P] = {0}, next[P];
    for (int i = 0; i < P; i++) {
        x[i] = theta[i] > 0.0 ? bktfit_logit(theta[i]) : g->prior.mean[i];
    }
    slope_at(t, g, x, w, slope);
    if (pinned(g->reach, theta)) {
        slope[BKT_FORGET] = 0.0;
    }
    for (int i = 0, n = 0; i < P; i++) {
        for (int j = 0; j <= i; j++) {
            half[j] += root[n++] * slope[i];
        }
    }
    for (int i = 0, n = 0; i < P; i++) {
        double by = 0.0;
        for (int j = 0; j <= i; j++) {
            by += root[n++] * half[j];
        }
        next[i] = bktfit_logistic(x[i] + num_clamp(by, -1.0, 1.0));
    }
    bktfit_bound(g->reach, next);
    if (height(t, g, next, w) <= height(t, g, theta, w)) {
        return false;
    }
    memcpy(theta, next, sizeof(next));
    return true;
}

void bktfit_polish(const struct bkttree *t, const struct bktfit_goal *g, double *theta,
                   struct bkttree_work *w, double *root)
{
    bktfit_laplace(t, g, theta, w, root);
    for (int i = 0; i < POLISH_STEPS && polish_step(t, g, theta, w, root); i++) {
        bktfit_laplace(t, g, theta, w, root);
    }
}

/* Quantile of the standard normal law, |error| < 5e-4 (Hastings 1955; Abramowitz & Stegun
 * 26.2.23): draws need no more. 0 < u < 1. */
static double normal_quantile(double u)
{
    double tail = u < 0.5 ? u : 1.0 - u;
    double t = sqrt(-2.0 * num_log(tail));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    return u < 0.5 ? -z : z;
}

void bktfit_draw(int k, double z[BKT_PARAMS])
{
    static const double steps[P] = {0.8812714616335696, 0.7766393890897682,
                                    0.6844301295853427, 0.6031687406857282,
                                    0.5315553977157914};
    for (int i = 0; i < P; i++) {
        double u = 0.5 + steps[i] * (k + 1);
        z[i] = normal_quantile(u - floor(u));
    }
}

/* A draw of the logits as parameters, within bounds. */
static void place(const struct bktfit_goal *g, const double *x, double *theta)
{
    for (int i = 0; i < P; i++) {
        theta[i] = bktfit_logistic(x[i]);
    }
    bktfit_bound(g->reach, theta);
}

struct sample {
    double x[SAMPLES][P];
    double weight[SAMPLES];
};

/* Draws a little wider than Laplace's, weighted by what they are too rare or too many. */
static void sample_fill(const struct bkttree *t, const struct bktfit_goal *g,
                        const double *mean, const double *root, struct bkttree_work *w,
                        struct sample *out)
{
    double best = 0.0;
    for (int k = 0; k < SAMPLES; k++) {
        double z[P], theta[P];
        double height = 0.0;
        bktfit_draw(k / 2, z);
        for (int i = 0, n = 0; i < P; i++) {
            double off = 0.0;
            for (int j = 0; j <= i; j++) {
                off += root[n++] * z[j];
            }
            double *x = &out->x[k][i];
            *x = mean[i] + (k % 2 == 0 ? off : -off) * SAMPLE_WIDE;
            double d = *x - g->prior.mean[i];
            height += z[i] * z[i] / 2.0 - d * d / (2.0 * g->prior.var[i]);
        }
        place(g, out->x[k], theta);
        height += bkttree_loglik(t, theta, w);
        out->weight[k] = height;
        best = k == 0 || height > best ? height : best;
    }
    for (int k = 0; k < SAMPLES; k++) {
        out->weight[k] = num_exp(out->weight[k] - best);
    }
}

void bktfit_sample(const struct bkttree *t, const struct bktfit_goal *g,
                   const double *theta, struct bkttree_work *w, double *mean,
                   double *root)
{
    struct sample s;
    double m[P] = {0};
    double cov[P][P] = {{0}};
    double zero[P] = {0};
    double sum = 0.0;
    double squares = 0.0;
    sample_fill(t, g, mean, root, w, &s);
    (void)theta;
    for (int k = 0; k < SAMPLES; k++) {
        sum += s.weight[k];
        squares += s.weight[k] * s.weight[k];
        for (int i = 0; i < P; i++) {
            m[i] += s.weight[k] * s.x[k][i];
        }
    }
    for (int i = 0; i < P; i++) {
        m[i] /= sum;
    }
    for (int k = 0; k < SAMPLES; k++) {
        for (int i = 0; i < P; i++) {
            for (int j = 0; j <= i; j++) {
                cov[i][j] += s.weight[k] / sum * (s.x[k][i] - m[i]) * (s.x[k][j] - m[j]);
            }
        }
    }
    if (sum * sum / squares < SAMPLES_LEAST || !cholesky(cov, zero)) {
        return;
    }
    for (int i = 0, n = 0; i < P; i++) {
        mean[i] = m[i];
        for (int j = 0; j <= i; j++) {
            root[n++] = cov[i][j];
        }
    }
}
