#include "learn/experiments.h"

#include "base/map.h"
#include "engine/bandit.h"
#include "engine/expdoc.h"
#include "job/runner.h"
#include "learn/recompute.h"
#include "learn/trialarm.h"
#include "store/decision.h"
#include "store/stmt.h"

#include <stdlib.h>

#define SCRATCH_N ((size_t)64 << 20)
#define STRATA 4 /* of a course: thirds of what they hold, and who came later */
#define HARM 0.05
#define SURE 0.975

/* A transaction about one experiment. */
struct act {
    struct learn *l;
    int64_t id;
    struct str by, why;
    int64_t now_ms;
    struct experiments_row x;
    int64_t *courses;
    size_t courses_n;
    struct arena *scratch;
};

static struct learn at_course(const struct learn *l, const struct trial *t, int64_t id)
{
    struct learn own = *l;
    own.tenant_id = t->tenant_id;
    own.course_id = id;
    return own;
}

int experiments_get(struct learn *l, int64_t id, struct experiments_row *out,
                    struct err *e)
{
    int found = trial_get(l->db, l->a, id, &out->t, e);
    if (found <= 0)
        return found;
    out->plan = expdoc_read(l->a, out->t.document, e);
    return out->plan != NULL ? 1 : -1;
}

static int load(struct act *k, struct err *e)
{
    int found = experiments_get(k->l, k->id, &k->x, e);
    if (found == 0)
        return err_set(e, ERR_NOTFOUND, "there is no experiment %lld", (long long)k->id);
    k->now_ms = env_now_ms(k->l->env);
    return found < 0
               ? -1
               : trial_courses(k->l->db, k->l->a, &k->x.t, &k->courses, &k->courses_n, e);
}

static int check_by(struct str by, struct err *e)
{
    if (by.n == 0 || by.n > EXPERIMENTS_BY || !str_utf8(by) || str_has_nul(by))
        return err_set(e, ERR_INPUT, "say who decides (at most %d bytes)",
                       EXPERIMENTS_BY);
    return 0;
}

static int wrong_state(const struct trial *t, const char *wanted, struct err *e)
{
    return err_set(e, ERR_CONFLICT, "experiment %.*s is %.*s, not %s", STR_ARG(t->code),
                   STR_ARG(t->state), wanted);
}

/* ---- register, approve ----------------------------------------------------------- */

static int check_courses(struct learn *l, const int64_t *courses, size_t n, struct err *e)
{
    if (n == 0 || n > EXPERIMENTS_COURSES)
        return err_set(e, ERR_INPUT, "an experiment runs in 1 to %d courses",
                       EXPERIMENTS_COURSES);
    for (size_t i = 0; i < n; i++) {
        struct db_rows *r =
            db_ask(l->db, S_COURSE_HEAD, e, DB_I(l->tenant_id), DB_I(courses[i]));
        int found = r == NULL ? -1 : db_next(r, e);
        bool has_map = found == 1 && db_i64(r, 1) != 0;
        if (r != NULL)
            db_end(r);
        if (found < 0)
            return -1;
        if (!has_map)
            return err_set(e, ERR_NOTFOUND, "there is no course %lld with a skill map",
                           (long long)courses[i]);
    }
    return 0;
}

struct registering {
    struct learn *l;
    struct trial t;
    const int64_t *courses;
    size_t n;
};

static int register_tx(struct db *db, void *ctx, struct err *e)
{
    struct registering *r = ctx;
    int added = trial_add(db, r->l->env, &r->t, e);
    if (added < 0)
        return -1;
    if (added == 0)
        return err_set(e, ERR_CONFLICT, "there is an experiment %.*s already",
                       STR_ARG(r->t.code));
    for (size_t i = 0; i < r->n; i++)
        if (trial_course_add(db, &r->t, r->courses[i], e) < 0)
            return -1;
    return 0;
}

