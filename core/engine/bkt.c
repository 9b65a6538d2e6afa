#include "engine/bkt.h"

#include "engine/bktfit.h"
#include "engine/num.h"

#include <math.h>
#include <string.h>

#define P BKT_PARAMS
#define P_EDGE 1e-6
/* "Mastered" must lie so far below the ceiling: 20 right answers have to get there. */
#define REACH_MORE 0.05
/* Before anything is known of a family: typical skills, and very different ones. */
#define WIDE_VAR 9.0
#define LEAST_VAR 0.04
#define FAMILY_ROUNDS 2
/* What all skills say counts in a family like so many skills. */
#define FAMILY_WEIGHT 4.0
#define ROUND_STEPS 60
#define ROUND_CLOSE 1e-4
#define PULL_STEPS 16

static const double typical[P] = {0.4, 0.1, 0.02, 0.25, 0.12};

double bkt_ceiling(const struct skill_bkt *b)
{
    if (b->p_forget <= 0.0) {
        return 1.0;
    }
    /* p = l + k q with q = p r / (1 + p (r - 1)) is
     * (r - 1) p^2 + (1 - l (r - 1) - k r) p - l = 0. */
    double r = (1.0 - b->p_slip) / b->p_guess;
    double k = 1.0 - b->p_learn - b->p_forget;
    double h = (1.0 - b->p_learn * (r - 1.0) - k * r) / 2.0;
    double root = sqrt(h * h + (r - 1.0) * b->p_learn);
    double p = h > 0.0 ? b->p_learn / (h + root) : (root - h) / (r - 1.0);
    return num_clamp(p, P_EDGE, 1.0);
}

double bkt_start(const struct skill_bkt *b)
{
    double top = bkt_ceiling(b);
    double p = b->p_init < top ? b->p_init : top;
    return num_clamp(p, P_EDGE, 1.0 - P_EDGE);
}

double bkt_predict(const struct skill_bkt *b, double p)
{
    return p * (1.0 - b->p_slip) + (1.0 - p) * b->p_guess;
}

double bkt_step(const struct skill_bkt *b, double p, double w)
{
    if (b->p_forget <= 0.0) {
        return p + (1.0 - p) * b->p_learn * w;
    }
    double top = bkt_ceiling(b);
    p = p + ((1.0 - p) * b->p_learn - p * b->p_forget) * w;
    return p < top ? p : top;
}

double bkt_update(const struct skill_bkt *b, double p, bool right)
{
    double has = p * (right ? 1.0 - b->p_slip : b->p_slip);
    double not = (1.0 - p) * (right ? b->p_guess : 1.0 - b->p_guess);
    return num_clamp(bkt_step(b, has / (has + not ), 1.0), P_EDGE, 1.0 - P_EDGE);
}

static bool lifts(const struct skill_bkt *b, double p, double goal)
{
    for (int i = 0; i < BKT_REACH_MAX && p < goal; i++) {
        p = bkt_update(b, p, true);
    }
    return p >= goal;
}

bool bkt_sound(const struct skill_bkt *b, const struct skill_limits *l)
{
    bool in_range = b->p_init >= 0.001 && b->p_init <= 0.999 && b->p_learn >= 0.0 &&
                    b->p_learn <= 0.9 && b->p_forget >= 0.0 && b->p_forget <= 0.5 &&
                    b->p_guess >= 0.001 && b->p_guess <= 0.7 && b->p_slip >= 0.001 &&
                    b->p_slip <= 0.7;
    if (!in_range || b->p_guess + b->p_slip >= 1.0 || b->p_learn + b->p_forget > 1.0) {
        return false;
    }
    double p = bkt_start(b);
    double lowest = p;
    for (int i = 0; i < 200; i++) {
        p = bkt_update(b, p, false);
        lowest = p < lowest ? p : lowest;
    }
    return lifts(b, bkt_start(b), l->p_mastered) && lifts(b, lowest, l->p_mastered);
}

/* --- the fit ------------------------------------------------------------------ */

struct fit {
    struct arena *own;
    const struct answers *in;
    const struct bkt_opts *o;
    const struct bkttree **trees;
    struct bkttree_work work;
    double (*theta)[P];
    double (*root)[BKT_TRI];
    double reach;
    struct bkt_model *out;
};

/* One person's rows on one skill make a run; the rows of a skill lie together, in the
 * order of people (counting sort). */
