#include "sync/openway.h"

#include "base/log.h"
#include "store/gate.h"
#include "store/registration.h"
#include "store/source.h"

#define WORK_N ((size_t)64 << 20)
#define BUSY_MS 1000
#define FIRST_MS INT64_C(15000)
#define MOST_MS (INT64_C(15) * 60000)
#define DENIED_MS (INT64_C(10) * 60000) /* an administrator may mend it */
#define DENIED_MOST_MS (INT64_C(6) * 3600000)

/* While a call waits for the LMS: keep the claim, and let go when the worker ends. */
static int on_wait(void *ctx)
{
    struct openway *w = ctx;
    share_keep(&w->share);
    return job_beat(w->job, w->done, 0, STR("letting students in"), NULL);
}

/* Those that are active, and may be asked now (or `all`). */
static int load(struct openway *w, bool all, struct err *e)
{
    int64_t now_ms = env_now_ms(w->job->env);
    struct opening *rows;
    size_t n;
    if (opening_list(w->job->db, w->a, w->course.tenant_id, w->course.id, &rows, &n, e) <
            0 ||
        gate_list(w->job->db, w->a, w->course.tenant_id, w->course.id, &w->gates,
                  &w->gates_n, e) < 0)
        return -1;
    w->rows = rows;
    for (size_t i = 0; i < n; i++)
        if (str_is(rows[i].state, "active") && (all || rows[i].next_ms <= now_ms))
            rows[w->n++] = rows[i];
    return (int)(w->n > 0);
}

int openway_begin(struct openway *w, struct job_ctx *job, bool all, struct err *e)
{
    struct registration reg;
    struct svc_platform platform;
    int64_t course_id;
    *w = (struct openway){.job = job, .app = job->app, .a = job->arena};
    w->one = arena_new(WORK_N);
    w->share = (struct share){.job = job, .app = w->app};
    http_on_wait(w->app->http, on_wait, w);
    if (!str_i64(job->job->key, &course_id)) {
        job->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no course");
    }
    int found = course_get(job->db, w->a, job->job->tenant_id, course_id, &w->course, e);
    if (found == 1)
        found = sync_platform(job->db, w->a, w->course.registration_id,
                              w->course.deployment_id, &reg, &platform, e);
    return found == 1 ? load(w, all, e) : found;
}

int openway_end(struct openway *w, int rc, struct err *e)
{
    http_on_wait(w->app->http, NULL, NULL);
    if (rc == 0 && w->open == 1)
        rc = share_well(&w->share, http_host(w->a, w->access.lms.base_url), e);
    share_drop(&w->share);
    arena_free(w->one);
    if (rc != 0 || w->n == 0)
        return rc;
    int64_t tenant = w->course.tenant_id, now_ms = env_now_ms(w->job->env);
    return w->failed.n == 0 ? source_ok(w->job->db, tenant, w->course.id, STR("gates"),
                                        now_ms, w->done, w->waiting, e)
                            : source_failed(w->job->db, tenant, w->course.id,
                                            STR("gates"), now_ms, w->failed, e);
}

bool openway_is_ours(enum err_code code)
{
    return code == ERR_BUSY || code == ERR_CONFLICT || code == ERR_INTERNAL;
}

/* A share of the platform's calls, the credential, and a host that does not rest. */
static int enter(struct openway *w, struct err *e)
{
    int64_t now_ms = env_now_ms(w->job->env);
    w->share.registration_id = w->course.registration_id;
    int taken = share_take(&w->share, 1, e);
    if (taken <= 0)
        return taken < 0 ? -1 : job_give_turn(w->job, now_ms + BUSY_MS, e);
    w->open = access_open(w->app, w->job->db, w->job->env, &w->course, &w->access, w->a,
                          &w->why);
    if (w->open == 0)
        err_set(&w->why, ERR_DENIED,
                "Waymark has no access to the learning site's own services; an "
                "administrator gives it");
    if (w->open != 1)
        return 0;
    int64_t until = share_rests(&w->share, http_host(w->a, w->access.lms.base_url), e);
    return until == 0 ? 0 : until < 0 ? -1 : job_give_turn(w->job, until, e);
}

