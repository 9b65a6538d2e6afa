#include "sync/publish.h"

#include "base/log.h"
#include "service/ags.h"
#include "store/course.h"
#include "store/outbox.h"
#include "store/registration.h"

#define PAGE 100
#define FIRST_WAIT_MS INT64_C(30000)
#define LAST_WAIT_MS INT64_C(7200000)
#define GIVE_UP_MS (INT64_C(48) * 3600000) /* AGS-8 */

int publish_ask(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                int64_t run_ms, struct err *e)
{
    struct arena *a = arena_new(1 << 16);
    struct job_in in = {.tenant_id = tenant_id,
                        .kind = STR("publish.score"),
                        .key = str_fmt(a, "%lld", (long long)course_id),
                        .run_ms = run_ms};
    int rc = job_add(db, env, &in, NULL, e) < 0 ? -1 : 0;
    arena_free(a);
    return rc;
}

int publish_tick_job(struct job_ctx *c, struct err *e)
{
    struct outbox_course *rows;
    size_t n;
    if (outbox_courses(c->db, c->arena, env_now_ms(c->env), &rows, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (publish_ask(c->db, c->env, rows[i].tenant_id, rows[i].course_id, 0, e) != 0)
            return -1;
    return 0;
}

struct poster {
    struct job_ctx *job;
    struct sync_app *app;
    struct course course;
    struct svc_platform platform;
    int64_t sent;
    bool stopped; /* the platform asks for a pause */
};

/* 30 s, 1 min, 2 min ... 2 h, give or take a quarter; longer when Retry-After says so. */
static int64_t next_try(struct poster *p, const struct outbox_row *row, int64_t retry_s)
{
    int64_t wait = FIRST_WAIT_MS;
    for (int64_t i = 0; i < row->attempts && wait < LAST_WAIT_MS; i++)
        wait *= 2;
    if (wait > LAST_WAIT_MS)
        wait = LAST_WAIT_MS;
    uint32_t r;
    env_random(p->job->env, &r, sizeof r);
    wait += wait * ((int64_t)(r % 512) - 256) / 1024;
    if (retry_s * 1000 > wait)
        wait = retry_s * 1000;
    return env_now_ms(p->job->env) + wait;
}

static int refuse(struct poster *p, const struct outbox_row *row, struct str why,
                  struct err *e)
{
    return outbox_failed(p->job->db, p->course.tenant_id, row->outbox_id, why,
                         env_now_ms(p->job->env), e);
}

static bool may_pass(enum err_code code)
{
    return code == ERR_UNAVAILABLE || code == ERR_BUSY;
}

/* What came of a post that failed: later, or never. */
static int not_sent(struct poster *p, const struct outbox_row *row,
                    const struct ags_receipt *r, const struct err *why, struct arena *a,
                    struct err *e)
{
    int64_t now = env_now_ms(p->job->env);
    if (may_pass(why->code) && now - row->at_ms < GIVE_UP_MS) {
        p->stopped =
            true; /* what does not get through now does not for the next either */
        return outbox_later(p->job->db, p->course.tenant_id, row->outbox_id,
                            next_try(p, row, r->retry_s), str_c(why->text), now, e);
    }
    log_err(LOG_WARN, "publish.refused", why);
    if (why->code == ERR_CONFLICT)
        return refuse(p, row, STR("the grade was edited in the LMS; it stands"), e);
    if (why->code == ERR_NOTFOUND && r->status != 0 &&
        outbox_item_drop(p->job->db, p->course.tenant_id, p->course.id, STR("mastery"),
                         e) != 0)
        return -1; /* else: the column is gone; the next reading makes another */
    return refuse(p, row, str_fmt(a, "%s %.*s", why->text, STR_ARG(r->answer)), e);
}

static int post(struct poster *p, const struct outbox_row *row, struct arena *a,
                struct err *e)
{
    if (!row->gradable) /* AGS-9 */
        return refuse(p, row, STR("not an active student of the course any more"), e);
    struct ags_score score = {
        .user_id = row->sub,
        .has_score = true,
        .given = row->given,
        .maximum = row->maximum,
        .at_ms = row->at_ms,
        .activity = row->given >= row->maximum ? "Completed" : "InProgress",
        .grading = "FullyGraded",
    };
    struct ags_receipt r;
    struct err why = {0};
    if (ags_score_post(&p->app->svc, &p->platform, row->target, &score, row->last_ms, &r,
                       a, &why) != 0)
        return not_sent(p, row, &r, &why, a, e);
    p->sent++;
    return outbox_sent(p->job->db, p->course.tenant_id, row->outbox_id, r.accepted_ms,
                       str_fmt(a, "accepted with status %d", r.status),
                       env_now_ms(p->job->env), e);
}

static int post_page(struct poster *p, const struct outbox_row *rows, size_t n,
                     struct err *e)
{
    struct arena *a = arena_new((size_t)4 << 20);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0 && !p->stopped; i++) {
        rc = post(p, &rows[i], a, e);
        arena_reset(a);
        if (rc == 0)
            rc = job_beat(p->job, p->sent, 0, STR("scores to the LMS"), e);
    }
    arena_free(a);
    return rc;
}

/* 1 ready, 0 the platform is not to be called, -1. */
static int open_poster(struct poster *p, int64_t course_id, struct err *e)
{
    struct db *db = p->job->db;
    struct arena *a = p->job->arena;
    struct registration reg;
    int found = course_get(db, a, p->job->job->tenant_id, course_id, &p->course, e);
    if (found != 1)
        return found;
    return sync_platform(db, a, p->course.registration_id, p->course.deployment_id, &reg,
                         &p->platform, e);
}

static int on_wait(void *ctx)
{
    struct poster *p = ctx;
    return job_beat(p->job, p->sent, 0, STR("scores to the LMS"), NULL);
}

static int post_all(struct poster *p, struct err *e)
{
    struct arena *list = arena_new((size_t)4 << 20);
    size_t n = PAGE;
    int rc = 0;
    while (rc == 0 && n == PAGE && !p->stopped) {
        struct outbox_row *rows;
        rc = outbox_due(p->job->db, list, p->course.tenant_id, p->course.id,
                        env_now_ms(p->job->env), PAGE, &rows, &n, e);
        if (rc == 0)
            rc = post_page(p, rows, n, e);
        arena_reset(list);
    }
    arena_free(list);
    return rc;
}

int publish_score_job(struct job_ctx *c, struct err *e)
{
    struct poster p = {.job = c, .app = c->app};
    int64_t course_id;
    if (!str_i64(c->job->key, &course_id)) {
        c->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    int ready = open_poster(&p, course_id, e);
    if (ready != 1)
        return ready;
    http_on_wait(p.app->http, on_wait, &p);
    int rc = post_all(&p, e);
    http_on_wait(p.app->http, NULL, NULL);
    return rc; /* what waits for its time is asked for by publish.tick */
}
