#include "engine/bkttree.h"

#include "engine/num.h"

#include <string.h>

/* Emissions of each symbol: how likely it is without the skill (0) and with it (1). */
struct emit {
    double e[2][BKTTREE_SYMS];
};

uint8_t bkttree_sym(double share)
{
    double s = num_clamp(share, 0.0, 1.0) * (BKTTREE_SYMS - 1) + 0.5;
    return (uint8_t)s;
}

/* Shares as powers of the likelihood, as mastery.h has them. */
static void fill_emit(const double *theta, struct emit *out)
{
    double g = theta[BKT_GUESS];
    double s = theta[BKT_SLIP];
    double right[2] = {num_log(g), num_log(1.0 - s)};
    double wrong[2] = {num_log(1.0 - g), num_log(s)};
    for (int h = 0; h < 2; h++) {
        for (int k = 1; k < BKTTREE_SYMS - 1; k++) {
            double share = (double)k / (BKTTREE_SYMS - 1);
            out->e[h][k] = num_exp(share * right[h] + (1.0 - share) * wrong[h]);
        }
    }
    out->e[0][0] = 1.0 - g;
    out->e[1][0] = s;
    out->e[0][BKTTREE_SYMS - 1] = g;
    out->e[1][BKTTREE_SYMS - 1] = 1.0 - s;
}

/* While it grows: children as a list. */
struct sprout {
    int32_t parent, ends, sym, child, next, depth;
};

static int32_t grow(struct sprout *v, int32_t *n, int32_t at, int32_t sym)
{
    for (int32_t c = v[at].child; c != 0; c = v[c].next) {
        if (v[c].sym == sym) {
            return c;
        }
    }
    int32_t c = (*n)++;
    v[c] = (struct sprout){
        .parent = at, .sym = sym, .next = v[at].child, .depth = v[at].depth + 1};
    v[at].child = c;
    return c;
}

/* By depth, else as they grew (counting sort). The root itself is left out. */
static void by_depth(struct arena *a, const struct sprout *v, int32_t n, int32_t depth,
                     struct bkttree *t)
{
    int32_t *from = ARENA_ARRAY(a, int32_t, (size_t)depth + 2);
    int32_t *place = ARENA_ARRAY(a, int32_t, (size_t)n);
    for (int32_t i = 1; i < n; i++) {
        from[v[i].depth + 1]++;
    }
    for (int32_t d = 1; d <= depth; d++) {
        from[d + 1] += from[d];
    }
    t->first_n = depth > 0 ? from[2] : 0;
    for (int32_t i = 1; i < n; i++) {
        int32_t k = from[v[i].depth]++;
        place[i] = k;
        t->nodes[k] = (struct bkttree_node){
            .parent = place[v[i].parent], .ends = v[i].ends, .sym = v[i].sym};
    }
}

struct bkttree *bkttree_build(struct arena *a, const struct bkttree_run *runs, size_t n)
{
    struct bkttree *t = ARENA_NEW(a, struct bkttree);
    int32_t rows = 0;
    int32_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        rows += runs[i].n;
        depth = runs[i].n > depth ? runs[i].n : depth;
        t->student_n += runs[i].n > 0 ? 1 : 0;
    }
    struct arena *own = arena_new(((size_t)rows + 1) * 64 + ((size_t)depth << 3) + 65536);
    struct sprout *v = ARENA_ARRAY(own, struct sprout, (size_t)rows + 1);
    int32_t made = 1;
    for (size_t i = 0; i < n; i++) {
        int32_t at = 0;
        for (int32_t k = 0; k < runs[i].n; k++) {
            at = grow(v, &made, at, runs[i].syms[k]);
        }
        v[at].ends += runs[i].n > 0 ? 1 : 0;
    }
    t->row_n = rows;
    t->n = made - 1;
    t->nodes = ARENA_ARRAY(a, struct bkttree_node, (size_t)t->n);
    by_depth(own, v, made, depth, t);
    arena_free(own);
    return t;
}

void bkttree_room(struct arena *a, int32_t nodes, struct bkttree_work *w)
{
    size_t n = (size_t)nodes;
    w->q = ARENA_ARRAY(a, double, n);
    w->inv = ARENA_ARRAY(a, double, n);
    w->b[0] = ARENA_ARRAY(a, double, n);
    w->b[1] = ARENA_ARRAY(a, double, n);
}

