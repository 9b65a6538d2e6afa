#include "engine/offpolicy.h"

#include "engine/dist.h"

#include <math.h>

const char *offpolicy_word_name(enum offpolicy_word word)
{
    static const char *const names[] = {"fine", "too_little", "no_propensity",
                                        "below_floor"};
    return names[word];
}

static double ratio(const struct offpolicy_row *r)
{
    return r->target > 0.0 ? r->target / r->logged : 0.0;
}

static enum offpolicy_word check(const struct offpolicy_row *rows, size_t n, double floor,
                                 struct offpolicy *out)
{
    double sum = 0.0;
    double square = 0.0;
    for (size_t i = 0; i < n; i++) {
        double p = rows[i].logged;
        out->at = i;
        if (!(p > 0.0 && p <= 1.0)) {
            return OFFPOLICY_NO_PROPENSITY;
        }
        if (p < floor && rows[i].target > 0.0) {
            return OFFPOLICY_BELOW_FLOOR;
        }
        sum += ratio(&rows[i]);
        square += ratio(&rows[i]) * ratio(&rows[i]);
        out->clusters += i == 0 || rows[i].cluster != rows[i - 1].cluster ? 1 : 0;
    }
    out->at = 0;
    out->sample = square > 0.0 ? sum * sum / square : 0.0;
    out->weight = n > 0 ? sum / (double)n : 0.0;
    return n < OFFPOLICY_ROWS || out->clusters < OFFPOLICY_CLUSTERS ||
                   out->sample < OFFPOLICY_SAMPLE
               ? OFFPOLICY_TOO_LITTLE
               : OFFPOLICY_FINE;
}

enum way { WAY_IPS, WAY_SNIPS, WAY_DR };

/* One row's part of the influence function of an estimate. */
static double part(const struct offpolicy_row *r, enum way way, double value,
                   double weight)
{
    double w = ratio(r);
    switch (way) {
    case WAY_IPS:
        return w * r->reward - value;
    case WAY_SNIPS:
        return w * (r->reward - value) / weight;
    case WAY_DR:
        break;
    }
    return r->model_target + w * (r->reward - r->model_taken) - value;
}

static void interval(const struct offpolicy_row *rows, enum way way, double alpha,
                     const struct offpolicy *o, struct offpolicy_estimate *est)
{
    double all = 0.0;
    double own = 0.0;
    for (size_t i = 0; i < o->n; i++) {
        own += part(&rows[i], way, est->value, o->weight);
        if (i + 1 == o->n || rows[i + 1].cluster != rows[i].cluster) {
            all += own * own;
            own = 0.0;
        }
    }
    double c = (double)o->clusters;
    est->se = sqrt(all * c / (c - 1.0)) / (double)o->n;
    double wide = dist_t_quantile(1.0 - 0.5 * alpha, c - 1.0) * est->se;
    est->low = est->value - wide;
    est->high = est->value + wide;
}

void offpolicy_work(const struct offpolicy_row *rows, size_t n, double floor,
                    double alpha, struct offpolicy *out)
{
    *out = (struct offpolicy){.n = n};
    out->word = check(rows, n, floor, out);
    if (out->word != OFFPOLICY_FINE) {
        return;
    }
    double weighted = 0.0;
    double robust = 0.0;
    for (size_t i = 0; i < n; i++) {
        weighted += part(&rows[i], WAY_IPS, 0.0, 1.0);
        robust += part(&rows[i], WAY_DR, 0.0, 1.0);
    }
    out->ips.value = weighted / (double)n;
    out->snips.value = weighted / (out->weight * (double)n);
    out->dr.value = robust / (double)n;
    interval(rows, WAY_IPS, alpha, out, &out->ips);
    interval(rows, WAY_SNIPS, alpha, out, &out->snips);
    interval(rows, WAY_DR, alpha, out, &out->dr);
}

struct sums {
    double reward[OFFPOLICY_ARMS];
    double n[OFFPOLICY_ARMS];
};

static void sums_add(struct sums *s, const struct offpolicy_row *r)
{
    s->reward[r->arm] += r->reward;
    s->n[r->arm] += 1.0;
}

/* The mean reward of an arm among the others; .5 where nobody else had it. */
static double others(const struct sums *all, const struct sums *own, int32_t arm)
{
    double n = all->n[arm] - own->n[arm];
    return n > 0.0 ? (all->reward[arm] - own->reward[arm]) / n : 0.5;
}

void offpolicy_means(struct offpolicy_row *rows, size_t n, const double *target,
                     int32_t arm_n)
{
    struct sums all = {{0}, {0}};
    for (size_t i = 0; i < n; i++) {
        sums_add(&all, &rows[i]);
    }
    for (size_t from = 0, to; from < n; from = to) {
        struct sums own = {{0}, {0}};
        for (to = from; to < n && rows[to].cluster == rows[from].cluster; to++) {
            sums_add(&own, &rows[to]);
        }
        double mean = 0.0;
        for (int32_t arm = 0; arm < arm_n; arm++) {
            mean += target[arm] > 0.0 ? target[arm] * others(&all, &own, arm) : 0.0;
        }
        for (size_t i = from; i < to; i++) {
            rows[i].model_taken = others(&all, &own, rows[i].arm);
            rows[i].model_target = mean;
        }
    }
}
