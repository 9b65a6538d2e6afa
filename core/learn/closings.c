#include "learn/closings.h"

#include "base/js.h"
#include "base/vec.h"
#include "engine/offer.h"
#include "job/runner.h"
#include "learn/model.h"
#include "store/stmt.h"

#define SCRATCH_N ((size_t)256 << 20)
#define SHOWN_N 65536 /* bytes of what one view showed */
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct walk {
    struct learn *l;
    struct model m; /* in kept */
    struct arena *kept;
    struct arena *scratch; /* of one person */
    int64_t since_ms;      /* everything shown up to then has closed */
    int64_t now_ms;
    int64_t person_id;
    size_t added;
};

/* ---- one person ------------------------------------------------------------------ */

static int32_t ord_of(const struct walk *w, struct str code)
{
    int32_t heirs[SKILL_HEIRS_MAX];
    size_t n = skill_heirs(w->m.map, code, heirs, SKILL_HEIRS_MAX);
    return n == 1 ? heirs[0] : -1; /* split up since: no one skill stands for it */
}

static void push_shown(struct walk *w, const struct exposure *x, struct vec *v)
{
    struct js *list = js_parse(w->scratch, x->shown, SHOWN_N, 4, NULL);
    for (size_t i = 0; i < js_len(list); i++) {
        const struct js *o = js_at(list, i);
        struct offer_shown s = {.exposure_id = x->exposure_id,
                                .at_ms = x->at_ms,
                                .skill = js_text(o, "skill"),
                                .reason = js_text(o, "reason"),
                                .arm = js_text(js_get(o, "trial"), "arm"),
                                .arm_share = 1.0};
        (void)js_num(js_get(js_get(o, "trial"), "share"), &s.arm_share);
        (void)js_i64(js_get(o, "activity"), &s.activity_id);
        (void)js_i64(js_get(o, "rank"), &s.rank);
        (void)js_num(js_get(o, "propensity"), &s.propensity);
        s.ord = ord_of(w, s.skill);
        if (s.skill.n > 0)
            *(struct offer_shown *)vec_push(v) = s;
    }
}

