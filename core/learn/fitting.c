#include "learn/fitting.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/bkt.h"
#include "engine/helped.h"
#include "engine/mapdoc.h"
#include "job/runner.h"
#include "learn/fitdata.h"
#include "learn/fitmodel.h"
#include "learn/recompute.h"
#include "store/mapstore.h"
#include "store/stmt.h"

#include <math.h>

#define FIT_BYTES ((size_t)4 << 30) /* of one fit */
#define BETTER_Z 1.6448536269514722 /* one-sided, 5 % */

/* What was said before and after of the same answers, person by person. */
struct contest {
    struct vec before, after, truth; /* double */
    struct vec ends;                 /* size_t: behind each person's last */
};

static void contest_init(struct contest *c, struct arena *a)
{
    vec_init(&c->before, a, sizeof(double));
    vec_init(&c->after, a, sizeof(double));
    vec_init(&c->truth, a, sizeof(double));
    vec_init(&c->ends, a, sizeof(size_t));
}

static double loss(double p, double truth)
{
    p = p < 1e-12 ? 1e-12 : p > 1 - 1e-12 ? 1 - 1e-12 : p;
    return -(truth * log(p) + (1 - truth) * log(1 - p));
}

/* The mean gain of a person, and how sure it is: answers of one person go together. */
static void contest_judge(const struct contest *c, struct arena *a,
                          struct fitting_trial *t)
{
    const double *x = c->before.p, *y = c->after.p, *truth = c->truth.p;
    const size_t *ends = c->ends.p;
    double sum = 0, squares = 0;
    size_t from = 0, n = 0;
    for (size_t i = 0; i < c->ends.n; i++) {
        double gain = 0;
        for (size_t k = from; k < ends[i]; k++)
            gain += loss(x[k], truth[k]) - loss(y[k], truth[k]);
        if (ends[i] > from) {
            gain /= (double)(ends[i] - from);
            sum += gain;
            squares += gain * gain;
            n++;
        }
        from = ends[i];
    }
    double mean = n > 0 ? sum / (double)n : 0;
    double var = n > 1 ? (squares - sum * mean) / (double)(n - 1) : 0;
    t->gain = mean;
    t->gain_se = n > 1 ? sqrt((var > 0 ? var : 0) / (double)n) : 0;
    t->before = measure_of(a, x, truth, c->before.n);
    t->after = measure_of(a, y, truth, c->after.n);
}

static void contest_add(struct contest *c, double before, double after, double truth)
{
    *(double *)vec_push(&c->before) = before;
    *(double *)vec_push(&c->after) = after;
    *(double *)vec_push(&c->truth) = truth;
}

static void decide(struct fitting_trial *t)
{
    t->tried = true;
    bool better = t->gain > 0 && t->gain > BETTER_Z * t->gain_se;
    t->passed = t->sound && better;
    t->why = !t->sound     ? "it breaks an invariant"
             : better      ? "better on students it never saw"
             : t->gain > 0 ? "better, but not by more than chance"
                           : "no better than what stands";
}

/* --- knowledge tracing ------------------------------------------------------------- */

static void trace(const struct answers *held, const struct skill_bkt *before,
                  const struct skill_bkt *after, struct arena *a, struct contest *c)
{
    size_t n = (size_t)held->skill_n;
    double *p = ARENA_ARRAY(a, double, n), *q = ARENA_ARRAY(a, double, n);
    for (int32_t s = 0; s < held->student_n; s++) {
        for (size_t k = 0; k < n; k++) {
            p[k] = bkt_start(&before[k]);
            q[k] = bkt_start(&after[k]);
        }
        for (int32_t i = held->from[s]; i < held->from[s + 1]; i++) {
            const struct answer *v = &held->rows[i];
            const struct skill_bkt *x = &before[v->skill], *y = &after[v->skill];
            contest_add(c, bkt_predict(x, p[v->skill]), bkt_predict(y, q[v->skill]),
                        answer_share(v));
            p[v->skill] = bkt_update(x, p[v->skill], v->right);
            q[v->skill] = bkt_update(y, q[v->skill], v->right);
        }
        *(size_t *)vec_push(&c->ends) = c->truth.n;
    }
}