static void plant(struct fit *f)
{
    const struct answers *in = f->in;
    size_t k = (size_t)in->skill_n;
    size_t *from = ARENA_ARRAY(f->own, size_t, k + 2);
    uint8_t *syms = ARENA_ARRAY(f->own, uint8_t, in->n);
    int32_t *who = ARENA_ARRAY(f->own, int32_t, in->n);
    for (size_t i = 0; i < in->n; i++) {
        int32_t s = in->rows[i].skill;
        from[s >= 0 ? s + 2 : 0] += s >= 0 ? 1 : 0;
    }
    for (size_t s = 2; s <= k; s++) {
        from[s] += from[s - 1];
    }
    for (size_t i = 0; i < in->n; i++) {
        if (in->rows[i].skill >= 0) {
            size_t at = from[in->rows[i].skill + 1]++;
            syms[at] = bkttree_sym(answer_share(&in->rows[i]));
            who[at] = in->rows[i].student;
        }
    }
    int32_t most = 0;
    for (size_t s = 0; s < k; s++) {
        struct bkttree_run *runs =
            ARENA_ARRAY(f->own, struct bkttree_run, from[s + 1] - from[s]);
        size_t n = 0;
        for (size_t i = from[s]; i < from[s + 1]; i++) {
            if (i == from[s] || who[i] != who[i - 1]) {
                runs[n++].syms = syms + i;
            }
            runs[n - 1].n++;
        }
        f->trees[s] = bkttree_build(f->own, runs, n);
        most = f->trees[s]->n > most ? f->trees[s]->n : most;
    }
    bkttree_room(f->own, most, &f->work);
}

static int32_t family_of(const struct fit *f, size_t skill)
{
    return f->o->family != NULL ? f->o->family[skill] : 0;
}

static struct bktfit_goal goal_of(const struct fit *f, const struct bkt_family *v)
{
    struct bktfit_goal g = {.reach = f->reach};
    memcpy(g.prior.mean, v->mean, sizeof(g.prior.mean));
    memcpy(g.prior.var, v->var, sizeof(g.prior.var));
    return g;
}

static double variance(const double *root, int i)
{
    const double *row = root + i * (i + 1) / 2;
    double sum = 0.0;
    for (int k = 0; k <= i; k++) {
        sum += row[k] * row[k];
    }
    return sum;
}

/* A family anew from what its skills turned out to be (the M-step of its normal law),
 * with `all`, if there is one, counting like FAMILY_WEIGHT skills. */
static void family_step(const struct fit *f, int32_t family, const struct bkt_family *all,
                        struct bkt_family *v)
{
    struct bkt_family next = {.skill_n = 0};
    double weight = all != NULL ? FAMILY_WEIGHT : 0.0;
    for (int i = 0; i < P; i++) {
        next.mean[i] = all != NULL ? weight * all->mean[i] : 0.0;
    }
    for (size_t s = 0; s < f->out->skill_n; s++) {
        if (f->trees[s]->n > 0 && (family < 0 || family_of(f, s) == family)) {
            next.skill_n++;
            for (int i = 0; i < P; i++) {
                next.mean[i] += bktfit_logit(num_clamp(f->theta[s][i], 5e-4, 1 - 5e-4));
            }
        }
    }
    if (next.skill_n + weight == 0.0) {
        return;
    }
    for (int i = 0; i < P; i++) {
        next.mean[i] /= next.skill_n + weight;
        next.var[i] = all != NULL ? weight * all->var[i] : 0.0;
    }
    for (size_t s = 0; s < f->out->skill_n; s++) {
        if (f->trees[s]->n > 0 && (family < 0 || family_of(f, s) == family)) {
            for (int i = 0; i < P; i++) {
                double x = bktfit_logit(num_clamp(f->theta[s][i], 5e-4, 1 - 5e-4));
                double d = x - next.mean[i];
                next.var[i] += d * d + variance(f->root[s], i);
            }
        }
    }
    for (int i = 0; i < P; i++) {
        next.var[i] /= next.skill_n + weight;
        next.var[i] = num_clamp(next.var[i], LEAST_VAR, WIDE_VAR);
    }
    *v = next;
}

static void families_step(struct fit *f)
{
    struct bkt_family all = f->out->families[0];
    family_step(f, -1, NULL, &all);
    for (size_t v = 0; v < f->out->family_n; v++) {
        family_step(f, (int32_t)v, f->out->family_n > 1 ? &all : NULL,
                    &f->out->families[v]);
    }
}

/* Every skill under its family as it stands. */
static void skills_step(struct fit *f, bool first)
{
    for (size_t s = 0; s < f->out->skill_n; s++) {
        struct bktfit_goal g = goal_of(f, &f->out->families[family_of(f, s)]);
        if (f->trees[s]->n == 0) {
            continue;
        }
        if (first) {
            bktfit_search(f->trees[s], &g, f->theta[s], &f->work);
        } else {
            bktfit_climb(f->trees[s], &g, f->theta[s], &f->work, ROUND_STEPS,
                         ROUND_CLOSE);
        }
        bktfit_laplace(f->trees[s], &g, f->theta[s], &f->work, f->root[s]);
    }
}

