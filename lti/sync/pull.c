#include "sync/pull.h"

#include "base/js.h"
#include "base/log.h"
#include "learn/recompute.h"
#include "store/outbox.h"
#include "store/source.h"
#include "sync/publish.h"
#include "sync/statements.h"
#include "sync/steps.h"

#include <stdio.h>

#define WORK_N ((size_t)256 << 20) /* cap of a page's arena; used as far as needed */
#define MARK_N 40000

struct learn pull_learn(struct pull *p, struct arena *a)
{
    return (struct learn){.db = p->job->db,
                          .env = p->job->env,
                          .a = a,
                          .keys = p->app->learn.keys,
                          .tenant_id = p->course.tenant_id,
                          .course_id = p->course.id};
}

/* 1234567 as "1,234,567". */
static void put_count(char out[32], int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n), k = 0;
    for (int i = 0; i < len; i++) {
        out[k++] = digits[i];
        if ((len - i) % 3 == 1 && i + 1 < len)
            out[k++] = ',';
    }
    out[k] = '\0';
}

int pull_beat(struct pull *p, int64_t done, int64_t total, const char *what,
              const char *unit, struct err *e)
{
    char n[32], of[32];
    put_count(n, done);
    put_count(of, total);
    if (total > 0)
        snprintf(p->said, sizeof p->said, "%s: %s of %s %s", what, n, of, unit);
    else
        snprintf(p->said, sizeof p->said, "%s: %s %s", what, n, unit);
    p->done = done;
    p->total = total;
    return job_beat(p->job, done, total, str_c(p->said), e);
}

/* While a call waits for the LMS: keep the claim, and let go when the worker ends. */
static int on_wait(void *ctx)
{
    struct pull *p = ctx;
    return job_beat(p->job, p->done, p->total, str_c(p->said), NULL);
}

/* --- checkpoint -------------------------------------------------------------- */

int pull_save(struct pull *p, struct err *e)
{
    struct arena *a = arena_new(1 << 20);
    const struct pull_mark *m = &p->mark;
    struct js *o = js_object(a);
    js_set_i64(o, "run", m->run_ms);
    js_set_i64(o, "step", m->step);
    js_set_str(o, "item", m->item);
    js_set_str(o, "url", m->url);
    js_set_str(o, "loop", m->loop);
    js_set_i64(o, "pages", m->pages);
    js_set_i64(o, "rows", m->rows);
    js_set_i64(o, "skipped", m->skipped);
    js_set_i64(o, "added", m->added);
    js_set_i64(o, "changes", m->changes);
    js_set_str(o, "since", m->since);
    js_set_str(o, "failed", m->failed);
    int rc = job_checkpoint(p->job->db, p->job->env, p->job->job, js_dump(a, o), e);
    arena_free(a);
    return rc;
}

/* What the last attempt left; nothing, or nonsense, begins a new run. */
static void load(struct pull *p)
{
    struct pull_mark *m = &p->mark;
    struct str text = p->job->job->checkpoint;
    struct js *o = text.n == 0 ? NULL : js_parse(p->a, text, MARK_N, 4, NULL);
    if (!js_i64(js_get(o, "run"), &m->run_ms) || !js_i64(js_get(o, "step"), &m->step) ||
        m->step < 0 || m->step > PULL_END) {
        *m = (struct pull_mark){.run_ms = env_now_ms(p->job->env)};
        return;
    }
    m->item = js_text(o, "item");
    m->url = js_text(o, "url");
    m->loop = js_text(o, "loop");
    m->failed = js_text(o, "failed");
    js_i64(js_get(o, "pages"), &m->pages);
    js_i64(js_get(o, "rows"), &m->rows);
    js_i64(js_get(o, "skipped"), &m->skipped);
    js_i64(js_get(o, "added"), &m->added);
    js_i64(js_get(o, "changes"), &m->changes);
    m->since = js_text(o, "since");
}

/* --- evidence ---------------------------------------------------------------- */

void pull_batch_begin(struct pull_batch *b, struct pull *p)
{
    *b = (struct pull_batch){.p = p};
    arena_reset(p->batch);
    vec_init(&b->rows, p->batch, sizeof(struct evidence_in));
}

struct evidence_in *pull_batch_add(struct pull_batch *b, enum evidence_kind kind,
                                   int64_t person_id, int64_t activity_id)
{
    struct evidence_in *row = vec_push(&b->rows);
    row->kind = kind;
    row->person_id = person_id;
    row->activity_id = activity_id;
    row->actor = STR("platform");
    row->read_ms = b->p->mark.run_ms;
    return row;
}

