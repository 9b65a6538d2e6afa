#include "engine/sequential.h"

#include "engine/dist.h"

#include <math.h>

#define FAR 8.5     /* nothing passes such a bound */
#define FINE 8.0    /* points of the grid to one standard deviation of a step */
#define GRID_MIN 64 /* intervals; even */
#define PAIRS_MAX 1500

/* The density of b = z * sqrt(at) among the runs that have not passed a bound yet. */
struct front {
    double low, step;
    int n;           /* intervals, even */
    const double *g; /* n + 1, with Simpson's weights in them */
};

double sequential_spend(double alpha, double at)
{
    if (at >= 1.0) {
        return alpha;
    }
    if (!(at > 0.0)) {
        return 0.0;
    }
    /* each side spends half of it */
    return 4.0 * dist_tail(-dist_quantile(0.25 * alpha) / sqrt(at));
}

static int intervals(double width, double dt)
{
    double pairs = ceil(0.5 * width * FINE / sqrt(dt));
    int n = 2 * (int)(pairs < PAIRS_MAX ? pairs : PAIRS_MAX);
    return n > GRID_MIN ? n : GRID_MIN;
}

static double weight(int i, int n)
{
    return (i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4.0 : 2.0) / 3.0;
}

/* Before the first look everything is at 0. */
static double cross(const struct front *f, double b, double dt, double drift)
{
    double sd = sqrt(dt);
    double sum = 0.0;
    if (f->g == NULL) {
        return dist_tail((b - drift * dt) / sd);
    }
    for (int i = 0; i <= f->n; i++) {
        sum += f->g[i] * dist_tail((b - (f->low + i * f->step) - drift * dt) / sd);
    }
    return sum;
}

/* Minus its derivative by b. */
static double density(const struct front *f, double b, double dt, double drift)
{
    double sd = sqrt(dt);
    double sum = 0.0;
    if (f->g == NULL) {
        return dist_density((b - drift * dt) / sd) / sd;
    }
    for (int i = 0; i <= f->n; i++) {
        sum += f->g[i] * dist_density((b - (f->low + i * f->step) - drift * dt) / sd);
    }
    return sum / sd;
}

static void go_on(struct arena *a, struct front *f, double b, double dt, double next_dt,
                  double drift)
{
    struct front to = {.low = -b, .n = intervals(2.0 * b, dt < next_dt ? dt : next_dt)};
    to.step = 2.0 * b / to.n;
    double *g = ARENA_ARRAY(a, double, (size_t)to.n + 1);
    for (int i = 0; i <= to.n; i++) {
        g[i] = weight(i, to.n) * to.step * density(f, to.low + i * to.step, dt, drift);
    }
    to.g = g;
    *f = to;
}

/* b with cross(b) = share: Newton's steps inside a bracket, from `start` on. */
static double solve(const struct front *f, double dt, double share, double most,
                    double start)
{
    double low = 0.0;
    double high = most;
    double b = most < start ? most : start;
    for (int i = 0; i < 80 && high - low > 1e-10; i++) {
        double over = cross(f, b, dt, 0.0) - share;
        low = over > 0.0 ? b : low;
        high = over > 0.0 ? high : b;
        double slope = density(f, b, dt, 0.0);
        double next = slope > 1e-290 ? b + over / slope : low - 1.0;
        if (fabs(next - b) < 1e-11) {
            return next;
        }
        b = next > low && next < high ? next : 0.5 * (low + high);
    }
    return b;
}

void sequential_bounds(struct arena *scratch, double alpha, bool last,
                       struct sequential *s)
{
    struct front f = {0};
    double before = 0.0;
    for (int32_t k = 0; k < s->n; k++) {
        double at = s->at[k];
        double dt = at - (k > 0 ? s->at[k - 1] : 0.0);
        s->spent[k] = last && k + 1 == s->n ? alpha : sequential_spend(alpha, at);
        double share = 0.5 * (s->spent[k] - before);
        double most = FAR * sqrt(at);
        double start = -dist_quantile(share) * sqrt(at); /* as if it were the only look */
        double b = share > 1e-16 ? solve(&f, dt, share, most, start) : most;
        s->bound[k] = b / sqrt(at);
        before = s->spent[k];
        if (k + 1 < s->n) {
            go_on(scratch, &f, b, dt, s->at[k + 1] - at, 0.0);
        }
    }
}

double sequential_power(struct arena *scratch, const struct sequential *s, double drift)
{
    struct front f = {0};
    double sum = 0.0;
    for (int32_t k = 0; k < s->n; k++) {
        double dt = s->at[k] - (k > 0 ? s->at[k - 1] : 0.0);
        double b = s->bound[k] * sqrt(s->at[k]);
        sum += cross(&f, b, dt, drift);
        if (k + 1 < s->n) {
            go_on(scratch, &f, b, dt, s->at[k + 1] - s->at[k], drift);
        }
    }
    return sum;
}

double sequential_drift(struct arena *scratch, const struct sequential *s, double power)
{
    double low = 0.0;
    double high = 12.0;
    while (high - low > 1e-9) {
        double mid = 0.5 * (low + high);
        if (sequential_power(scratch, s, mid) < power) {
            low = mid;
        } else {
            high = mid;
        }
    }
    return 0.5 * (low + high);
}