/* "Mastered" is within reach of everybody, and a right answer never lowers p. */
static bool all_sound(const struct skill_map *map, const struct bkt_model *m)
{
    for (size_t i = 0; i < m->skill_n; i++)
        if (!bkt_sound(&m->skills[i].bkt, &map->limits))
            return false;
    return true;
}

static int try_bkt(const struct fitdata *d, const struct fitmodel *now, struct arena *a,
                   struct str *document, struct fitting_trial *t, struct err *e)
{
    size_t n = d->map->skill_n;
    struct skill_bkt *before = ARENA_ARRAY(a, struct skill_bkt, n);
    struct skill_bkt *base = ARENA_ARRAY(a, struct skill_bkt, n);
    struct skill_bkt *after = ARENA_ARRAY(a, struct skill_bkt, n);
    int32_t *family;
    struct bkt_opts o = {.base = base, .limits = d->map->limits};
    struct bkt_model fitted, read;
    o.family_n = bkt_units(a, d->map, &family);
    o.family = family;
    for (size_t i = 0; i < n; i++) {
        base[i] = d->map->skills[i].bkt;
        before[i] = now->bkt != NULL ? now->bkt->skills[i].bkt : base[i];
    }
    bkt_fit(a, &d->train.of_skills, &o, &fitted);
    *document = bkt_write(a, &fitted, d->map);
    /* What is judged is what will be in force: the model as it is read again. */
    if (bkt_read(a, *document, d->map, &read, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        after[i] = read.skills[i].bkt;
    struct contest c;
    contest_init(&c, a);
    trace(&d->held.of_skills, before, after, a, &c);
    contest_judge(&c, a, t);
    t->sound = all_sound(d->map, &read);
    decide(t);
    return 0;
}

/* --- the predictor ----------------------------------------------------------------- */

/* What stands: the predictor in force, or knowledge tracing as it is in force. */
struct standing {
    const struct fitmodel *now;
    const struct skill_bkt *bkt; /* by ord */
    double *p;                   /* of the person at hand, by ord */
    struct lkt_person *person;
};

static double standing_step(struct standing *w, const struct answer *v)
{
    if (w->now->lkt != NULL) {
        struct answer there = *v;
        there.skill = w->now->lkt_skill[v->skill];
        double p = lkt_predict(w->now->lkt, w->person, &there);
        lkt_update(w->now->lkt, w->person, &there);
        return p;
    }
    const struct skill_bkt *b = &w->bkt[v->skill];
    double p = bkt_predict(b, w->p[v->skill]);
    w->p[v->skill] = bkt_update(b, w->p[v->skill], v->right);
    return p;
}

static void foretell(const struct answers *held, const struct lkt_model *m,
                     const int32_t *skill_of, struct standing *w, struct arena *a,
                     struct contest *c, bool *sound)
{
    struct lkt_person *person = lkt_person_new(a);
    for (int32_t s = 0; s < held->student_n; s++) {
        lkt_person_reset(person);
        lkt_person_reset(w->person);
        for (int32_t k = 0; k < held->skill_n; k++)
            w->p[k] = bkt_start(&w->bkt[k]);
        for (int32_t i = held->from[s]; i < held->from[s + 1]; i++) {
            struct answer v = held->rows[i];
            v.skill = skill_of[v.skill];
            double p = lkt_predict(m, person, &v);
            lkt_update(m, person, &v);
            *sound = *sound && p > 0 && p < 1;
            contest_add(c, standing_step(w, &held->rows[i]), p, answer_share(&v));
        }
        *(size_t *)vec_push(&c->ends) = c->truth.n;
    }
}

static int try_lkt(const struct fitdata *d, const struct fitmodel *now, struct arena *a,
                   struct str *document, struct fitting_trial *t, struct err *e)
{
    size_t n = d->map->skill_n;
    struct skill_bkt *bkt = ARENA_ARRAY(a, struct skill_bkt, n);
    const int32_t *skill_of;
    struct lkt_opts o = {.seed = 1};
    struct contest c;
    contest_init(&c, a);
    for (size_t i = 0; i < n; i++)
        bkt[i] = now->bkt != NULL ? now->bkt->skills[i].bkt : d->map->skills[i].bkt;
    struct arena *scratch = arena_new(FIT_BYTES);
    const struct lkt_model *fitted = lkt_fit(a, scratch, &d->train.of_skills, &o);
    *document = fitmodel_lkt_write(a, fitted, d->map);
    arena_free(scratch);
    const struct lkt_model *read = fitmodel_lkt_read(a, *document, d->map, &skill_of, e);
    if (read == NULL)
        return -1;
    struct standing w = {.now = now,
                         .bkt = bkt,
                         .p = ARENA_ARRAY(a, double, n),
                         .person = lkt_person_new(a)};
    t->sound = true;
    foretell(&d->held.of_skills, read, skill_of, &w, a, &c, &t->sound);
    contest_judge(&c, a, t);
    decide(t);
    return 0;
}

/* --- what learners did next -------------------------------------------------------- */

/* The chance of what a person did next, of all they had not done: softmax of scores. */
static double chance(const float *score, const bool *had, size_t n, int32_t taken)
{
    double top = (double)score[taken], sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!had[i] && (double)score[i] > top)
            top = (double)score[i];
    for (size_t i = 0; i < n; i++)
        sum += had[i] ? 0 : exp((double)score[i] - top);
    return exp((double)score[taken] - top) / sum;
}

/* How many began each skill: the least that a model must beat. */
static float *popular(const struct transit_rows *rows, struct arena *a)
{
    float *out = ARENA_ARRAY(a, float, (size_t)rows->item_n);
    for (size_t i = 0; i < rows->from[rows->person_n]; i++)
        out[rows->items[i]] += 1;
    for (int32_t i = 0; i < rows->item_n; i++)
        out[i] = (float)log((double)out[i] + 1);
    return out;
}

static int try_transit(const struct fitdata *d, const struct fitmodel *now,
                       struct arena *a, struct str *document, struct fitting_trial *t,
                       struct err *e)
{
    const struct transit_rows *held = &d->held.begun;
    size_t n = d->map->skill_n;
    struct transit_model fitted;
    struct contest c;
    contest_init(&c, a);
    struct helped helped; /* its own judgement is of TRAIN alone: the contest decides */
    helped_fit(a, &d->train.of_skills, (int32_t)n, &fitted, &helped);
    *document = fitmodel_transit_write(a, &fitted, d->map);
    const struct transit_model *after = fitmodel_transit_read(a, *document, d->map, e);
    if (after == NULL)
        return -1;
    struct transit_work *w = transit_work_new(a, after), *v = NULL;
    if (now->transit != NULL)
        v = transit_work_new(a, now->transit);
    float *score = ARENA_ARRAY(a, float, n), *usual = popular(&d->train.begun, a);
    bool *had = ARENA_ARRAY(a, bool, n);
    t->sound = true;
    for (size_t s = 0; s < held->person_n; s++) {
        const int32_t *items = held->items + held->from[s];
        size_t k = held->from[s + 1] - held->from[s];
        for (size_t i = 0; i < n; i++)
            had[i] = false;
        for (size_t i = 0; i < k; i++) {
            if (v != NULL)
                transit_score(now->transit, v, items, i, usual);
            transit_score(after, w, items, i, score);
            double p = chance(score, had, n, items[i]);
            t->sound = t->sound && p >= 0 && p <= 1;
            contest_add(&c, chance(usual, had, n, items[i]), p, 1);
            had[items[i]] = true;
        }
        *(size_t *)vec_push(&c.ends) = c.truth.n;
    }
    contest_judge(&c, a, t);
    decide(t);
    return 0;
}

/* --- all together --------------------------------------------------------------- */

static struct js *measure_json(struct arena *a, const struct measure *m)
{
    struct js *o = js_object(a);
    js_set_num(o, "accuracy", m->accuracy);
    js_set_num(o, "auc", m->auc);
    js_set_num(o, "ece", m->ece);
    js_set_num(o, "log_loss", m->log_loss);
    return o;
}

static struct str figures_json(struct arena *a, const struct fitting *f,
                               const struct fitting_trial *t)
{
    struct js *o = js_object(a);
    js_set_num(o, "gain", t->gain);
    js_set_num(o, "gain_se", t->gain_se);
    js_set(o, "after", measure_json(a, &t->after));
    js_set(o, "before", measure_json(a, &t->before));
    js_set_i64(o, "held_persons", f->held_persons);
    js_set_i64(o, "held_rows", f->held_rows);
    js_set_bool(o, "sound", t->sound);
    js_set_str(o, "why", str_c(t->why));
    return js_dump(a, o);
}

static int keep(struct learn *l, const struct fitting *f, struct fitting_trial *t,
                struct str document, struct err *e)
{
    struct fitted_model m = {.model_id = env_id(l->env),
                             .map_code = f->map_code,
                             .kind = t->kind,
                             .document = document,
                             .figures = figures_json(l->a, f, t),
                             .passed = t->passed,
                             .rows = f->rows,
                             .persons = f->persons,
                             .created_ms = env_now_ms(l->env)};
    t->model_id = m.model_id;
    return fitted_add(l->db, l->tenant_id, &m, e);
}

/* Each kind in an arena of its own; what passes is kept, and what does not as well. */
static int try_one(struct learn *l, const struct fitting_ask *ask,
                   const struct fitdata *d, const struct fitmodel *now,
                   enum fitted_kind kind, struct fitting *f, struct err *e)
{
    struct fitting_trial *t = &f->trials[kind];
    struct str document = STR_EMPTY;
    struct arena *a = arena_new(FIT_BYTES);
    int rc = kind == FITTED_BKT       ? try_bkt(d, now, a, &document, t, e)
             : kind == FITTED_LKT     ? try_lkt(d, now, a, &document, t, e)
             : kind == FITTED_TRANSIT ? try_transit(d, now, a, &document, t, e)
                                      : 0;
    if (rc == 0 && t->tried && !ask->dry_run)
        rc = keep(l, f, t, document, e);
    arena_free(a);
    return rc == 0 && ask->beat != NULL ? ask->beat(ask->ctx, e) : rc;
}

static int put_in_force(struct learn *l, const struct fitting_ask *ask,
                        const struct fitted_set *now, struct fitting *f, struct err *e)
{
    int64_t ids[FITTED_KINDS];
    bool news = false;
    /* What a person put in or out of force stands until a person asks again. */
    if (ask->news_only && now->set_id != 0 && !str_is(now->by_whom, "fit"))
        return 0;
    for (int k = 0; k < FITTED_KINDS; k++) {
        ids[k] = f->trials[k].passed ? f->trials[k].model_id : now->ids[k];
        news = news || f->trials[k].passed;
    }
    return news && !ask->dry_run ? fitting_use(l, f->map_code, ids, ask->by_whom,
                                               &f->set_id, &f->changed, e)
                                 : 0;
}

/* Is there not much more than at the last fit of this map? */
static int is_stale(struct learn *l, struct fitting *f, struct err *e)
{
    struct fitted_model *last;
    size_t n;
    if (fitted_list(l->db, l->a, l->tenant_id, f->map_code, 1, &last, &n, e) < 0)
        return -1;
    f->stale = n > 0 && (double)f->rows < FITTING_NEWS * (double)last[0].rows;
    return 0;
}

static int try_all(struct learn *l, const struct fitting_ask *ask,
                   const struct fitdata *d, struct fitting *f, struct err *e)
{
    struct fitted_set set;
    struct fitmodel now;
    int found = fitted_set_last(l->db, l->a, l->tenant_id, f->map_code, &set, e);
    if (found < 0 || fitmodel_load(l, set.set_id, d->map, &now, e) < 0)
        return -1;
    f->set_id = set.set_id;
    if (try_one(l, ask, d, &now, FITTED_BKT, f, e) < 0 ||
        try_one(l, ask, d, &now, FITTED_LKT, f, e) < 0)
        return -1;
    if (f->persons >= TRANSIT_PEOPLE_MIN &&
        try_one(l, ask, d, &now, FITTED_TRANSIT, f, e) < 0)
        return -1;
    return put_in_force(l, ask, &set, f, e);
}

int fitting_run(struct learn *l, const struct fitting_ask *ask, struct fitting *out,
                struct err *e)
{
    struct map_row row;
    struct fitdata d;
    *out = (struct fitting){0};
    for (int k = 0; k < FITTED_KINDS; k++)
        out->trials[k].kind = (enum fitted_kind)k;
    int found = mapstore_current(l->db, l->a, l->tenant_id, l->course_id, &row, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_NOTFOUND, "the course has no map");
    const struct skill_map *map = mapdoc_parse(l->a, row.document, NULL, e);
    if (map == NULL || fitdata_read(l, map, ask->beat, ask->ctx, &d, e) < 0)
        return -1;
    out->map_code = map->code;
    out->rows = d.rows;
    out->persons = d.persons;
    out->courses = d.courses;
    out->held_rows = (int64_t)d.held.of_items.n;
    out->held_persons = d.held.of_items.student_n;
    out->few = d.rows < FITTING_ROWS_MIN || d.persons < FITTING_PERSONS_MIN ||
               out->held_persons < FITTING_HELD_MIN;
    if (ask->news_only && is_stale(l, out, e) < 0)
        return -1;
    return out->few || out->stale ? 0 : try_all(l, ask, &d, out, e);
}

/* --- in force ------------------------------------------------------------------- */

struct using
{
    struct learn *l;
    struct fitted_set set;
    size_t changed;
};

static int use_tx(struct db *db, void *ctx, struct err *e)
{
    struct using *u = ctx;
    struct learn l = *u->l;
    int64_t *courses;
    size_t n;
    u->changed = 0;
    if (fitted_set_add(db, l.tenant_id, &u->set, e) < 0 ||
        fitted_courses(db, l.a, l.tenant_id, u->set.map_code, u->set.set_id, &courses, &n,
                       e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        l.course_id = courses[i];
        if (fitted_use(db, l.tenant_id, l.course_id, u->set.set_id, e) < 0 ||
            recompute_enqueue(&l, e) < 0)
            return -1;
    }
    u->changed = n;
    return 0;
}

int fitting_use(struct learn *l, struct str map_code, const int64_t ids[FITTED_KINDS],
                struct str by_whom, int64_t *set_id, size_t *changed, struct err *e)
{
    struct using u = {.l = l,
                      .set = {.set_id = env_id(l->env),
                              .map_code = map_code,
                              .by_whom = by_whom,
                              .created_ms = env_now_ms(l->env)}};
    for (int k = 0; k < FITTED_KINDS; k++)
        u.set.ids[k] = ids[k];
    if (db_tx(l->db, DB_WRITE, use_tx, &u, e) < 0)
        return -1;
    *set_id = u.set.set_id;
    if (changed != NULL)
        *changed = u.changed;
    return 0;
}

/* --- jobs ----------------------------------------------------------------------- */

static int beat(void *ctx, struct err *e)
{
    return job_beat(ctx, 0, 0, STR("fitting the estimates to what was answered"), e);
}

int fitting_course_job(struct job_ctx *job, struct err *e)
{
    struct learn l = {.db = job->db, .env = job->env, .tenant_id = job->job->tenant_id};
    struct fitting_ask ask = {
        .news_only = true, .by_whom = STR("fit"), .beat = beat, .ctx = job};
    struct fitting f;
    if (!str_i64(job->job->key, &l.course_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    l.a = arena_new(FIT_BYTES);
    int rc = fitting_run(&l, &ask, &f, e);
    arena_free(l.a);
    if (rc < 0 && e->code == ERR_NOTFOUND) {
        err_clear(e); /* the map was taken away meanwhile */
        return 0;
    }
    return rc;
}

int fitting_tick_job(struct job_ctx *job, struct err *e)
{
    struct vec due;
    vec_init(&due, job->arena, 2 * sizeof(int64_t));
    struct db_rows *r = db_ask(job->db, S_FITTED_DUE, e);
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        int64_t *pair = vec_push(&due);
        pair[0] = db_i64(r, 0);
        pair[1] = db_i64(r, 1);
    }
    db_end(r);
    for (size_t i = 0; more == 0 && i < due.n; i++) {
        const int64_t *pair = (int64_t *)due.p + 2 * i;
        struct job_in in = {.tenant_id = pair[0],
                            .kind = STR("fit.course"),
                            .key = str_fmt(job->arena, "%lld", (long long)pair[1]),
                            .rank = JOB_SCHEDULE};
        more = job_add(job->db, job->env, &in, NULL, e) < 0 ? -1 : 0;
    }
    return more;
}
