#include "engine/bandit.h"

#include "engine/dist.h"
#include "engine/num.h"

#include <math.h>

#define WIDE 7.0   /* standard deviations on either side that the integral covers */
#define PIECES 400 /* even: Simpson's rule over each arm's own range */

struct posterior {
    double mean, sd;
};

static struct posterior posterior_of(const struct bandit_arm *arm)
{
    double n = (double)arm->n;
    double sum = num_clamp(arm->sum, 0.0, n);
    double mean = (sum + 1.0) / (n + 2.0);
    return (struct posterior){mean, sqrt(mean * (1.0 - mean) / (n + 3.0))};
}

/* The probability that `arm` is above all others. */
static double best(const struct posterior *v, int32_t n, int32_t arm)
{
    double step = 2.0 * WIDE / PIECES;
    double sum = 0.0;
    for (int i = 0; i <= PIECES; i++) {
        double z = -WIDE + i * step;
        double x = v[arm].mean + z * v[arm].sd;
        double f = dist_density(z) * (i == 0 || i == PIECES ? 1.0
                                      : i % 2 == 1          ? 4.0
                                                            : 2.0);
        for (int32_t other = 0; other < n; other++) {
            f *= other == arm ? 1.0 : dist_normal((x - v[other].mean) / v[other].sd);
        }
        sum += f;
    }
    return sum * step / 3.0;
}

void bandit_shares(const struct bandit_arm *arms, int32_t n, double floor, double *p)
{
    struct posterior v[BANDIT_ARMS];
    double sum = 0.0;
    for (int32_t i = 0; i < n; i++) {
        v[i] = posterior_of(&arms[i]);
    }
    for (int32_t i = 0; i < n; i++) {
        p[i] = best(v, n, i);
        sum += p[i];
    }
    for (int32_t i = 0; i < n; i++) {
        p[i] = floor + (1.0 - n * floor) * (p[i] / sum);
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

int32_t bandit_draw(const double *p, int32_t n, uint64_t seed, int64_t unit,
                    int64_t period)
{
    uint64_t key = stir(stir(stir(seed) ^ (uint64_t)unit) ^ (uint64_t)period);
    double u = (double)(key >> 11) * 0x1p-53;
    double sum = 0.0;
    for (int32_t i = 0; i + 1 < n; i++) {
        sum += p[i];
        if (u < sum) {
            return i;
        }
    }
    return n - 1;
}

bool bandit_harm(const struct bandit_arm *arms, int32_t arm, double margin, double sure)
{
    struct posterior usual = posterior_of(&arms[0]);
    struct posterior v = posterior_of(&arms[arm]);
    double sd = sqrt(usual.sd * usual.sd + v.sd * v.sd);
    return dist_normal((usual.mean - margin - v.mean) / sd) >= sure;
}