int experiments_register(struct learn *l, struct str document, const int64_t *courses,
                         size_t courses_n, struct str by, int64_t *id, struct err *e)
{
    const struct experiment_plan *p = expdoc_read(l->a, document, e);
    uint64_t seed;
    if (p == NULL || check_by(by, e) < 0 || check_courses(l, courses, courses_n, e) < 0)
        return -1;
    int64_t now_ms = env_now_ms(l->env);
    if (p->ends_ms <= now_ms)
        return err_set(e, ERR_INPUT, "the end date has passed");
    env_random(l->env, &seed, sizeof seed);
    struct registering r = {.l = l,
                            .t = {.tenant_id = l->tenant_id,
                                  .code = p->code,
                                  .document = document,
                                  .seed = (int64_t)(seed >> 1),
                                  .registered_by = by,
                                  .registered_ms = now_ms},
                            .courses = courses,
                            .n = courses_n};
    if (db_tx(l->db, DB_WRITE, register_tx, &r, e) < 0)
        return -1;
    *id = r.t.id;
    return 0;
}

static int approve_tx(struct db *db, void *ctx, struct err *e)
{
    struct act *k = ctx;
    if (load(k, e) < 0)
        return -1;
    if (str_eq(k->by, k->x.t.registered_by))
        return err_set(e, ERR_DENIED, "somebody else than %.*s has to approve it",
                       STR_ARG(k->by));
    int done = trial_approve(db, &k->x.t, k->by, k->now_ms, e);
    return done == 0 ? wrong_state(&k->x.t, "registered", e) : done < 0 ? -1 : 0;
}

int experiments_approve(struct learn *l, int64_t id, struct str by, struct err *e)
{
    struct act k = {.l = l, .id = id, .by = by};
    return check_by(by, e) < 0 ? -1 : db_tx(l->db, DB_WRITE, approve_tx, &k, e);
}

/* ---- who is dealt in ------------------------------------------------------------- */

/* Somebody who may be dealt in. */
struct hand {
    int64_t person_id;
    double share;
    int64_t stratum;
    uint64_t key;
};

static int by_stratum(const void *x, const void *y)
{
    const struct hand *p = x;
    const struct hand *q = y;
    if (p->stratum != q->stratum)
        return p->stratum < q->stratum ? -1 : 1;
    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return (p->person_id > q->person_id) - (p->person_id < q->person_id);
}

static int by_number(const void *x, const void *y)
{
    double p = *(const double *)x;
    double q = *(const double *)y;
    return (p > q) - (p < q);
}

/* Thirds of what they hold; the same share is always the same third. */
static void put_strata(struct arena *a, struct hand *v, size_t n, int64_t first)
{
    double *shares = ARENA_ARRAY(a, double, n);
    for (size_t i = 0; i < n; i++)
        shares[i] = v[i].share;
    if (n > 0)
        qsort(shares, n, sizeof(*shares), by_number);
    for (size_t i = 0; i < n; i++)
        v[i].stratum = first + (v[i].share >= shares[n / 3] && n >= 3) +
                       (v[i].share >= shares[2 * n / 3] && n >= 3);
}

static bool willing(const struct experiment_plan *p, struct str said)
{
    return p->opt_in ? str_is(said, "experiment_in") : !str_is(said, "experiment_out");
}

/* Everybody of a course who may take part, and is not in `known` (may be NULL). */
static int hands_of(struct act *k, size_t course, struct map *known, struct hand **out,
                    size_t *n, struct err *e)
{
    struct trial_candidate *rows;
    size_t rows_n;
    *n = 0;
    if (trial_candidates(k->l->db, k->l->a, k->x.t.tenant_id, k->courses[course], &rows,
                         &rows_n, e) < 0)
        return -1;
    *out = ARENA_ARRAY(k->l->a, struct hand, rows_n);
    for (size_t i = 0; i < rows_n; i++) {
        struct str name = str_fmt(k->l->a, "%lld", (long long)rows[i].person_id);
        if (!willing(k->x.plan, rows[i].said) ||
            (known != NULL && map_get(known, name) != NULL))
            continue;
        (*out)[(*n)++] = (struct hand){
            .person_id = rows[i].person_id,
            .share = rows[i].share,
            .stratum = (int64_t)course * STRATA + STRATA - 1,
            .key = experiment_key((uint64_t)k->x.t.seed, rows[i].person_id)};
    }
    return 0;
}