bool pull_batch_full(const struct pull_batch *b)
{
    return b->rows.n >= PULL_BATCH;
}

int pull_batch_flush(struct pull_batch *b, struct err *e)
{
    struct pull *p = b->p;
    struct learn l = pull_learn(p, p->batch);
    struct intake_result r;
    if (b->rows.n > 0 && intake_add(&l, b->rows.p, b->rows.n, &r, e) != 0)
        return -1;
    int64_t taken = b->taken + (int64_t)b->rows.n;
    pull_batch_begin(b, p);
    b->taken = taken;
    return 0;
}

/* --- the run ----------------------------------------------------------------- */

static const struct {
    int (*fn)(struct pull *p, struct err *e);
    const char *source; /* in course_source; NULL: none of its own */
} steps[] = {
    [PULL_CATALOGUE] = {catalogue_step, "activities"},
    [PULL_ROSTER] = {roster_step, "roster"},
    [PULL_IDS] = {ids_step, NULL},
    [PULL_VISITS] = {visits_step, NULL},
    [PULL_GRADES] = {grades_step, "grades"},
    [PULL_SUBMISSIONS] = {submissions_step, "grades"},
    [PULL_ATTEMPTS] = {attempts_step, "quizzes"},
    [PULL_HANDED] = {handed_step, "submissions"},
    [PULL_COMPLETION] = {completion_step, "completion"},
    [PULL_RESULTS] = {results_step, "results"},
    [PULL_COLUMN] = {column_step, NULL},
    [PULL_GATES] = {gates_step, NULL},
    [PULL_OVERRIDES] = {overrides_step, NULL},
    [PULL_GROUPS] = {groups_step, NULL},
};

/* The job has lost its claim, or the worker ends: nothing is wrong with the source. */
static bool is_ours(enum err_code code)
{
    return code == ERR_BUSY || code == ERR_CONFLICT || code == ERR_INTERNAL;
}

static bool is_final(enum err_code code)
{
    return code == ERR_DENIED || code == ERR_NOTFOUND || code == ERR_INPUT ||
           code == ERR_LIMIT;
}

/* What the teacher's page says of it. */
static struct str for_people(const struct err *e)
{
    return db_is_error(e) ? STR("Waymark could not store what it read") : str_c(e->text);
}

int pull_spare(struct pull *p, const char *source, const struct err *own, struct err *e)
{
    if (!is_final(own->code)) {
        if (e != NULL)
            *e = *own;
        return -1;
    }
    log_err(LOG_INFO, "sync.spared", own);
    if (own->code == ERR_DENIED)
        access_doubt(p->job->db, &p->access, NULL);
    return source_failed(p->job->db, p->course.tenant_id, p->course.id, str_c(source),
                         p->mark.run_ms, for_people(own), e);
}

static int run_step(struct pull *p, struct err *e)
{
    int64_t step = p->mark.step;
    struct err own = {0};
    arena_reset(p->page);
    if (steps[step].fn(p, &own) != 0) {
        if (!is_ours(own.code) && steps[step].source != NULL)
            source_failed(p->job->db, p->course.tenant_id, p->course.id,
                          str_c(steps[step].source), p->mark.run_ms, for_people(&own),
                          NULL);
        if (!is_final(own.code)) {
            *e = own;
            return -1;
        }
        log_err(LOG_WARN, "sync.step", &own);
        if (own.code == ERR_DENIED && p->can != 0)
            access_doubt(p->job->db, &p->access, NULL);
        if (p->mark.failed.n == 0)
            p->mark.failed = str_dup(p->a, str_c(own.text));
    }
    struct pull_mark next = {
        .run_ms = p->mark.run_ms, .step = step + 1, .failed = p->mark.failed};
    p->mark = next;
    if (job_progress(p->job->db, p->job->env, p->job->job, p->done, p->total,
                     str_c(p->said), e) != 0)
        return -1;
    return pull_save(p, e);
}

