#include "sync/publish.h"

#include "net/http.h"
#include "service/ags.h"
#include "store/registration.h"
#include "sync/deliver.h"
#include "sync/share.h"

#define ROUND_N 10 /* scores of one course before the next course's turn */
#define TURN_N 300 /* scores of one job before other jobs' turn */
#define TURN_MS 15000
#define BUSY_MS 2000              /* until it looks again for a free call */
#define DENIED_MS INT64_C(900000) /* a course whose LMS does not let us */

int publish_ask(struct db *db, struct env *env, int64_t tenant_id, int64_t run_ms,
                struct err *e)
{
    struct job_in in = {.tenant_id = tenant_id,
                        .kind = STR("publish.score"),
                        .run_ms = run_ms,
                        .outside = true};
    return job_add(db, env, &in, NULL, e) < 0 ? -1 : 0;
}

int publish_tick_job(struct job_ctx *c, struct err *e)
{
    int64_t *tenants;
    size_t n;
    if (outbox_tenants(c->db, c->arena, env_now_ms(c->env), &tenants, &n, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (publish_ask(c->db, c->env, tenants[i], 0, e) != 0)
            return -1;
    return 0;
}

/* One job's turn. */
struct turn {
    struct job_ctx *job;
    struct sync_app *app;
    int64_t tenant_id;
    int64_t began_ms;
    int64_t sent;
    int64_t next_ms;    /* when a pause ends: then there is more to do; 0: none */
    struct share share; /* of the platform's calls: one */
    struct arena *a;    /* of one course's round */
    struct arena *one;  /* of one score */
};

static int on_wait(void *ctx)
{
    struct turn *t = ctx;
    share_keep(&t->share);
    return job_beat(t->job, t->sent, 0, STR("scores to the LMS"), NULL);
}

static bool is_over(const struct turn *t)
{
    return t->sent >= TURN_N || env_now_ms(t->job->env) - t->began_ms >= TURN_MS;
}

static void note_pause(struct turn *t, int64_t until_ms)
{
    if (t->next_ms == 0 || until_ms < t->next_ms)
        t->next_ms = until_ms;
}

/* A pause of one course has this for a host. */
static struct str course_pause(const struct turn *t, int64_t course_id)
{
    return str_fmt(t->a, "course:%lld", (long long)course_id);
}

/* 1 it may be posted to, 0 not now, -1. What the launches do not offer is not asked for
 * (SVC-6). */
static int open_course(struct turn *t, struct deliver *d, struct course *course,
                       struct svc_platform *platform, int64_t course_id, struct err *e)
{
    struct db *db = t->job->db;
    struct registration reg;
    struct outbox_pause pause;
    int found = course_get(db, t->a, t->tenant_id, course_id, course, e);
    if (found == 1)
        found = sync_platform(db, t->a, course->registration_id, course->deployment_id,
                              &reg, platform, e);
    if (found != 1 || !ags_offers(course->ags_scopes, SCOPE_SCORE))
        return found < 0 ? -1 : 0;
    *d = (struct deliver){.job = t->job,
                          .app = t->app,
                          .course = course,
                          .platform = platform,
                          .canvas = str_is(reg.product_family, "canvas"),
                          .host = http_host(t->a, course->ags_lineitems_url)};
    if (outbox_pause_get(db, platform->registration_id, d->host, &pause, e) != 0)
        return -1;
    d->strikes = pause.strikes;
    if (pause.until_ms > env_now_ms(t->job->env)) {
        note_pause(t, pause.until_ms);
        return 0;
    }
    if (outbox_pause_get(db, platform->registration_id, course_pause(t, course_id),
                         &pause, e) != 0)
        return -1;
    return pause.until_ms <= env_now_ms(t->job->env);
}

/* One of the calls that the platform gets at one time. 1 it is ours, 0 not now, -1. */
static int take_share(struct turn *t, const struct svc_platform *platform, struct err *e)
{
    if (t->share.n > 0)
        return 1;
    t->share.registration_id = platform->registration_id;
    int rc = share_take(&t->share, 1, e);
    if (rc == 0)
        note_pause(t, env_now_ms(t->job->env) + BUSY_MS);
    return rc;
}

/* A few scores of one course. 1: something was done, 0: nothing could be, -1. */
static int round_of(struct turn *t, int64_t course_id, struct err *e)
{
    struct course course;
    struct svc_platform platform;
    struct deliver d;
    struct outbox_row *rows;
    size_t n, done = 0;
    arena_reset(t->a);
    int rc = open_course(t, &d, &course, &platform, course_id, e);
    if (rc == 1)
        rc = take_share(t, &platform, e);
    if (rc != 1)
        return rc;
    if (outbox_due(t->job->db, t->a, t->tenant_id, course_id, env_now_ms(t->job->env),
                   ROUND_N, &rows, &n, e) != 0)
        return -1;
    for (; done < n && !d.course_over && d.pause_until == 0; done++) {
        arena_reset(t->one);
        if (deliver_score(&d, &rows[done], t->one, e) != 0 || on_wait(t) != 0)
            return -1;
    }
    t->sent += d.sent;
    if (d.pause_until > 0)
        note_pause(t, d.pause_until);
    struct outbox_pause denied = {env_now_ms(t->job->env) + DENIED_MS, 1};
    if (d.course_over && outbox_pause_put(t->job->db, platform.registration_id,
                                          course_pause(t, course_id), &denied, e) != 0)
        return -1;
    return done > 0 && d.pause_until == 0 && !d.course_over;
}

/* Round and round the courses, as long as one of them gets on. */
static int take_turns(struct turn *t, struct err *e)
{
    int64_t course_id = 0;
    bool moved = false;
    while (!is_over(t)) {
        course_id = outbox_course_after(t->job->db, t->tenant_id, course_id,
                                        env_now_ms(t->job->env), e);
        if (course_id < 0)
            return -1;
        if (course_id == 0 && !moved)
            return t->next_ms > 0
                       ? publish_ask(t->job->db, t->job->env, t->tenant_id, t->next_ms, e)
                       : 0;
        if (course_id == 0) {
            moved = false;
            continue;
        }
        int rc = round_of(t, course_id, e);
        if (rc < 0)
            return -1;
        moved = moved || rc == 1;
    }
    return publish_ask(t->job->db, t->job->env, t->tenant_id, env_now_ms(t->job->env), e);
}

int publish_score_job(struct job_ctx *c, struct err *e)
{
    struct turn t = {.job = c,
                     .app = c->app,
                     .tenant_id = c->job->tenant_id,
                     .began_ms = env_now_ms(c->env),
                     .share = {.job = c, .app = c->app},
                     .a = arena_new((size_t)4 << 20),
                     .one = arena_new((size_t)64 << 20)};
    http_on_wait(t.app->http, on_wait, &t);
    int rc = take_turns(&t, e);
    http_on_wait(t.app->http, NULL, NULL);
    share_drop(&t.share);
    arena_free(t.one);
    arena_free(t.a);
    return rc; /* what waits for its own time is asked for by publish.tick */
}