static void forward(const struct bkttree *t, const double *theta, const struct emit *em,
                    struct bkttree_work *w)
{
    double learn = theta[BKT_LEARN];
    double keep = 1.0 - theta[BKT_LEARN] - theta[BKT_FORGET];
    const double *e0 = em->e[0];
    const double *e1 = em->e[1];
    for (int32_t i = 0; i < t->n; i++) {
        const struct bkttree_node *v = &t->nodes[i];
        double p = i < t->first_n ? theta[BKT_INIT] : learn + keep * w->q[v->parent];
        double has = p * e1[v->sym];
        double inv = 1.0 / (has + (1.0 - p) * e0[v->sym]);
        w->inv[i] = inv;
        w->q[i] = has * inv;
    }
}

/* Backward, adding up what each node expects. */
static void backward(const struct bkttree *t, const double *theta, const struct emit *em,
                     struct bkttree_work *w, struct bkttree_counts *out)
{
    double l = theta[BKT_LEARN];
    double f = theta[BKT_FORGET];
    double from0[2] = {0, 0}; /* 0 -> 0, 0 -> 1 */
    double from1[2] = {0, 0};
    double right0 = 0, all0 = 0, wrong1 = 0, all1 = 0;
    memset(w->b[0], 0, (size_t)t->n * sizeof(double));
    memset(w->b[1], 0, (size_t)t->n * sizeof(double));
    for (int32_t i = t->n - 1; i >= 0; i--) {
        const struct bkttree_node *v = &t->nodes[i];
        double share = v->sym * (1.0 / (BKTTREE_SYMS - 1));
        double b0 = w->b[0][i] + v->ends;
        double b1 = w->b[1][i] + v->ends;
        double g1 = w->q[i] * b1;
        double g0 = (1.0 - w->q[i]) * b0;
        all0 += g0;
        all1 += g1;
        right0 += share * g0;
        wrong1 += (1.0 - share) * g1;
        if (i < t->first_n) {
            out->num[BKT_INIT] += g1;
            out->den[BKT_INIT] += g1 + g0;
            continue;
        }
        double q = w->q[v->parent];
        double x0 = em->e[0][v->sym] * w->inv[i] * b0;
        double x1 = em->e[1][v->sym] * w->inv[i] * b1;
        double stay0 = (1.0 - l) * x0;
        double stay1 = (1.0 - f) * x1;
        w->b[0][v->parent] += stay0 + l * x1;
        w->b[1][v->parent] += stay1 + f * x0;
        from0[0] += (1.0 - q) * stay0;
        from0[1] += (1.0 - q) * x1;
        from1[0] += q * x0;
        from1[1] += q * stay1;
    }
    out->num[BKT_LEARN] = l * from0[1];
    out->den[BKT_LEARN] = l * from0[1] + from0[0];
    out->num[BKT_FORGET] = f * from1[0];
    out->den[BKT_FORGET] = f * from1[0] + from1[1];
    out->num[BKT_GUESS] = right0;
    out->den[BKT_GUESS] = all0;
    out->num[BKT_SLIP] = wrong1;
    out->den[BKT_SLIP] = all1;
}

void bkttree_count(const struct bkttree *t, const double *theta, struct bkttree_work *w,
                   struct bkttree_counts *out)
{
    struct emit em;
    *out = (struct bkttree_counts){0};
    fill_emit(theta, &em);
    forward(t, theta, &em, w);
    backward(t, theta, &em, w, out);
}

/* How many people pass each node, into b[0]. */
static void passing(const struct bkttree *t, struct bkttree_work *w)
{
    memset(w->b[0], 0, (size_t)t->n * sizeof(double));
    for (int32_t i = t->n - 1; i >= 0; i--) {
        w->b[0][i] += t->nodes[i].ends;
        if (i >= t->first_n) {
            w->b[0][t->nodes[i].parent] += w->b[0][i];
        }
    }
}

double bkttree_loglik(const struct bkttree *t, const double *theta,
                      struct bkttree_work *w)
{
    struct emit em;
    fill_emit(theta, &em);
    forward(t, theta, &em, w);
    passing(t, w);
    double sum = 0.0;
    double product = 1.0; /* of single ones: a logarithm now and then is enough */
    for (int32_t i = 0; i < t->n; i++) {
        if (w->b[0][i] > 1.0) {
            sum -= w->b[0][i] * num_log(w->inv[i]);
            continue;
        }
        product *= w->inv[i];
        if (product > 1e200) {
            sum -= num_log(product);
            product = 1.0;
        }
    }
    return sum - num_log(product);
}
