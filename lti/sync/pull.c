#include "sync/pull.h"

#include "base/js.h"
#include "base/log.h"
#include "learn/reading.h"
#include "learn/recompute.h"
#include "store/outbox.h"
#include "store/source.h"
#include "sync/publish.h"
#include "sync/statements.h"
#include "sync/steps.h"

#include <stdio.h>

#define WORK_N ((size_t)256 << 20) /* cap of a page's arena; used as far as needed */
#define MARK_N 40000
#define PEOPLE_MS                                                                        \
    (INT64_C(6) * 3600000) /* so old may a roster be between whole readings */
#define SHARE 4            /* calls at once that a course would like */
#define OVERLAP_MS 300000  /* clocks differ, and an LMS counts in whole seconds */
#define BUSY_MS 2000       /* until it asks again for its share */

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
    share_keep(&p->share);
    return job_beat(p->job, p->done, p->total, str_c(p->said), NULL);
}

int pull_calls(const struct pull *p)
{
    return p->share.n > 0 ? p->share.n : 1;
}

int pull_turn(struct pull *p, struct err *e)
{
    share_keep(&p->share);
    if (!job_turn_over(p->job))
        return 0;
    return pull_save(p, e) != 0 ? -1 : job_give_turn(p->job, 0, e);
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
    js_set_i64(o, "whole", m->whole);
    js_set_i64(o, "people", m->people);
    js_set_i64(o, "news", m->news);
    js_set_i64(o, "roster", m->roster_ms);
    js_set_i64(o, "grades", m->grades_ms);
    js_set_str(o, "said", str_c(p->said));
    int rc = job_checkpoint(p->job->db, p->job->env, p->job->job, js_dump(a, o), e);
    arena_free(a);
    return rc;
}

/* A new run: what is it going to read? */
static int begin(struct pull *p, struct err *e)
{
    const struct course *c = &p->course;
    struct pull_mark *m = &p->mark;
    struct learn l = pull_learn(p, p->a);
    int64_t now = env_now_ms(p->job->env);
    *m = (struct pull_mark){
        .run_ms = now, .roster_ms = c->roster_ms, .grades_ms = c->grades_ms};
    m->whole =
        p->job->job->rank == JOB_URGENT || reading_whole(p->app->learn.conf, c, now);
    m->people =
        m->whole || c->nrps_differences_url.n > 0 || now - c->roster_ms > PEOPLE_MS;
    return reading_begun(&l, now, e);
}

