#include "learn/recompute.h"

#include "base/js.h"
#include "base/vec.h"
#include "job/runner.h"
#include "learn/intake.h"
#include "learn/model.h"
#include "store/stmt.h"

#define SCRATCH_N ((size_t)64 << 20)
#define HALF_DAY_MS (INT64_C(12) * 3600000)

static int enqueue(struct db *db, struct env *env, int64_t tenant_id, struct str kind,
                   struct str key, enum job_rank rank, struct err *e)
{
    struct job_in in = {.tenant_id = tenant_id, .kind = kind, .key = key, .rank = rank};
    return job_add(db, env, &in, NULL, e) < 0 ? -1 : 0;
}

int recompute_enqueue(struct learn *l, struct err *e)
{
    struct str key = str_fmt(l->a, "%lld", (long long)l->course_id);
    if (enqueue(l->db, l->env, l->tenant_id, STR("recompute.course"), key, JOB_NEED, e) <
        0)
        return -1;
    /* Between two turns it has people behind it, who know nothing of what changed. */
    return db_do(l->db, S_JOB_ANEW, e, DB_I(l->tenant_id), DB_T(STR("recompute.course")),
                 DB_T(key), DB_I(env_now_ms(l->env))) < 0
               ? -1
               : 0;
}

int recompute_enqueue_rest(struct learn *l, struct err *e)
{
    return enqueue(l->db, l->env, l->tenant_id, STR("recompute.rest"),
                   str_fmt(l->a, "%lld", (long long)l->course_id), JOB_NEED, e);
}

int recompute_enqueue_person(struct learn *l, int64_t person_id, struct err *e)
{
    return enqueue(
        l->db, l->env, l->tenant_id, STR("recompute.person"),
        str_fmt(l->a, "%lld/%lld", (long long)l->course_id, (long long)person_id),
        JOB_SERVICE, e);
}

int recompute_person(struct learn *l, int64_t person_id, struct err *e)
{
    struct err own = {0};
    e = e != NULL ? e : &own;
    struct model m;
    if (model_load(l, &m, e) < 0)
        return -1;
    int rc = intake_again(l, &m, person_id, e);
    if (rc >= 0 || e->code != ERR_CONFLICT)
        return rc < 0 ? -1 : 0;
    err_clear(e);
    if (model_load(l, &m, e) < 0)
        return -1;
    return intake_again(l, &m, person_id, e) < 0 ? -1 : 0;
}

static int learners_count(struct learn *l, int64_t *n, struct err *e)
{
    struct db_rows *r =
        db_ask(l->db, S_LEARNERS_COUNT, e, DB_I(l->tenant_id), DB_I(l->course_id));
    if (r == NULL)
        return -1;
    int found = db_next(r, e);
    *n = found == 1 ? db_i64(r, 0) : 0;
    db_end(r);
    return found < 0 ? -1 : 0;
}

/* How far a walk through a course has come; kept as the job's checkpoint. */
struct walk {
    int64_t after; /* the last person done */
    int64_t done;
    int64_t total;
    int64_t map_id; /* a new map starts from the beginning */
};

static void walk_load(struct job_ctx *job, struct walk *w)
{
    struct js *o = job->job->checkpoint.n == 0
                       ? NULL
                       : js_parse(job->arena, job->job->checkpoint, 4096, 4, NULL);
    js_i64(js_get(o, "after"), &w->after);
    js_i64(js_get(o, "done"), &w->done);
    js_i64(js_get(o, "map"), &w->map_id);
}

static struct str walk_text(struct arena *a, const struct walk *w)
{
    struct js *o = js_object(a);
    js_set_i64(o, "after", w->after);
    js_set_i64(o, "done", w->done);
    js_set_i64(o, "map", w->map_id);
    return js_dump(a, o);
}

/* One page: 1 when there may be more, 0 at the end. */
static int walk_page(struct job_ctx *job, struct learn *l, struct walk *w, int stmt,
                     struct err *e)
{
    struct model m;
    int64_t ids[MODEL_PAGE];
    size_t n;
    if (model_load(l, &m, e) < 0)
        return -1;
    if (m.map_id != w->map_id)
        *w = (struct walk){.total = w->total, .map_id = m.map_id};
    if (m.map_id == 0)
        return 0;
    if (model_persons(l, stmt, w->after, ids, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (intake_again(l, &m, ids[i], e) < 0) {
            if (e->code != ERR_CONFLICT)
                return -1;
            err_clear(e); /* another map is in force: begin again with it */
            return 1;
        }
        w->after = ids[i];
        w->done++;
        if (job_beat(job, w->done, w->total, STR("working out what to do next"), e) < 0)
            return -1;
    }
    if (job_checkpoint(l->db, l->env, job->job, walk_text(l->a, w), e) < 0)
        return -1;
    return n == MODEL_PAGE;
}

static int walk_course(struct job_ctx *job, int stmt, struct err *e)
{
    struct learn l = {.db = job->db, .env = job->env, .tenant_id = job->job->tenant_id};
    struct walk w = {0};
    if (!str_i64(job->job->key, &l.course_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    walk_load(job, &w);
    l.a = arena_new(SCRATCH_N);
    int more = learners_count(&l, &w.total, e) < 0 ? -1 : 1;
    while (more == 1) {
        more = walk_page(job, &l, &w, stmt, e);
        if (more == 1 && job_turn_over(job)) /* the checkpoint is written */
            more = job_give_turn(job, 0, e);
        arena_reset(l.a);
    }
    if (more == 0 && db_do(l.db, S_COURSE_RECOMPUTED, e, DB_I(l.tenant_id),
                           DB_I(l.course_id), DB_I(env_now_ms(l.env))) < 0)
        more = -1;
    arena_free(l.a);
    return more;
}

int recompute_course_job(struct job_ctx *job, struct err *e)
{
    return walk_course(job, S_LEARNERS_AFTER, e);
}

int recompute_rest_job(struct job_ctx *job, struct err *e)
{
    return walk_course(job, S_LEARNERS_REST, e);
}

int recompute_person_job(struct job_ctx *job, struct err *e)
{
    struct learn l = {.db = job->db,
                      .env = job->env,
                      .a = job->arena,
                      .tenant_id = job->job->tenant_id};
    struct str course, person;
    int64_t person_id;
    str_cut(job->job->key, '/', &course, &person);
    if (!str_i64(course, &l.course_id) || !str_i64(person, &person_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course or person");
    }
    return recompute_person(&l, person_id, e);
}

int recompute_enqueue_all(struct db *db, struct env *env, struct err *e)
{
    return enqueue(db, env, 0, STR("recompute.all"), STR_EMPTY, JOB_NEED, e);
}

/* Asks for every course that was not worked out as a whole since `before_ms`. */
static int each_course(struct job_ctx *job, int64_t before_ms, struct err *e)
{
    struct vec ids;
    vec_init(&ids, job->arena, 2 * sizeof(int64_t));
    struct db_rows *r = db_ask(job->db, S_COURSES_WITH_MAP, e, DB_I(before_ms));
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
        struct learn l = {.db = job->db,
                          .env = job->env,
                          .a = job->arena,
                          .tenant_id = pair[0],
                          .course_id = pair[1]};
        more = recompute_enqueue(&l, e);
    }
    return more;
}

int recompute_tick_job(struct job_ctx *job, struct err *e)
{
    return each_course(job, env_now_ms(job->env) - HALF_DAY_MS, e);
}

int recompute_all_job(struct job_ctx *job, struct err *e)
{
    return each_course(job, INT64_MAX, e);
}
