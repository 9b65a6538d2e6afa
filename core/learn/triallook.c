#include "learn/triallook.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/expdoc.h"
#include "learn/model.h"

#define SCRATCH_N ((size_t)256 << 20)

/* A look that is under way. */
struct sight {
    struct learn *l;
    int64_t id;
    struct str by;
    int64_t now_ms;
    struct experiments_row x;
    int64_t *courses;
    size_t courses_n;
    struct arena *scratch;
};

static int load(struct sight *k, struct err *e)
{
    int found = experiments_get(k->l, k->id, &k->x, e);
    if (found == 0)
        return err_set(e, ERR_NOTFOUND, "there is no experiment %lld", (long long)k->id);
    k->now_ms = env_now_ms(k->l->env);
    return found < 0
               ? -1
               : trial_courses(k->l->db, k->l->a, &k->x.t, &k->courses, &k->courses_n, e);
}

/* ---- looks ----------------------------------------------------------------------- */

#define LATER_DAYS 28 /* later_score: results of so many days count */
#define DAY_MS INT64_C(86400000)

/* The model of one course while its units are measured. */
struct gauge {
    struct sight *k;
    struct learn l;
    struct model m;
    struct arena *kept;
    struct vec rows; /* struct experiment_row */
};

/* The engine over what had happened by then. */
static void run_at(const struct gauge *g, struct arena *a, const struct ev *all, size_t n,
                   int64_t at_ms, struct engine_out *out)
{
    struct ev *rows = ARENA_ARRAY(a, struct ev, n);
    struct engine_in in = {.evidence = rows, .as_of_ms = at_ms};
    for (size_t i = 0; i < n; i++)
        if (all[i].observed_ms <= at_ms)
            rows[in.evidence_n++] = all[i];
    engine_person(g->m.course, &in, a, out);
}

static size_t held(const struct engine_out *o, size_t skill_n)
{
    size_t n = 0;
    for (size_t i = 0; i < skill_n; i++)
        n += mastery_holds(o->skills[i].word);
    return n;
}

/* The mean share of scored work from `from_ms` on, for LATER_DAYS. */
static bool later_score(const struct engine_out *o, int64_t from_ms, double *value)
{
    double sum = 0.0, n = 0.0;
    for (size_t i = 0; i < o->counted.row_n; i++) {
        const struct ev *r = &o->counted.rows[i];
        double share;
        if (r->kind <= EV_GRADE && r->observed_ms > from_ms &&
            evidence_share(r, &share)) {
            sum += share;
            n += 1.0;
        }
    }
    *value = n > 0.0 ? sum / n : 0.0;
    return n > 0.0;
}

/* What a unit's person reached, if it is known by now. */
static int measure(struct gauge *g, const struct trial_unit *u, struct arena *a,
                   struct experiment_row *row, struct err *e)
{
    const struct experiment_plan *p = g->k->x.plan;
    int64_t due_ms = u->at_ms + p->days * DAY_MS;
    bool later = str_is(p->metric, "later_score");
    struct ledger *book;
    struct engine_out before, after;
    size_t n;
    row->baseline = u->baseline;
    if (g->k->now_ms < due_ms || str_is(u->said, "experiment_out"))
        return 0; /* not known yet, or left: neither is made up */
    if (ledger_read(g->l.db, a, g->l.tenant_id, g->l.course_id, u->person_id, INT64_MAX,
                    &book, e) < 0)
        return -1;
    const struct ev *all = model_evidence(book, a, INT64_MAX, &n);
    run_at(g, a, all, n, later ? due_ms + LATER_DAYS * DAY_MS : due_ms, &after);
    if (later) {
        row->known = later_score(&after, due_ms, &row->value);
        return 0;
    }
    run_at(g, a, all, n, u->at_ms, &before);
    double was = (double)held(&before, g->m.map->skill_n);
    double is = (double)held(&after, g->m.map->skill_n);
    row->known = true;
    row->value = str_is(p->metric, "gained") ? (is > was ? 1.0 : 0.0)
                                             : (is - was) / (double)g->m.map->skill_n;
    return 0;
}

