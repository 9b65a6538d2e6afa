#include "engine/measure.h"

#include "base/err.h"
#include "engine/num.h"

#include <math.h>
#include <stdlib.h>

#define BINS 10
#define EDGE 1e-12

struct pair {
    double p, truth;
};

static int by_p(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return x->truth < y->truth ? -1 : x->truth > y->truth;
}

/* How often a right answer stands above a wrong one. */
static double auc_of(const struct pair *rows, size_t n)
{
    double below = 0, wins = 0, right = 0;
    for (size_t i = 0; i < n;) {
        double r = 0, w = 0;
        size_t j = i;
        for (; j < n && rows[j].p == rows[i].p; j++) {
            r += rows[j].truth;
            w += 1 - rows[j].truth;
        }
        wins += r * (below + w / 2);
        below += w;
        right += r;
        i = j;
    }
    return right > 0 && below > 0 ? wins / (right * below) : 0.5;
}

struct measure measure_of(struct arena *scratch, const double *p, const double *truth,
                          size_t n)
{
    struct measure m = {.n = n, .auc = 0.5};
    double said[BINS] = {0}, was[BINS] = {0};
    struct pair *rows = ARENA_ARRAY(scratch, struct pair, n);
    for (size_t i = 0; i < n; i++) {
        double q = num_clamp(p[i], EDGE, 1 - EDGE), y = truth[i];
        INVARIANT(p[i] >= 0 && p[i] <= 1 && y >= 0 && y <= 1);
        rows[i] = (struct pair){p[i], y};
        int bin = p[i] < 1 ? (int)(p[i] * BINS) : BINS - 1;
        said[bin] += p[i];
        was[bin] += y;
        m.brier += (p[i] - y) * (p[i] - y);
        m.accuracy += p[i] >= 0.5 ? y : 1 - y;
        m.log_loss -=
            (y > 0 ? y * num_log(q) : 0) + (y < 1 ? (1 - y) * num_log(1 - q) : 0);
    }
    if (n == 0)
        return m;
    for (int b = 0; b < BINS; b++)
        m.ece += fabs(said[b] - was[b]);
    qsort(rows, n, sizeof *rows, by_p);
    m.auc = auc_of(rows, n);
    m.brier /= (double)n;
    m.accuracy /= (double)n;
    m.log_loss /= (double)n;
    m.ece /= (double)n;
    m.rmse = sqrt(m.brier);
    return m;
}