static void plan_shares(const struct experiment_plan *p, double *out)
{
    double sum = 0.0;
    for (int32_t i = 0; i < p->arm_n; i++)
        sum += p->arms[i].weight;
    for (int32_t i = 0; i < p->arm_n; i++)
        out[i] = p->arms[i].weight / sum;
}

/* Take a person's place, as a turn of the engine does: a run is either before us and does
 * not know, or behind us and does. */
static int take(struct act *k, int64_t course_id, int64_t person_id, struct err *e)
{
    struct db_rows *r = db_ask(k->l->db, S_ENROL_TAKE, e, DB_I(k->x.t.tenant_id),
                               DB_I(course_id), DB_I(person_id));
    int rc = r == NULL ? -1 : db_next(r, e);
    if (r != NULL)
        db_end(r);
    return rc < 0 ? -1 : 0;
}

/* Behind every run that does not know: it has written and gone. */
static void set_time(struct act *k)
{
    k->now_ms = env_now_ms(k->l->env);
}

static int take_hands(struct act *k, size_t course, const struct hand *v, size_t n,
                      struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (take(k, k->courses[course], v[i].person_id, e) < 0)
            return -1;
    set_time(k);
    return 0;
}

static int take_units(struct act *k, const struct trial_unit *v, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if ((i == 0 || v[i].person_id != v[i - 1].person_id) &&
            take(k, v[i].course_id, v[i].person_id, e) < 0)
            return -1;
    set_time(k);
    return 0;
}

/* Decide about one person, in the course's own list of decisions. */
static int decide(struct act *k, int64_t course_id, int64_t person_id, const char *kind,
                  struct str facts, struct err *e)
{
    struct decision d = {.person_id = person_id,
                         .by_person_id = 0, /* no person of the course: the plan */
                         .kind = str_c(kind),
                         .subject = k->x.t.code,
                         .facts = facts,
                         .until_ms = facts.n > 2 ? k->x.plan->ends_ms : 0,
                         .at_ms = k->now_ms};
    return decision_add(k->l->db, k->l->env, k->x.t.tenant_id, course_id, &d, e);
}

static int deal_one(struct act *k, const struct trial_unit *u, const double *shares,
                    struct err *e)
{
    if (trial_unit_add(k->l->db, &k->x.t, u, e) < 0)
        return -1;
    return decide(k, u->course_id, u->person_id, "experiment",
                  trialarm_facts(k->l->a, k->x.plan, shares, (int32_t)u->arm), e);
}

/* Deal the sorted hands of a course; the first of a stratum gets place `from`. */
static int deal(struct act *k, size_t course, const struct hand *v, size_t n,
                int64_t from, struct err *e)
{
    double shares[EXPERIMENT_ARMS];
    int64_t place = from;
    if (take_hands(k, course, v, n, e) < 0)
        return -1;
    plan_shares(k->x.plan, shares);
    for (size_t i = 0; i < n; i++) {
        place = i > 0 && v[i].stratum == v[i - 1].stratum ? place + 1 : from;
        bool whole = k->x.plan->unit == EXPERIMENT_COURSE;
        int32_t arm =
            experiment_assign(k->x.plan, (uint64_t)k->x.t.seed, whole ? 0 : v[i].stratum,
                              whole ? (int64_t)course : place);
        struct trial_unit u = {.course_id = k->courses[course],
                               .person_id = v[i].person_id,
                               .stratum = v[i].stratum,
                               .place = place,
                               .arm = arm,
                               .share = shares[arm],
                               .baseline = v[i].share,
                               .at_ms = k->now_ms};
        if (deal_one(k, &u, shares, e) < 0)
            return -1;
    }
    return 0;
}

/* ---- plan and start -------------------------------------------------------------- */