static struct skill_bkt as_bkt(const double *theta, double half_life)
{
    return (struct skill_bkt){.p_init = theta[BKT_INIT],
                              .p_learn = theta[BKT_LEARN],
                              .p_forget = theta[BKT_FORGET],
                              .p_guess = theta[BKT_GUESS],
                              .p_slip = theta[BKT_SLIP],
                              .half_life_days = half_life};
}

static void belief_of_family(const struct bkt_family *v, struct bkt_belief *out)
{
    *out = (struct bkt_belief){{0}};
    for (int i = 0; i < P; i++) {
        out->root[i * (i + 1) / 2 + i] = sqrt(v->var[i]);
    }
}

void bkt_belief_default(struct bkt_belief *out)
{
    static const double sd[P] = {1.2, 1.2, 1.0, 1.0, 0.9};
    *out = (struct bkt_belief){{0}};
    for (int i = 0; i < P; i++) {
        out->root[i * (i + 1) / 2 + i] = sd[i];
    }
}

/* Its own parameters if they are sound, else its family's, else what it had. */
static void settle(const struct fit *f, size_t s)
{
    struct bkt_skill *k = &f->out->skills[s];
    const struct bkt_family *v = &f->out->families[family_of(f, s)];
    struct skill_bkt base = f->o->base != NULL ? f->o->base[s] : skill_bkt_default();
    struct skill_limits limits =
        f->o->limits.p_mastered > 0.0 ? f->o->limits : skill_limits_default();
    double theta[P];
    *k = (struct bkt_skill){.origin = BKT_FITTED,
                            .row_n = f->trees[s]->row_n,
                            .student_n = f->trees[s]->student_n,
                            .family = family_of(f, s)};
    k->bkt = as_bkt(f->theta[s], base.half_life_days);
    memcpy(k->belief.root, f->root[s], sizeof(k->belief.root));
    if (k->row_n > 0 && bkt_sound(&k->bkt, &limits)) {
        return;
    }
    k->origin = BKT_PULLED;
    for (int step = k->row_n > 0 ? 1 : PULL_STEPS; step <= PULL_STEPS; step++) {
        double t = (double)step / PULL_STEPS;
        for (int i = 0; i < P; i++) {
            double x = bktfit_logit(num_clamp(f->theta[s][i], 5e-4, 1 - 5e-4));
            theta[i] = bktfit_logistic((1.0 - t) * x + t * v->mean[i]);
        }
        bktfit_bound(f->reach, theta);
        k->bkt = as_bkt(theta, base.half_life_days);
        if (step < PULL_STEPS && bkt_sound(&k->bkt, &limits)) {
            return;
        }
    }
    k->origin = BKT_FAMILY;
    belief_of_family(v, &k->belief);
    if (!bkt_sound(&k->bkt, &limits)) {
        k->origin = BKT_BASE;
        k->bkt = base;
        bkt_belief_default(&k->belief);
    }
}

static void start_families(struct arena *a, struct fit *f)
{
    struct bkt_model *m = f->out;
    m->family_n = f->o->family != NULL ? (size_t)f->o->family_n : 1;
    m->families = ARENA_ARRAY(a, struct bkt_family, m->family_n);
    for (size_t v = 0; v < m->family_n; v++) {
        for (int i = 0; i < P; i++) {
            m->families[v].mean[i] = bktfit_logit(typical[i]);
            m->families[v].var[i] = WIDE_VAR;
        }
    }
}

void bkt_fit(struct arena *a, const struct answers *in, const struct bkt_opts *o,
             struct bkt_model *out)
{
    size_t k = (size_t)in->skill_n;
    double mastered = o->limits.p_mastered > 0.0 ? o->limits.p_mastered
                                                 : skill_limits_default().p_mastered;
    struct fit f = {.in = in, .o = o, .out = out};
    f.own = arena_new(in->n * 192 + k * 4096 + 65536);
    f.reach = o->no_forgetting ? 0.0 : mastered + (1.0 - mastered) * REACH_MORE;
    f.trees = ARENA_ARRAY(f.own, const struct bkttree *, k);
    f.theta = arena_array(f.own, k, sizeof(*f.theta));
    f.root = arena_array(f.own, k, sizeof(*f.root));
    *out = (struct bkt_model){.skill_n = k, .row_n = (int64_t)in->n};
    out->skills = ARENA_ARRAY(a, struct bkt_skill, k);
    plant(&f);
    start_families(a, &f);
    skills_step(&f, true);
    for (int i = 0; i < FAMILY_ROUNDS && !o->no_shrinkage; i++) {
        families_step(&f);
        skills_step(&f, false);
    }
    for (size_t s = 0; s < k; s++) {
        settle(&f, s);
    }
    arena_free(f.own);
}