static int read_shown(struct db *db, struct walk *w, struct offer_in *in, struct err *e)
{
    struct learn *l = w->l;
    struct vec v;
    struct exposure *rows;
    struct closing *last;
    size_t n;
    vec_init(&v, w->scratch, sizeof(struct offer_shown));
    if (closing_exposures(db, w->scratch, l->tenant_id, l->course_id, w->person_id,
                          w->since_ms, &rows, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        push_shown(w, &rows[i], &v);
    in->shown = v.p;
    in->shown_n = v.n;
    if (v.n == 0)
        return 0;
    if (closing_last(db, w->scratch, l->tenant_id, l->course_id, w->person_id, &last,
                     &in->last_n, e) < 0)
        return -1;
    struct offer_last *rest = ARENA_ARRAY(w->scratch, struct offer_last, in->last_n);
    for (size_t i = 0; i < in->last_n; i++)
        rest[i] = (struct offer_last){last[i].skill_code, last[i].first_ms};
    in->last = rest;
    return 0;
}

static int read_deeds(struct db *db, struct walk *w, struct offer_in *in, struct err *e)
{
    struct learn *l = w->l;
    struct ledger *book;
    struct decision *rows;
    if (ledger_read(db, w->scratch, l->tenant_id, l->course_id, w->person_id, INT64_MAX,
                    &book, e) < 0 ||
        decision_list(db, w->scratch, l->tenant_id, l->course_id, w->person_id,
                      w->since_ms, &rows, &in->decision_n, e) < 0)
        return -1;
    in->evidence = model_evidence(book, w->scratch, INT64_MAX, &in->evidence_n);
    struct engine_decision *d =
        ARENA_ARRAY(w->scratch, struct engine_decision, in->decision_n);
    for (size_t i = 0; i < in->decision_n; i++)
        d[i] = (struct engine_decision){
            .kind = rows[i].kind, .subject = rows[i].subject, .at_ms = rows[i].at_ms};
    in->decisions = d;
    return 0;
}

static struct closing row_of(const struct walk *w, const struct offer *o)
{
    return (struct closing){
        .person_id = w->person_id,
        .skill_code = o->first.skill,
        .first_ms = o->first.at_ms,
        .exposure_id = o->first.exposure_id,
        .activity_id = o->first.activity_id,
        .rank = o->first.rank,
        .views = o->views,
        .reason = o->first.reason,
        .propensity = o->first.propensity,
        .arm = o->first.arm,
        .arm_share = o->first.arm_share,
        .fate = str_c(offer_fate_name(o->fate)),
        .by_id = o->by_id,
        .by_ms = o->by_ms,
        .has_p = o->has_p,
        .p_before = o->p_before,
        .p_after = o->p_after,
        .next_id = o->next_id,
        .next_ms = o->next_ms,
        .next_share = o->next_share,
        .closed_ms = w->now_ms,
    };
}

static int person_tx(struct db *db, void *ctx, struct err *e)
{
    struct walk *w = ctx;
    struct learn *l = w->l;
    struct offer_in in = {.now_ms = w->now_ms};
    struct offer *offers;
    arena_reset(w->scratch);
    w->added = 0;
    if (read_shown(db, w, &in, e) < 0)
        return -1;
    if (in.shown_n == 0)
        return 0;
    if (read_deeds(db, w, &in, e) < 0)
        return -1;
    size_t n = offer_work(w->scratch, w->m.course, &in, &offers);
    for (size_t i = 0; i < n; i++) {
        struct closing row = row_of(w, &offers[i]);
        int64_t added = closing_add(db, l->tenant_id, l->course_id, &row, e);
        if (added < 0)
            return -1;
        w->added += (size_t)added;
    }
    return 0;
}

/* ---- a course -------------------------------------------------------------------- */

/* `job` may be NULL. */
static int walk_persons(struct walk *w, struct job_ctx *job, size_t *added, struct err *e)
{
    int64_t ids[MODEL_PAGE];
    int64_t after = 0, done = 0;
    size_t n = MODEL_PAGE;
    while (n == MODEL_PAGE) {
        if (model_persons(w->l, S_EXPOSURE_PERSONS, after, ids, &n, e) < 0)
            return -1;
        for (size_t i = 0; i < n; i++) {
            w->person_id = after = ids[i];
            if (db_tx(w->l->db, DB_WRITE, person_tx, w, e) < 0)
                return -1;
            *added += w->added;
            if (job != NULL &&
                job_beat(job, ++done, 0, STR("closing recommendations"), e) < 0)
                return -1;
        }
    }
    return 0;
}

static int walk_course(struct learn *l, struct job_ctx *job, size_t *added, struct err *e)
{
    struct walk w = {.kept = arena_new(SCRATCH_N), .scratch = arena_new(SCRATCH_N)};
    struct learn own = *l;
    own.a = w.kept;
    w.l = &own;
    w.now_ms = env_now_ms(l->env);
    *added = 0;
    int rc = model_load(&own, &w.m, e);
    if (rc == 0 && w.m.course != NULL) {
        rc = closing_until(l->db, l->tenant_id, l->course_id, &w.since_ms, e);
        rc = rc == 0 ? walk_persons(&w, job, added, e) : rc;
        rc = rc == 0 ? closing_until_set(l->db, l->tenant_id, l->course_id,
                                         w.now_ms - OFFER_WEEK_MS - OFFER_GRACE_MS, e)
                     : rc;
    }
    arena_free(w.scratch);
    arena_free(w.kept);
    return rc;
}

int closings_course(struct learn *l, size_t *added, struct err *e)
{
    return walk_course(l, NULL, added, e);
}

int closings_course_job(struct job_ctx *job, struct err *e)
{
    struct learn l = {.db = job->db,
                      .env = job->env,
                      .a = job->arena,
                      .tenant_id = job->job->tenant_id};
    size_t added;
    if (!str_i64(job->job->key, &l.course_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    return walk_course(&l, job, &added, e);
}

int closings_tick_job(struct job_ctx *job, struct err *e)
{
    struct vec ids;
    vec_init(&ids, job->arena, 2 * sizeof(int64_t));
    struct db_rows *r = db_ask(job->db, S_COURSES_WITH_MAP, e, DB_I(INT64_MAX));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1) {
        int64_t *pair = vec_push(&ids);
        pair[0] = db_i64(r, 0);
        pair[1] = db_i64(r, 1);
    }
    db_end(r);
    for (size_t i = 0; more == 0 && i < ids.n; i++) {
        const int64_t *pair = (int64_t *)ids.p + 2 * i;
        struct job_in in = {.tenant_id = pair[0],
                            .kind = STR("closing.course"),
                            .key = str_fmt(job->arena, "%lld", (long long)pair[1]),
                            .rank = JOB_SCHEDULE};
        more = job_add(job->db, job->env, &in, NULL, e) < 0 ? -1 : 0;
    }
    return more;
}

/* ---- figures --------------------------------------------------------------------- */

static void add_sum(const struct closing_sum *s, struct closings_row *to)
{
    bool taken = str_is(s->fate, "taken");
    to->n += s->n;
    to->swapped += str_is(s->fate, "swapped") ? s->n : 0;
    to->ignored += str_is(s->fate, "ignored") ? s->n : 0;
    if (!taken)
        return;
    double before = (double)to->taken, now = (double)s->n;
    to->gain = (to->gain * before + s->gain * now) / (before + now);
    to->taken += s->n;
    if (s->next_n > 0) {
        double had = (double)to->result_n, more = (double)s->next_n;
        to->result = (to->result * had + s->next_share * more) / (had + more);
        to->result_n += s->next_n;
    }
}

int closings_read(struct learn *l, int64_t days, struct closings *out, struct err *e)
{
    struct closing_sum *sums;
    size_t n;
    int64_t since_ms = env_now_ms(l->env) - days * DAY_MS;
    *out = (struct closings){.n = 0};
    if (closing_sums(l->db, l->a, l->tenant_id, l->course_id, since_ms, &sums, &n, e) < 0)
        return -1;
    out->rows = ARENA_ARRAY(l->a, struct closings_row, n);
    for (size_t i = 0; i < n; i++) { /* they come by reason */
        if (out->n == 0 || !str_eq(out->rows[out->n - 1].reason, sums[i].reason))
            out->rows[out->n++].reason = sums[i].reason;
        add_sum(&sums[i], &out->rows[out->n - 1]);
        add_sum(&sums[i], &out->all);
    }
    return 0;
}