static int count_units(struct act *k, struct hand **hands, size_t *hands_n,
                       int64_t *units, struct err *e)
{
    *units = 0;
    for (size_t i = 0; i < k->courses_n; i++) {
        if (hands_of(k, i, NULL, &hands[i], &hands_n[i], e) < 0)
            return -1;
        if (k->x.plan->unit == EXPERIMENT_COURSE)
            *units += hands_n[i] > 0 ? 1 : 0;
        else
            *units += (int64_t)hands_n[i];
    }
    return 0;
}

int experiments_plan(struct learn *l, const struct experiment_plan *p,
                     const int64_t *courses, size_t courses_n,
                     struct experiments_need *out, struct err *e)
{
    struct act k = {.l = l, .x = {.t = {.tenant_id = l->tenant_id}, .plan = p}};
    struct hand *hands[EXPERIMENTS_COURSES] = {NULL};
    size_t hands_n[EXPERIMENTS_COURSES] = {0};
    if (courses_n > 0 && check_courses(l, courses, courses_n, e) < 0)
        return -1;
    k.courses = ARENA_ARRAY(l->a, int64_t, courses_n);
    for (size_t i = 0; i < courses_n; i++)
        k.courses[i] = courses[i];
    k.courses_n = courses_n;
    if (count_units(&k, hands, hands_n, &out->there, e) < 0)
        return -1;
    struct arena *scratch = arena_new(SCRATCH_N);
    experiment_size(scratch, p, &out->need);
    out->power = experiment_power(scratch, p, out->there);
    arena_free(scratch);
    return 0;
}

static int may_start(struct act *k, int64_t units, struct err *e)
{
    const struct trial *t = &k->x.t;
    struct trial other;
    if (!str_is(t->state, "approved"))
        return wrong_state(t, "approved", e);
    if (k->x.plan->ends_ms <= k->now_ms)
        return err_set(e, ERR_CONFLICT, "its end date has passed");
    for (size_t i = 0; i < k->courses_n; i++) {
        int here = trial_here(k->l->db, k->l->a, t->tenant_id, k->courses[i], &other, e);
        if (here != 0)
            return here < 0 ? -1
                            : err_set(e, ERR_CONFLICT,
                                      "course %lld takes part in %.*s already",
                                      (long long)k->courses[i], STR_ARG(other.code));
    }
    return experiment_may_start(k->scratch, k->x.plan, units, e);
}

static int recompute_all(struct act *k, struct err *e)
{
    for (size_t i = 0; i < k->courses_n; i++) {
        struct learn own = at_course(k->l, &k->x.t, k->courses[i]);
        if (recompute_enqueue(&own, e) < 0)
            return -1;
    }
    return 0;
}

/* Everybody or nobody. */
static int start_tx(struct db *db, void *ctx, struct err *e)
{
    struct act *k = ctx;
    struct hand *hands[EXPERIMENTS_COURSES] = {NULL};
    size_t hands_n[EXPERIMENTS_COURSES] = {0};
    int64_t units = 0;
    arena_reset(k->scratch);
    if (load(k, e) < 0 || count_units(k, hands, hands_n, &units, e) < 0 ||
        may_start(k, units, e) < 0)
        return -1;
    if (trial_start(db, &k->x.t, k->by, units, k->now_ms, e) != 1)
        return e->code != ERR_NONE ? -1 : wrong_state(&k->x.t, "approved", e);
    if (trial_run(db, &k->x.t, true, e) < 0)
        return -1;
    for (size_t i = 0; i < k->courses_n; i++) {
        put_strata(k->l->a, hands[i], hands_n[i], (int64_t)i * STRATA);
        if (hands_n[i] > 0)
            qsort(hands[i], hands_n[i], sizeof(struct hand), by_stratum);
        if (deal(k, i, hands[i], hands_n[i], 0, e) < 0)
            return -1;
    }
    return recompute_all(k, e);
}

int experiments_start(struct learn *l, int64_t id, struct str by, struct err *e)
{
    struct act k = {.l = l, .id = id, .by = by};
    if (check_by(by, e) < 0)
        return -1;
    k.scratch = arena_new(SCRATCH_N);
    int rc = db_tx(l->db, DB_WRITE, start_tx, &k, e);
    arena_free(k.scratch);
    return rc;
}

