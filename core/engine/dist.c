#include "engine/dist.h"

#include "engine/num.h"

#include <math.h>
#include <stdbool.h>

#define ROOT_2PI 2.50662827463100050242
#define HALF_LN_2PI 0.91893853320467274178
#define TINY 1e-300
#define SERIES_TO 2.5 /* the series loses digits beyond, the fraction needs too many */
#define FRACTION_N 20 /* terms, and 500 / x^2 more: enough for 1e-16 */
#define FARTHEST 38.0 /* the tail there is the smallest number */
#define STEPS 500     /* of a series or a fraction that converges long before */
#define NORMAL_DF 1e9 /* from here on t is the normal to the last digit */

double dist_density(double x)
{
    return num_exp(-0.5 * x * x) / ROOT_2PI;
}

/* P(0 < Z < x) for 0 <= x. All terms are positive, so nothing cancels. */
static double middle(double x)
{
    double term = x;
    double sum = x;
    for (int k = 3; term > sum * 1e-18 && k < STEPS; k += 2) {
        term *= x * x / k;
        sum += term;
    }
    return sum * dist_density(x);
}

double dist_tail(double x)
{
    if (x < 0.0) {
        return 1.0 - dist_tail(-x);
    }
    if (x < SERIES_TO) {
        return 0.5 - middle(x);
    }
    double below = x;
    for (int k = FRACTION_N + (int)(500.0 / (x * x)); k >= 1; k--) {
        below = x + k / below;
    }
    return dist_density(x) / below;
}

double dist_normal(double x)
{
    return dist_tail(-x);
}

/* x > 0 with P(Z > x) = q, 0 < q < .5 */
static double upper(double q)
{
    double t = sqrt(-2.0 * num_log(q));
    double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int i = 0; i < 4; i++) {
        double u = (dist_tail(x) - q) / dist_density(x);
        x += u / (1.0 - 0.5 * x * u);
    }
    return x;
}

double dist_quantile(double p)
{
    if (!(p > TINY)) {
        return -FARTHEST;
    }
    if (p >= 1.0) {
        return FARTHEST;
    }
    if (p == 0.5) {
        return 0.0;
    }
    return p < 0.5 ? -upper(p) : upper(1.0 - p);
}

double dist_lgamma(double x)
{
    double shift = 1.0;
    while (x < 12.0) {
        shift *= x;
        x += 1.0;
    }
    double y = 1.0 / (x * x);
    double sum =
        1.0 / 12.0 -
        y * (1.0 / 360.0 -
             y * (1.0 / 1260.0 -
                  y * (1.0 / 1680.0 - y * (1.0 / 1188.0 - y * (691.0 / 360360.0)))));
    return (x - 0.5) * num_log(x) - x + HALF_LN_2PI + sum / x - num_log(shift);
}

/* Lower incomplete gamma ratio by its series. */
static double gamma_series(double a, double x)
{
    double term = 1.0 / a;
    double sum = term;
    for (int i = 1; i < STEPS * 20 && term > sum * 1e-17; i++) {
        term *= x / (a + i);
        sum += term;
    }
    return sum * num_exp(a * num_log(x) - x - dist_lgamma(a));
}

/* Upper incomplete gamma ratio by Lentz's way through the continued fraction. */
static double gamma_fraction(double a, double x)
{
    double b = x + 1.0 - a;
    double c = 1.0 / TINY;
    double d = 1.0 / b;
    double h = d;
    for (int i = 1; i < STEPS * 20; i++) {
        double an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = fabs(d) < TINY ? TINY : d;
        c = b + an / c;
        c = fabs(c) < TINY ? TINY : c;
        d = 1.0 / d;
        h *= d * c;
        if (fabs(d * c - 1.0) < 1e-16) {
            break;
        }
    }
    return h * num_exp(a * num_log(x) - x - dist_lgamma(a));
}

double dist_chi2_tail(double x, double df)
{
    if (!(x > 0.0) || !(df > 0.0)) {
        return 1.0;
    }
    double a = 0.5 * df;
    double half = 0.5 * x;
    return half < a + 1.0 ? 1.0 - gamma_series(a, half) : gamma_fraction(a, half);
}

/* One half of a step of Lentz's way. */
static void lentz(double an, double *c, double *d, double *h)
{
    *d = 1.0 + an * *d;
    *d = fabs(*d) < TINY ? TINY : *d;
    *c = 1.0 + an / *c;
    *c = fabs(*c) < TINY ? TINY : *c;
    *d = 1.0 / *d;
    *h *= *d * *c;
}

static double beta_fraction(double a, double b, double x)
{
    double c = 1.0;
    double d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < TINY ? TINY : d);
    double h = d;
    for (int m = 1; m < STEPS * 20; m++) {
        double was = h;
        lentz(m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)), &c, &d, &h);
        lentz(-(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)), &c, &d,
              &h);
        if (fabs(h - was) <= 1e-16 * fabs(h)) {
            break;
        }
    }
    return h;
}

/* The incomplete beta ratio I_x(a, b); `rest` is 1 - x, given apart for its digits. */
static double beta_ratio(double a, double b, double x, double rest)
{
    double front = num_exp(dist_lgamma(a + b) - dist_lgamma(a) - dist_lgamma(b) +
                           a * num_log(x) + b * num_log(rest));
    if (x < (a + 1.0) / (a + b + 2.0)) {
        return front * beta_fraction(a, b, x) / a;
    }
    return 1.0 - front * beta_fraction(b, a, rest) / b;
}

double dist_t_tail(double t, double df)
{
    if (t < 0.0) {
        return 1.0 - dist_t_tail(-t, df);
    }
    if (df >= NORMAL_DF) {
        return dist_tail(t);
    }
    if (t * t < 1e-30) {
        return 0.5;
    }
    double sum = df + t * t;
    return 0.5 * beta_ratio(0.5 * df, 0.5, df / sum, t * t / sum);
}

double dist_t_quantile(double p, double df)
{
    if (p == 0.5) {
        return 0.0;
    }
    bool low = p < 0.5;
    double q = low ? p : 1.0 - p;
    double least = 0.0;
    double most = 1.0;
    while (dist_t_tail(most, df) > q && most < 1e12) {
        least = most;
        most *= 2.0;
    }
    for (int i = 0; i < 200 && most - least > 1e-15 * most; i++) {
        double mid = 0.5 * (least + most);
        if (dist_t_tail(mid, df) > q) {
            least = mid;
        } else {
            most = mid;
        }
    }
    return low ? -0.5 * (least + most) : 0.5 * (least + most);
}

double dist_z_of_t(double t, double df)
{
    double z = -dist_quantile(dist_t_tail(fabs(t), df));
    return t < 0.0 ? -z : z;
}
