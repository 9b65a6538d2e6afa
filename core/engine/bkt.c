#include "engine/bkt.h"

#include "base/js.h"
#include "engine/bktfit.h"
#include "engine/num.h"

#include <math.h>
#include <string.h>

#define P BKT_PARAMS
#define P_EDGE 1e-6
/* "Mastered" must lie so far below the ceiling: 20 right answers have to get there. */
#define REACH_MORE 0.03
/* Before anything is known of a family: typical skills, and very different ones. */
#define WIDE 3.0
#define MOST_VAR 9.0
#define LEAST_VAR 0.04
#define FAMILY_ROUNDS 2
/* What all skills say counts in a family like so many skills. */
#define FAMILY_WEIGHT 4.0
#define ROUND_STEPS 10
#define ROUND_CLOSE 1e-3
#define PULL_STEPS 16
#define SMALL_NODES 300
/* The posterior takes the family for known, and itself for normal: without this it covers
 * about a point too little in simulation (test_spread.c). */
#define WIDEN 1.03
#define MAX_FAMILIES 5000

static const double typical[P] = {0.4, 0.1, 0.02, 0.25, 0.12};
static const double typical_sd[P] = {1.2, 1.2, 1.0, 1.0, 0.9};

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

double bkt_reach(double p_mastered)
{
    return p_mastered + (1.0 - p_mastered) * REACH_MORE;
}

/* What mapdoc.c takes too. */
static bool in_range(const struct skill_bkt *b)
{
    return b->p_init >= 0.001 && b->p_init <= 0.999 && b->p_learn >= 0.0 &&
           b->p_learn <= 0.9 && b->p_forget >= 0.0 && b->p_forget <= 0.5 &&
           b->p_guess >= 0.001 && b->p_guess <= 0.7 && b->p_slip >= 0.001 &&
           b->p_slip <= 0.7 && b->p_guess + b->p_slip < 1.0 &&
           b->p_learn + b->p_forget <= 1.0;
}