/* ---- the end --------------------------------------------------------------------- */

static int end_tx(struct db *db, void *ctx, struct err *e)
{
    struct act *k = ctx;
    if (load(k, e) < 0)
        return -1;
    int done = trial_end(db, &k->x.t, k->by, k->why, k->now_ms, e);
    if (done <= 0)
        return done < 0 ? -1 : wrong_state(&k->x.t, "running", e);
    if (trial_run(db, &k->x.t, false, e) < 0)
        return -1;
    if (!str_is(k->x.t.state, "running"))
        return 0;
    for (size_t i = 0; i < k->courses_n; i++) {
        struct trial_unit *v;
        size_t n;
        if (trial_units(db, k->l->a, &k->x.t, k->courses[i], &v, &n, e) < 0 ||
            take_units(k, v, n, e) < 0)
            return -1;
        for (size_t j = 0; j < n; j++)
            if (v[j].period == 0 && decide(k, k->courses[i], v[j].person_id,
                                           "experiment_end", STR("{}"), e) < 0)
                return -1;
    }
    return recompute_all(k, e);
}

int experiments_stop(struct learn *l, int64_t id, struct str by, struct str why,
                     struct err *e)
{
    struct act k = {.l = l, .id = id, .by = by, .why = why};
    if (check_by(by, e) < 0)
        return -1;
    if (why.n == 0 || why.n > 500 || !str_utf8(why))
        return err_set(e, ERR_INPUT, "say why it ends");
    return db_tx(l->db, DB_WRITE, end_tx, &k, e);
}

int experiments_here(struct learn *l, int64_t person_id, struct experiments_row *row,
                     bool *out, struct err *e)
{
    struct decision *d;
    size_t n;
    int found = trial_here(l->db, l->a, l->tenant_id, l->course_id, &row->t, e);
    if (found <= 0)
        return found;
    row->plan = expdoc_read(l->a, row->t.document, e);
    if (row->plan == NULL || decision_list(l->db, l->a, l->tenant_id, l->course_id,
                                           person_id, 0, &d, &n, e) < 0)
        return -1;
    *out = row->plan->opt_in;
    for (size_t i = 0; i < n; i++)
        if (str_is(d[i].kind, "experiment_out") || str_is(d[i].kind, "experiment_in"))
            *out = str_is(d[i].kind, "experiment_out");
    return 1;
}

/* ---- by night -------------------------------------------------------------------- */