/* What the last attempt left; nothing, or nonsense, begins a new run. */
static int load(struct pull *p, struct err *e)
{
    struct pull_mark *m = &p->mark;
    struct str text = p->job->job->checkpoint;
    struct js *o = text.n == 0 ? NULL : js_parse(p->a, text, MARK_N, 4, NULL);
    if (!js_i64(js_get(o, "run"), &m->run_ms) || !js_i64(js_get(o, "step"), &m->step) ||
        m->step < 0 || m->step > PULL_END)
        return begin(p, e);
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
    js_i64(js_get(o, "whole"), &m->whole);
    js_i64(js_get(o, "people"), &m->people);
    js_i64(js_get(o, "news"), &m->news);
    js_i64(js_get(o, "roster"), &m->roster_ms);
    js_i64(js_get(o, "grades"), &m->grades_ms);
    snprintf(p->said, sizeof p->said, "%.*s", STR_ARG(js_text(o, "said")));
    return 0;
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

/* Of a reading of changes: which steps are left out. */
enum when {
    ALWAYS,
    WHOLE,    /* these change seldom */
    SETTINGS, /* or when the LMS says that activities changed */
    WORK,     /* but not when the LMS says that nothing was handed in or marked */
    PEOPLE    /* when the roster is some hours old */
};

static const struct {
    int (*fn)(struct pull *p, struct err *e);
    const char *source; /* in course_source; NULL: none of its own */
    enum when when;
} steps[] = {
    [PULL_CATALOGUE] = {catalogue_step, "activities", SETTINGS},
    [PULL_ROSTER] = {roster_step, "roster", PEOPLE},
    [PULL_IDS] = {ids_step, NULL, PEOPLE},
    [PULL_VISITS] = {visits_step, NULL, PEOPLE},
    [PULL_GRADES] = {grades_step, "grades", WORK},
    [PULL_SUBMISSIONS] = {submissions_step, "grades", WORK},
    [PULL_ATTEMPTS] = {attempts_step, "quizzes", ALWAYS},
    [PULL_HANDED] = {handed_step, "submissions", WORK},
    [PULL_COMPLETION] = {completion_step, "completion", PEOPLE},
    [PULL_RESULTS] = {results_step, "results", ALWAYS},
    [PULL_COLUMN] = {column_step, NULL, WHOLE},
    [PULL_GATES] = {gates_step, NULL, WHOLE},
    [PULL_OVERRIDES] = {overrides_step, NULL, WHOLE},
    [PULL_GROUPS] = {groups_step, NULL, WHOLE},
    [PULL_OUTCOMES] = {outcomes_step, NULL, WHOLE},
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

static bool is_wanted(const struct pull *p, enum when when)
{
    const struct pull_mark *m = &p->mark;
    bool told = (m->news & PULL_TOLD) != 0;
    switch (when) {
    case ALWAYS:
        break;
    case WHOLE:
        return m->whole == 1;
    case SETTINGS:
        return m->whole == 1 || (m->news & PULL_SETTINGS) != 0;
    case WORK:
        return m->whole == 1 || !told || (m->news & PULL_WORK) != 0;
    case PEOPLE:
        return m->people == 1;
    }
    return true;
}

/* What is left out because nothing changed is as good as read: 1. But of what failed the
 * last time, or was never read, nothing stands that could be the same: 0. */
static int leave_out(struct pull *p, int64_t step, struct err *e)
{
    bool known = steps[step].when == SETTINGS || steps[step].when == WORK;
    if (!known || (p->mark.news & PULL_TOLD) == 0)
        return 1;
    return source_same(p->job->db, p->course.tenant_id, p->course.id,
                       str_c(steps[step].source), p->mark.run_ms, e);
}

static int do_step(struct pull *p, int64_t step, struct err *e)
{
    int out = is_wanted(p, steps[step].when) ? 0 : leave_out(p, step, e);
    if (out != 0)
        return out < 0 ? -1 : 0;
    return steps[step].fn(p, e);
}

/* The step is over: the mark of the next one. */
static void step_on(struct pull *p)
{
    struct pull_mark *m = &p->mark;
    m->step++;
    m->item = m->url = m->loop = m->since = STR_EMPTY;
    m->pages = m->rows = m->skipped = m->added = m->changes = 0;
}

static int run_step(struct pull *p, struct err *e)
{
    int64_t step = p->mark.step;
    struct err own = {0};
    arena_reset(p->page);
    if (do_step(p, step, &own) != 0) {
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
    step_on(p);
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
        p->lms.calls = pull_calls(p);
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
 * reading brought no row: everybody is worked out again, after a whole reading and when
 * work has fallen due since the last one. */
static int look_again(struct pull *p, struct err *e)
{
    struct learn l = pull_learn(p, p->page);
    if (p->course.map_id == 0)
        return 0;
    int due = p->mark.whole == 1
                  ? 1
                  : reading_fell_due(&l, p->mark.grades_ms, p->mark.run_ms, e);
    return due <= 0 ? due : recompute_enqueue_rest(&l, e);
}

static int on_change(void *ctx, const struct lms_change *r, struct err *e)
{
    struct pull *p = ctx;
    (void)e;
    p->mark.news |= (r->work ? PULL_WORK : 0) | (r->settings ? PULL_SETTINGS : 0);
    return 0;
}

/* Where the LMS can tell, ask what has changed since the last reading of grades, or a
 * little before. What it refuses to tell is read. */
static int ask_news(struct pull *p, struct err *e)
{
    struct pull_mark *m = &p->mark;
    struct err own = {0};
    if (m->whole == 1 || m->step > 0 || (p->can & LMS_CHANGES) == 0 ||
        p->lms.ops->changes == NULL || m->grades_ms == 0)
        return 0;
    int64_t since_ms = m->grades_ms > OVERLAP_MS ? m->grades_ms - OVERLAP_MS : 0;
    m->news = 0;
    if (p->lms.ops->changes(&p->lms, p->access.course, since_ms, on_change, p, p->page,
                            &own) == 0) {
        m->news |= PULL_TOLD;
        return 0;
    }
    m->news = 0;
    if (is_final(own.code))
        return 0;
    *e = own;
    return -1;
}

/* Hosts of the platform that may have asked for a rest. */
static struct str host_of(const struct pull *p, int i)
{
    struct str url = i == 0   ? p->course.nrps_url
                     : i == 1 ? p->course.ags_lineitems_url
                              : p->access.lms.base_url;
    return url.n == 0 ? STR_EMPTY : http_host(p->a, url);
}

/* Does one of these hosts rest? Then another time; but whom somebody presses asks once.
 * 0 go on, -1. */
static int heed_rest(struct pull *p, int from, int to, struct err *e)
{
    if (p->job->job->rank == JOB_URGENT)
        return 0;
    for (int i = from; i < to; i++) {
        int64_t until = share_rests(&p->share, host_of(p, i), e);
        if (until != 0)
            return until < 0 ? -1 : job_give_turn(p->job, until, e);
    }
    return 0;
}

/* All calls of the platform are taken: a little later. 0 go on, -1. */
static int take_share(struct pull *p, struct err *e)
{
    int rc = share_take(&p->share, SHARE, e);
    if (rc == 0)
        return job_give_turn(p->job, env_now_ms(p->job->env) + BUSY_MS, e);
    return rc < 0 ? -1 : 0;
}

static int finish(struct pull *p, struct err *e)
{
    struct learn l = pull_learn(p, p->page);
    for (int i = 0; i < 3; i++)
        if (share_well(&p->share, host_of(p, i), e) != 0)
            return -1;
    if (p->mark.failed.n == 0 &&
        outbox_revive(p->job->db, p->course.tenant_id, p->course.id,
                      env_now_ms(p->job->env), e) != 0)
        return -1;
    if (p->mark.whole == 1 && reading_done(&l, p->mark.run_ms, e) != 0)
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

static int run(struct pull *p, struct err *e)
{
    int ready = sync_platform(p->job->db, p->a, p->course.registration_id,
                              p->course.deployment_id, &p->reg, &p->platform, e);
    if (ready != 1)
        return ready;
    p->share.registration_id = p->reg.id;
    if (heed_rest(p, 0, 2, e) != 0 || take_share(p, e) != 0 || load(p, e) != 0 ||
        open_lms(p, e) < 0 || heed_rest(p, 2, 3, e) != 0 || ask_news(p, e) != 0)
        return -1;
    while (p->mark.step < PULL_END)
        if (pull_turn(p, e) != 0 || run_step(p, e) != 0)
            return -1;
    return finish(p, e);
}

/* The platform asked us to slow down: it rests, and so does this job. */
static void heed(struct pull *p)
{
    int64_t until = share_slowed(&p->share), now = env_now_ms(p->job->env);
    if (until > now && p->job->wait_ms < until - now)
        p->job->wait_ms = until - now;
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
    p.share = (struct share){.job = c, .app = p.app};
    http_on_wait(p.app->http, on_wait, &p);
    int rc = run(&p, e);
    http_on_wait(p.app->http, NULL, NULL);
    heed(&p);
    share_drop(&p.share);
    arena_free(p.batch);
    arena_free(p.page);
    return rc;
}

int pull_tick_job(struct job_ctx *c, struct err *e)
{
    const struct sync_app *app = c->app;
    return reading_tick(c->db, c->env, app->learn.conf, c->arena, e) < 0 ? -1 : 0;
}