/* The LMS's own API, when an administrator gave us a token for it. */
static int open_lms(struct pull *p, struct err *e)
{
    struct err own = {0};
    int open =
        access_open(p->app, p->job->db, p->job->env, &p->course, &p->access, p->a, &own);
    if (open == 1) {
        p->lms = p->access.lms;
        p->can = p->access.can;
    }
    if (open >= 0)
        return 0;
    if (!is_ours(own.code))
        source_failed(p->job->db, p->course.tenant_id, p->course.id, STR("grades"),
                      p->mark.run_ms, for_people(&own), NULL);
    if (!is_final(own.code)) {
        *e = own;
        return -1;
    }
    p->mark.failed = str_dup(p->a, str_c(own.text));
    return 0;
}

/* Scores that wait go out now. */
static int ask_publish(struct pull *p, struct err *e)
{
    int64_t next = outbox_next(p->job->db, p->course.tenant_id, p->course.id, e);
    if (next <= 0)
        return (int)next;
    return publish_ask(p->job->db, p->job->env, p->course.tenant_id, next, e);
}

/* That nothing came is news too (missing work), and it concerns persons for whom the
 * reading brought no row: everybody is worked out again. */
static int look_again(struct pull *p, struct err *e)
{
    struct learn l = pull_learn(p, p->page);
    return p->course.map_id == 0 ? 0 : recompute_enqueue(&l, e);
}

static int run(struct pull *p, struct err *e)
{
    load(p);
    int ready = sync_platform(p->job->db, p->a, p->course.registration_id,
                              p->course.deployment_id, &p->reg, &p->platform, e);
    if (ready != 1)
        return ready;
    if (open_lms(p, e) < 0)
        return -1;
    while (p->mark.step < PULL_END)
        if (run_step(p, e) != 0)
            return -1;
    if (p->mark.failed.n == 0 &&
        outbox_revive(p->job->db, p->course.tenant_id, p->course.id,
                      env_now_ms(p->job->env), e) != 0)
        return -1;
    if (statements_again(p->job->db, p->job->env, p->course.tenant_id, p->course.id, e) !=
            0 ||
        look_again(p, e) != 0 || ask_publish(p, e) != 0)
        return -1;
    if (p->mark.failed.n == 0)
        return 0;
    p->job->give_up = true; /* the clock asks again; until then nothing would change */
    return err_set(e, ERR_DENIED, "%.*s", STR_ARG(p->mark.failed));
}

int pull_course_job(struct job_ctx *c, struct err *e)
{
    struct err own = {0};
    struct pull p = {.job = c, .app = c->app, .a = c->arena, .said = "beginning"};
    int64_t course_id;
    e = e != NULL ? e : &own;
    if (!str_i64(c->job->key, &course_id)) {
        c->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    int found = course_get(c->db, p.a, c->job->tenant_id, course_id, &p.course, e);
    if (found <= 0)
        return found; /* a course that is gone needs no reading */
    p.page = arena_new(WORK_N);
    p.batch = arena_new(WORK_N);
    http_on_wait(p.app->http, on_wait, &p);
    int rc = run(&p, e);
    http_on_wait(p.app->http, NULL, NULL);
    arena_free(p.batch);
    arena_free(p.page);
    return rc;
}

/* --- every course ------------------------------------------------------------ */

#define SPREAD_MS 600000

struct listed {
    int64_t tenant_id;
    int64_t course_id;
};

static int list_course(void *ctx, const struct course *course)
{
    struct vec *v = ctx;
    *(struct listed *)vec_push(v) = (struct listed){course->tenant_id, course->id};
    return 0;
}

/* Spread over some minutes: an LMS with many courses is not called all at once. */
int pull_all_job(struct job_ctx *c, struct err *e)
{
    struct vec v;
    struct arena *a = arena_new(WORK_N);
    vec_init(&v, c->arena, sizeof(struct listed));
    int rc = course_each(c->db, a, list_course, &v, e);
    arena_free(a);
    const struct listed *rows = v.p;
    for (size_t i = 0; i < v.n && rc == 0; i++) {
        struct job_in in = {
            .tenant_id = rows[i].tenant_id,
            .kind = STR("sync.course"),
            .key = str_fmt(c->arena, "%lld", (long long)rows[i].course_id),
            .payload =
                str_fmt(c->arena, "{\"tenant\":%lld,\"course\":%lld}",
                        (long long)rows[i].tenant_id, (long long)rows[i].course_id),
            .run_ms = env_now_ms(c->env) + (int64_t)i * SPREAD_MS / (int64_t)v.n,
        };
        if (job_add(c->db, c->env, &in, NULL, e) < 0 ||
            job_beat(c, (int64_t)i, (int64_t)v.n, STR("asking for every course"), e) != 0)
            rc = -1;
    }
    return rc;
}