/* A whole course as one unit: the means of its persons. */
static void join_course(struct gauge *g, size_t from)
{
    struct experiment_row *v = (struct experiment_row *)g->rows.p + from;
    size_t n = g->rows.n - from, known = 0;
    struct experiment_row sum = {.arm = n > 0 ? v[0].arm : 0};
    for (size_t i = 0; i < n; i++) {
        sum.baseline += v[i].baseline / (double)n;
        sum.value += v[i].known ? v[i].value : 0.0;
        known += v[i].known;
    }
    sum.known = known > 0;
    sum.value = known > 0 ? sum.value / (double)known : 0.0;
    g->rows.n = from;
    if (n > 0)
        *(struct experiment_row *)vec_push(&g->rows) = sum;
}

static int measure_course(struct gauge *g, size_t course, struct err *e)
{
    struct trial_unit *v;
    size_t n, from = g->rows.n;
    g->l = *g->k->l;
    g->l.tenant_id = g->k->x.t.tenant_id;
    g->l.course_id = g->k->courses[course];
    g->l.a = g->kept;
    arena_reset(g->kept);
    if (model_load(&g->l, &g->m, e) < 0)
        return -1;
    if (g->m.course == NULL)
        return 0; /* its map is gone: nothing can be measured */
    if (trial_units(g->l.db, g->kept, &g->k->x.t, g->k->courses[course], &v, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (v[i].period != 0)
            continue; /* a bandit's results are told by its offers */
        struct experiment_row *row = vec_push(&g->rows);
        *row = (struct experiment_row){.arm = (int32_t)v[i].arm};
        arena_reset(g->k->scratch);
        if (measure(g, &v[i], g->k->scratch, row, e) < 0)
            return -1;
    }
    if (g->k->x.plan->unit == EXPERIMENT_COURSE)
        join_course(g, from);
    return 0;
}

static int measure_all(struct sight *k, struct vec *rows, struct err *e)
{
    struct gauge g = {.k = k, .kept = arena_new(SCRATCH_N)};
    int rc = 0;
    vec_init(&g.rows, k->l->a, sizeof(struct experiment_row));
    for (size_t i = 0; rc == 0 && i < k->courses_n; i++)
        rc = measure_course(&g, i, e);
    arena_free(g.kept);
    *rows = g.rows;
    return rc;
}

static struct str report(struct arena *a, const struct experiment_plan *p,
                         const struct experiment_look *look)
{
    struct js *o = js_object(a), *arms = js_array(a);
    for (int32_t i = 0; i < p->arm_n; i++) {
        const struct experiment_result *r = &look->arms[i];
        struct js *arm = js_object(a);
        js_set_str(arm, "code", p->arms[i].code);
        js_set_i64(arm, "dealt", look->balance.n[i]);
        js_set_i64(arm, "n", r->n);
        js_set_num(arm, "mean", r->mean);
        js_set_num(arm, "baseline_apart", look->balance.apart[i]);
        if (i > 0 && look->number > 0) {
            js_set_num(arm, "difference", r->difference);
            js_set_num(arm, "low", r->low);
            js_set_num(arm, "high", r->high);
            js_set_num(arm, "z", r->z);
            js_set_str(arm, "word", str_c(experiment_word_name(r->word)));
        }
        js_push(arms, arm);
    }
    js_set(o, "arms", arms);
    js_set_num(o, "sizes_p", look->balance.p);
    js_set_bool(o, "uneven", look->balance.uneven);
    js_set_bool(o, "last", look->last);
    return js_dump(a, o);
}

/* Is a look due? Those of the plan, by what is known, and the last one by its date. */
static int may_look(struct sight *k, const struct sequential *done,
                    const struct vec *rows, struct err *e)
{
    const struct experiment_plan *p = k->x.plan;
    const struct experiment_row *v = rows->p;
    double known = 0.0;
    if (k->now_ms >= p->ends_ms)
        return 0;
    for (size_t i = 0; i < rows->n; i++)
        known += v[i].known;
    double at = k->x.t.units > 0 ? known / (double)k->x.t.units : 0.0;
    double next = done->n < p->looks.n ? p->looks.at[done->n] : 1.0;
    if (at >= next)
        return 0;
    return err_set(e, ERR_DENIED,
                   "the next look is planned at %.0f %% of the outcomes, and %.0f %% are "
                   "known: looking earlier would find what is not there",
                   100.0 * next, 100.0 * at);
}

static int looks_before(struct sight *k, struct sequential *done, struct err *e)
{
    struct trial_look *v;
    size_t n;
    if (trial_looks(k->l->db, k->l->a, &k->x.t, &v, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n && i + 1 < SEQUENTIAL_LOOKS; i++)
        done->at[done->n++] = v[i].information;
    return 0;
}

static bool is_answer(const struct experiment_look *look)
{
    return look->word == EXPERIMENT_BETTER || look->word == EXPERIMENT_WORSE ||
           look->word == EXPERIMENT_BROKEN || look->word == EXPERIMENT_NO_SIGN;
}

static int note_look(struct sight *k, const struct experiment_look *look, struct err *e)
{
    struct trial_look row = {.number = look->number,
                             .information = look->at,
                             .bound = look->bound,
                             .word = str_c(experiment_word_name(look->word)),
                             .report = report(k->l->a, k->x.plan, look),
                             .by = k->by,
                             .at_ms = k->now_ms};
    return trial_look_add(k->l->db, &k->x.t, &row, e);
}

int triallook_look(struct learn *l, int64_t id, struct str by,
                   struct experiment_look *out, struct err *e)
{
    struct sight k = {.l = l, .id = id, .by = by, .scratch = arena_new(SCRATCH_N)};
    struct sequential done = {.n = 0};
    struct vec rows;
    int rc = load(&k, e);
    if (rc == 0 && by.n == 0)
        rc = err_set(e, ERR_INPUT, "say who looks");
    if (rc == 0 && !str_is(k.x.t.state, "running"))
        rc = err_set(e, ERR_CONFLICT, "experiment %.*s is %.*s, not running",
                     STR_ARG(k.x.t.code), STR_ARG(k.x.t.state));
    if (rc == 0 && (looks_before(&k, &done, e) < 0 || measure_all(&k, &rows, e) < 0 ||
                    may_look(&k, &done, &rows, e) < 0))
        rc = -1;
    if (rc == 0) {
        arena_reset(k.scratch);
        experiment_look(k.scratch, k.x.plan, &done, k.x.t.units,
                        k.now_ms >= k.x.plan->ends_ms, rows.p, rows.n, out);
        /* What could not be compared is no look: it costs nothing. */
        rc = out->number > 0 ? note_look(&k, out, e) : 0;
    }
    arena_free(k.scratch);
    if (rc == 0 && is_answer(out))
        rc = experiments_stop(
            l, id, by,
            str_fmt(l->a, "a look answered: %s", experiment_word_name(out->word)), e);
    return rc;
}

/* ---- what arms brought ----------------------------------------------------------- */

static int offers_of(struct sight *k, size_t course, struct vec *v, struct err *e)
{
    const struct experiment_plan *p = k->x.plan;
    struct trial_offer *rows;
    size_t n;
    if (trial_offers(k->l->db, k->l->a, k->x.t.tenant_id, k->courses[course],
                     k->x.t.started_ms, &rows, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct str code, arm;
        str_cut(rows[i].arm, '/', &code, &arm);
        for (int32_t at = 0; at < p->arm_n; at++)
            if (str_eq(code, p->code) && str_eq(arm, p->arms[at].code))
                *(struct offpolicy_row *)vec_push(v) =
                    (struct offpolicy_row){.cluster = rows[i].person_id,
                                           .arm = at,
                                           .logged = rows[i].arm_share,
                                           .reward = rows[i].gain};
    }
    return 0;
}

int triallook_values(struct learn *l, const struct experiments_row *x,
                     struct offpolicy *out, struct err *e)
{
    struct sight k = {.l = l, .id = x->t.id};
    struct vec v;
    vec_init(&v, l->a, sizeof(struct offpolicy_row));
    if (load(&k, e) < 0)
        return -1;
    for (size_t i = 0; i < k.courses_n; i++)
        if (offers_of(&k, i, &v, e) < 0)
            return -1;
    struct offpolicy_row *rows = v.p;
    for (int32_t arm = 0; arm < x->plan->arm_n; arm++) {
        double target[OFFPOLICY_ARMS] = {0};
        target[arm] = 1.0;
        for (size_t i = 0; i < v.n; i++)
            rows[i].target = rows[i].arm == arm ? 1.0 : 0.0;
        offpolicy_means(rows, v.n, target, x->plan->arm_n);
        offpolicy_work(rows, v.n, EXPDOC_FLOOR / 2, 0.05, &out[arm]);
    }
    return 0;
}