bool bkt_sound(const struct skill_bkt *b, const struct skill_limits *l)
{
    if (!in_range(b)) {
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
    double (*mean)[P];
    double reach;
    struct bkt_family all;
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

static double logit_of(const struct fit *f, size_t s, int i)
{
    return bktfit_logit(num_clamp(f->theta[s][i], 5e-4, 1.0 - 5e-4));
}

static bool belongs(const struct fit *f, size_t s, int32_t family)
{
    return f->trees[s]->n > 0 && (family < 0 || family_of(f, s) == family);
}

/* A family anew from what its skills turned out to be. Mean: theirs. Variance: what they
 * differ by, over how much of it the rows decided and not the prior (MacKay 1992, Neural
 * Computation 4:415, eq. 4.4, 4.8). `all` counts like FAMILY_WEIGHT skills. */
static void family_step(const struct fit *f, int32_t family, const struct bkt_family *all,
                        struct bkt_family *v)
{
    struct bkt_family next = {.skill_n = 0};
    for (size_t s = 0; s < f->out->skill_n; s++) {
        next.skill_n += belongs(f, s, family) ? 1 : 0;
    }
    for (int i = 0; i < P; i++) {
        double sum = FAMILY_WEIGHT * all->mean[i];
        double spread = FAMILY_WEIGHT * all->var[i];
        double decided = FAMILY_WEIGHT;
        for (size_t s = 0; s < f->out->skill_n; s++) {
            sum += belongs(f, s, family) ? logit_of(f, s, i) : 0.0;
        }
        next.mean[i] = sum / (FAMILY_WEIGHT + next.skill_n);
        for (size_t s = 0; s < f->out->skill_n; s++) {
            if (belongs(f, s, family)) {
                double d = logit_of(f, s, i) - next.mean[i];
                double left = variance(f->root[s], i) / v->var[i];
                spread += d * d;
                decided += left < 1.0 ? 1.0 - left : 0.0;
            }
        }
        next.var[i] = num_clamp(spread / decided, LEAST_VAR, MOST_VAR);
        if (i ==
            BKT_FORGET) { /* held down by `reach`: what skills differ by is cut off */
            next.var[i] = all->var[i];
        }
    }
    *v = next;
}

static void typical_family(double wide, struct bkt_family *v)
{
    *v = (struct bkt_family){.skill_n = 0};
    for (int i = 0; i < P; i++) {
        v->mean[i] = bktfit_logit(typical[i]);
        v->var[i] = wide * typical_sd[i] * typical_sd[i];
    }
}

static void families_step(struct fit *f)
{
    struct bkt_family any;
    typical_family(1.0, &any);
    family_step(f, -1, &any, &f->all);
    for (size_t v = 0; v < f->out->family_n; v++) {
        if (f->out->family_n > 1) {
            family_step(f, (int32_t)v, &f->all, &f->out->families[v]);
        } else {
            f->out->families[v] = f->all;
        }
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

/* The mode, and what is believed about it: of few rows the posterior is not normal. */
static void sharpen(struct fit *f, size_t s)
{
    struct bktfit_goal g = goal_of(f, &f->out->families[family_of(f, s)]);
    if (f->trees[s]->n > 0) {
        bktfit_polish(f->trees[s], &g, f->theta[s], &f->work, f->root[s]);
    }
    for (int i = 0; i < P; i++) {
        double t = f->theta[s][i];
        f->mean[s][i] = t > 0.0 ? bktfit_logit(t) : g.prior.mean[i];
    }
    if (f->trees[s]->n > 0 && f->trees[s]->n <= SMALL_NODES) {
        bktfit_sample(f->trees[s], &g, f->theta[s], &f->work, f->mean[s], f->root[s]);
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
        out->mean[i] = v->mean[i];
        out->root[i * (i + 1) / 2 + i] = sqrt(v->var[i]);
    }
}

/* The logits of parameters, those without one (0) as small as a map may say. */
static void logits(const struct skill_bkt *b, double *x)
{
    x[BKT_INIT] = bktfit_logit(b->p_init);
    x[BKT_LEARN] = bktfit_logit(num_clamp(b->p_learn, 1e-3, 0.9));
    x[BKT_FORGET] = bktfit_logit(num_clamp(b->p_forget, 5e-4, 0.5));
    x[BKT_GUESS] = bktfit_logit(b->p_guess);
    x[BKT_SLIP] = bktfit_logit(b->p_slip);
}

void bkt_belief_default(const struct skill_bkt *b, struct bkt_belief *out)
{
    *out = (struct bkt_belief){{0}};
    logits(b, out->mean);
    for (int i = 0; i < P; i++) {
        out->root[i * (i + 1) / 2 + i] = typical_sd[i];
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
    memcpy(k->belief.mean, f->mean[s], sizeof(k->belief.mean));
    for (int i = 0; i < BKT_TRI; i++) {
        k->belief.root[i] = f->root[s][i] * WIDEN;
    }
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
        bkt_belief_default(&base, &k->belief);
    }
}

static void start_families(struct arena *a, struct fit *f)
{
    struct bkt_model *m = f->out;
    m->family_n = f->o->family != NULL ? (size_t)f->o->family_n : 1;
    m->families = ARENA_ARRAY(a, struct bkt_family, m->family_n);
    typical_family(WIDE, &f->all);
    for (size_t v = 0; v < m->family_n; v++) {
        typical_family(WIDE, &m->families[v]);
    }
}

int32_t bkt_units(struct arena *a, const struct skill_map *map, int32_t **out)
{
    struct map *seen = map_new(a);
    int32_t n = 0;
    *out = ARENA_ARRAY(a, int32_t, map->skill_n);
    for (size_t i = 0; i < map->skill_n; i++) {
        int32_t *first = map_get(seen, map->skills[i].unit);
        (*out)[i] = first != NULL ? *first : n++;
        if (first == NULL) {
            (void)map_put(seen, map->skills[i].unit, &(*out)[i]);
        }
    }
    return n;
}

void bkt_fit(struct arena *a, const struct answers *in, const struct bkt_opts *o,
             struct bkt_model *out)
{
    size_t k = (size_t)in->skill_n;
    double mastered = o->limits.p_mastered > 0.0 ? o->limits.p_mastered
                                                 : skill_limits_default().p_mastered;
    struct fit f = {.in = in, .o = o, .out = out};
    f.own = arena_new(in->n * 192 + k * 4096 + 65536);
    f.reach = o->no_forgetting ? 0.0 : bkt_reach(mastered);
    f.trees = ARENA_ARRAY(f.own, const struct bkttree *, k);
    f.theta = arena_array(f.own, k, sizeof(*f.theta));
    f.root = arena_array(f.own, k, sizeof(*f.root));
    f.mean = arena_array(f.own, k, sizeof(*f.mean));
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
        sharpen(&f, s);
        settle(&f, s);
    }
    arena_free(f.own);
}

/* --- the document ------------------------------------------------------------- */

#define FORMAT "waymark-bkt/1"
#define DOC_DEPTH 6

static const char *const origins[] = {"fitted", "pulled", "family", "base"};

static struct js *numbers(struct arena *a, const double *v, size_t n)
{
    struct js *list = js_array(a);
    for (size_t i = 0; i < n; i++) {
        js_push_num(list, v[i]);
    }
    return list;
}

static struct js *skill_doc(struct arena *a, const struct bkt_skill *s)
{
    struct js *o = js_object(a);
    js_set_num(o, "init", s->bkt.p_init);
    js_set_num(o, "learn", s->bkt.p_learn);
    js_set_num(o, "forget", s->bkt.p_forget);
    js_set_num(o, "guess", s->bkt.p_guess);
    js_set_num(o, "slip", s->bkt.p_slip);
    js_set_str(o, "origin", str_c(origins[s->origin]));
    js_set_i64(o, "rows", s->row_n);
    js_set_i64(o, "people", s->student_n);
    js_set_i64(o, "family", s->family);
    js_set(o, "mean", numbers(a, s->belief.mean, P));
    js_set(o, "root", numbers(a, s->belief.root, BKT_TRI));
    return o;
}

struct str bkt_write(struct arena *a, const struct bkt_model *m,
                     const struct skill_map *map)
{
    struct js *o = js_object(a);
    struct js *skills = js_object(a);
    struct js *families = js_array(a);
    INVARIANT(m->skill_n == map->skill_n);
    for (size_t i = 0; i < m->skill_n; i++) {
        char *code = str_z(a, map->skills[i].code);
        if (code != NULL) {
            js_set(skills, code, skill_doc(a, &m->skills[i]));
        }
    }
    for (size_t i = 0; i < m->family_n; i++) {
        struct js *v = js_object(a);
        js_set(v, "mean", numbers(a, m->families[i].mean, P));
        js_set(v, "var", numbers(a, m->families[i].var, P));
        js_set_i64(v, "skills", m->families[i].skill_n);
        js_push(families, v);
    }
    js_set_str(o, "format", STR(FORMAT));
    js_set_i64(o, "rows", m->row_n);
    js_set(o, "families", families);
    js_set(o, "skills", skills);
    return js_dump(a, o);
}

static bool read_count(const struct js *o, const char *key, int64_t max, int64_t *out)
{
    return js_i64(js_get(o, key), out) && *out >= 0 && *out <= max;
}

static bool read_numbers(const struct js *o, const char *key, double low, double high,
                         double *out, size_t n)
{
    const struct js *list = js_get(o, key);
    bool fine = js_type(list) == JS_ARRAY && js_len(list) == n;
    for (size_t i = 0; fine && i < n; i++) {
        fine = js_num(js_at(list, i), &out[i]) && out[i] >= low && out[i] <= high;
    }
    return fine;
}

static bool read_origin(const struct js *o, enum bkt_origin *out)
{
    struct str word = js_text(o, "origin");
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        if (str_is(word, origins[i])) {
            *out = (enum bkt_origin)i;
            return true;
        }
    }
    return false;
}

struct doc_reader {
    struct arena *a;
    const struct skill_map *map;
    struct bkt_model *out;
    struct err *e;
};

/* One skill, given to all that stand for its code in this version of the map. */
static int read_skill(void *ctx, struct str code, struct js *o)
{
    struct doc_reader *rd = ctx;
    struct bkt_skill s = {.row_n = 0};
    int32_t heirs[SKILL_HEIRS_MAX];
    int64_t rows, people, family;
    bool fine = js_num(js_get(o, "init"), &s.bkt.p_init) &&
                js_num(js_get(o, "learn"), &s.bkt.p_learn) &&
                js_num(js_get(o, "forget"), &s.bkt.p_forget) &&
                js_num(js_get(o, "guess"), &s.bkt.p_guess) &&
                js_num(js_get(o, "slip"), &s.bkt.p_slip) && read_origin(o, &s.origin) &&
                read_count(o, "rows", INT32_MAX, &rows) &&
                read_count(o, "people", INT32_MAX, &people) &&
                read_count(o, "family", (int64_t)rd->out->family_n - 1, &family) &&
                read_numbers(o, "mean", -50.0, 50.0, s.belief.mean, P) &&
                read_numbers(o, "root", -50.0, 50.0, s.belief.root, BKT_TRI);
    if (!fine || !in_range(&s.bkt)) {
        struct str shown = str_sub(code, 0, 64);
        return err_set(rd->e, ERR_INPUT, "knowledge tracing of skill %.*s is malformed",
                       STR_ARG(shown));
    }
    s.row_n = (int32_t)rows;
    s.student_n = (int32_t)people;
    s.family = (int32_t)family;
    size_t n = skill_heirs(rd->map, code, heirs, SKILL_HEIRS_MAX);
    for (size_t i = 0; i < n && i < SKILL_HEIRS_MAX; i++) {
        s.bkt.half_life_days = rd->map->skills[heirs[i]].bkt.half_life_days;
        if (bkt_sound(&s.bkt, &rd->map->limits)) {
            rd->out->skills[heirs[i]] = s;
        }
    }
    return 0;
}

static int read_families(struct doc_reader *rd, const struct js *list)
{
    size_t n = js_len(list);
    if (js_type(list) != JS_ARRAY || n == 0 || n > MAX_FAMILIES) {
        return err_set(rd->e, ERR_INPUT, "knowledge tracing: families are malformed");
    }
    rd->out->family_n = n;
    rd->out->families = ARENA_ARRAY(rd->a, struct bkt_family, n);
    for (size_t i = 0; i < n; i++) {
        struct bkt_family *v = &rd->out->families[i];
        const struct js *o = js_at(list, i);
        int64_t skills;
        if (!read_numbers(o, "mean", -50.0, 50.0, v->mean, P) ||
            !read_numbers(o, "var", 0.0, 50.0, v->var, P) ||
            !read_count(o, "skills", INT32_MAX, &skills)) {
            return err_set(rd->e, ERR_INPUT, "knowledge tracing: a family is malformed");
        }
        v->skill_n = (int32_t)skills;
    }
    return 0;
}

int bkt_read(struct arena *a, struct str text, const struct skill_map *map,
             struct bkt_model *out, struct err *e)
{
    struct doc_reader rd = {.a = a, .map = map, .out = out, .e = e};
    const struct js *o = js_parse(a, text, BKT_DOC_MAX_BYTES, DOC_DEPTH, e);
    *out = (struct bkt_model){.skill_n = map->skill_n};
    if (o == NULL) {
        return -1;
    }
    if (!str_is(js_text(o, "format"), FORMAT) ||
        !read_count(o, "rows", INT64_MAX, &out->row_n)) {
        return err_set(e, ERR_INPUT, "knowledge tracing: not a \"" FORMAT "\" document");
    }
    if (read_families(&rd, js_get(o, "families")) != 0) {
        return -1;
    }
    out->skills = ARENA_ARRAY(a, struct bkt_skill, map->skill_n);
    for (size_t i = 0; i < map->skill_n; i++) {
        out->skills[i] =
            (struct bkt_skill){.bkt = map->skills[i].bkt, .origin = BKT_BASE};
        bkt_belief_default(&map->skills[i].bkt, &out->skills[i].belief);
    }
    if (js_type(js_get(o, "skills")) != JS_OBJECT) {
        return err_set(e, ERR_INPUT, "knowledge tracing: no skills");
    }
    return js_each(js_get(o, "skills"), read_skill, &rd);
}