/* Who came since the start. Whole courses get their newcomers into the course's arm. */
static int deal_newcomers(struct act *k, size_t course, struct err *e)
{
    struct trial_unit *v;
    struct hand *hands;
    size_t n, hands_n;
    int64_t next = 0;
    struct map *known = map_new(k->l->a);
    if (trial_units(k->l->db, k->l->a, &k->x.t, k->courses[course], &v, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        map_put(known, str_fmt(k->l->a, "%lld", (long long)v[i].person_id), &v[i]);
        if (v[i].stratum % STRATA == STRATA - 1 && v[i].place >= next)
            next = v[i].place + 1;
    }
    if (hands_of(k, course, known, &hands, &hands_n, e) < 0)
        return -1;
    if (hands_n > 0)
        qsort(hands, hands_n, sizeof(*hands), by_stratum);
    struct learn own = at_course(k->l, &k->x.t, k->courses[course]);
    if (deal(k, course, hands, hands_n, next, e) < 0)
        return -1;
    return hands_n > 0 ? recompute_enqueue(&own, e) : 0;
}

/* What the arms of a bandit brought so far: did mastery rise within a week of an offer
 * that was taken? */
static int rewards(struct act *k, struct bandit_arm *arms, struct err *e)
{
    const struct experiment_plan *p = k->x.plan;
    for (size_t i = 0; i < k->courses_n; i++) {
        struct trial_offer *v;
        size_t n;
        if (trial_offers(k->l->db, k->l->a, k->x.t.tenant_id, k->courses[i],
                         k->x.t.started_ms, &v, &n, e) < 0)
            return -1;
        for (size_t j = 0; j < n; j++) {
            struct str code, arm;
            str_cut(v[j].arm, '/', &code, &arm);
            for (int32_t at = 0; at < p->arm_n; at++)
                if (str_eq(code, p->code) && str_eq(arm, p->arms[at].code)) {
                    arms[at].n++;
                    arms[at].sum += v[j].taken && v[j].gain > 0.0 ? 1.0 : 0.0;
                }
        }
    }
    return 0;
}

static int deal_again(struct act *k, size_t course, int64_t period, const double *shares,
                      struct err *e)
{
    struct trial_unit *v;
    size_t n;
    if (trial_units(k->l->db, k->l->a, &k->x.t, k->courses[course], &v, &n, e) < 0 ||
        take_units(k, v, n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n || v[i + 1].person_id != v[i].person_id;
        if (!last || v[i].period >= period || !willing(k->x.plan, v[i].said))
            continue;
        struct trial_unit u = v[i];
        u.period = period;
        u.arm = bandit_draw(shares, k->x.plan->arm_n, (uint64_t)k->x.t.seed, u.person_id,
                            period);
        u.share = shares[u.arm];
        u.at_ms = k->now_ms;
        if (deal_one(k, &u, shares, e) < 0)
            return -1;
    }
    return 0;
}

static int turn_bandit(struct act *k, struct err *e)
{
    struct bandit_arm arms[EXPERIMENT_ARMS] = {{0, 0}};
    double shares[EXPERIMENT_ARMS];
    int64_t period = (k->now_ms - k->x.t.started_ms) / EXPERIMENTS_PERIOD_MS;
    if (period == 0)
        return 0;
    if (rewards(k, arms, e) < 0)
        return -1;
    for (int32_t i = 1; i < k->x.plan->arm_n; i++)
        if (bandit_harm(arms, i, HARM, SURE))
            k->why = str_fmt(k->l->a, "arm %.*s helps less than what is usual",
                             STR_ARG(k->x.plan->arms[i].code));
    if (k->why.n > 0)
        return 0; /* it ends: nothing is dealt any more */
    bandit_shares(arms, k->x.plan->arm_n, k->x.plan->floor, shares);
    for (size_t i = 0; i < k->courses_n; i++)
        if (deal_again(k, i, period, shares, e) < 0)
            return -1;
    return recompute_all(k, e);
}

static int night_tx(struct db *db, void *ctx, struct err *e)
{
    struct act *k = ctx;
    (void)db;
    k->why = STR_EMPTY;
    if (load(k, e) < 0)
        return -1;
    if (!str_is(k->x.t.state, "running"))
        return 0;
    if (k->now_ms > k->x.plan->ends_ms + k->x.plan->days * INT64_C(86400000)) {
        k->why = STR("its time is over");
        return 0;
    }
    for (size_t i = 0; k->now_ms <= k->x.plan->ends_ms && i < k->courses_n; i++)
        if (deal_newcomers(k, i, e) < 0)
            return -1;
    return k->x.plan->bandit && k->now_ms <= k->x.plan->ends_ms ? turn_bandit(k, e) : 0;
}

int experiments_tick_job(struct job_ctx *job, struct err *e)
{
    struct learn l = {.db = job->db, .env = job->env, .a = job->arena};
    struct trial *rows;
    size_t n;
    int rc = 0;
    if (trial_all(l.db, l.a, &rows, &n, e) < 0)
        return -1;
    /* One that fails keeps no other from its night; the job is tried again for it. */
    for (size_t i = 0; i < n; i++) {
        struct act k = {.l = &l, .id = rows[i].id, .by = STR("the clock")};
        struct err one = {0};
        if (!str_is(rows[i].state, "running"))
            continue;
        if (db_tx(l.db, DB_WRITE, night_tx, &k, &one) < 0 ||
            (k.why.n > 0 && db_tx(l.db, DB_WRITE, end_tx, &k, &one) < 0)) {
            *e = one;
            rc = -1;
        }
    }
    return rc;
}