int openway_access(struct openway *w, struct err *e)
{
    if (!w->asked && enter(w, e) != 0)
        return -1;
    w->asked = true;
    if (w->open < 0 && (openway_is_ours(w->why.code) || db_is_error(&w->why))) {
        *e = w->why;
        return -1;
    }
    if (w->open != 1)
        return 0;
    if ((w->access.can & LMS_OPEN) != 0)
        return 1;
    err_set(&w->why, ERR_DENIED,
            "the access that was given to Waymark does not let it open anything; the "
            "page about access says which permissions are missing");
    return 0;
}

/* Moodle's columns have their number in the address: .../lineitems/9/lineitem. */
static struct str column_id(struct str url)
{
    struct str id, rest;
    size_t at = str_find(url, STR("/lineitems/"), 0);
    if (at == SIZE_MAX)
        return STR_EMPTY;
    str_cut(str_sub(url, at + 11, url.n), '/', &id, &rest);
    return id;
}

struct str openway_column(const struct openway *w, const struct opening *o)
{
    for (size_t i = 0; i < w->gates_n; i++)
        if (str_eq(w->gates[i].unit, o->unit))
            return w->gates[i].url;
    return STR_EMPTY;
}

struct lms_opening openway_lms(const struct openway *w, const struct opening *o,
                               struct arena *a)
{
    struct lms_opening out = {
        .kind = LMS_BY_GROUP,
        .name = o->lms_name,
        .mark = str_fmt(a, "waymark-open-%lld", (long long)o->opening_id),
        .target = o->target,
        .key = o->lms_key};
    if (str_is(o->way, "override"))
        out.kind = LMS_BY_OVERRIDE;
    if (str_is(o->way, "score")) {
        out.kind = LMS_BY_SCORE;
        out.key = column_id(openway_column(w, o));
    }
    return out;
}

struct str openway_user(const struct openway *w, const struct opening_member *m)
{
    if (m->lms_id.n > 0)
        return m->lms_id;
    return w->access.lms.ops->own_ids ? STR_EMPTY : m->sub;
}

static int64_t grown(int64_t first_ms, int64_t tries, int64_t most_ms)
{
    for (int64_t i = 0; i < tries && first_ms < most_ms; i++)
        first_ms *= 2;
    return first_ms < most_ms ? first_ms : most_ms;
}

int openway_ill(struct openway *w, const struct opening *o, const struct err *why,
                struct err *e)
{
    bool soon = why->code == ERR_UNAVAILABLE;
    int64_t wait_ms = soon ? grown(FIRST_MS, o->tries, MOST_MS)
                           : grown(DENIED_MS, o->tries, DENIED_MOST_MS);
    struct str words = str_c(why->text);
    log_err(LOG_WARN, "open.refused", why);
    if (w->failed.n == 0)
        w->failed = str_dup(w->a, words);
    if (why->code == ERR_DENIED && w->open == 1 &&
        access_doubt(w->job->db, &w->access, e) != 0)
        return -1;
    int64_t next_ms = env_now_ms(w->job->env) + wait_ms;
    if (soon) { /* the next opening need not ask an LMS that does not answer */
        int64_t until = share_slowed(&w->share);
        next_ms = until > next_ms ? until : next_ms;
        w->why = *why;
        w->open = 0;
    }
    if (opening_ill(w->job->db, w->course.tenant_id, o->opening_id, words, next_ms, e) !=
        0)
        return -1;
    /* Behind this run: it has read the old time. */
    struct job_in in = {.tenant_id = w->course.tenant_id,
                        .kind = STR("open.course"),
                        .key = w->job->job->key,
                        .run_ms = next_ms};
    return !soon || job_add(w->job->db, w->job->env, &in, NULL, e) >= 0 ? 0 : -1;
}

int openway_gone(struct openway *w, const struct opening *o, struct err *e)
{
    struct str words =
        str_fmt(w->a,
                "“%.*s” is not in the learning site any more, so nothing can be opened "
                "by it. To have it made again, switch this on again.",
                STR_ARG(o->lms_name));
    if (w->failed.n == 0)
        w->failed = words;
    return opening_gone(w->job->db, w->course.tenant_id, o->opening_id, words,
                        env_now_ms(w->job->env), e);
}
