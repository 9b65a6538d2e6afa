#include "learn/reading.h"

#include "base/vec.h"
#include "store/stmt.h"

#include <stdio.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define AGAIN_MS (5 * MINUTE_MS)   /* pages ask no sooner again */
#define EACH_MS 1000               /* between two courses that fall due together ... */
#define SPREAD_MS (10 * MINUTE_MS) /* ... and at most this for all of them */

/* --- asking ------------------------------------------------------------------ */

struct asking {
    struct env *env;
    int64_t tenant_id;
    int64_t course_id;
    enum reading_why why;
    int64_t run_ms;
    int64_t job_id;
    int added;
};

static int ask(struct db *db, void *ctx, struct err *e)
{
    static const enum job_rank ranks[] = {[READING_PRESSED] = JOB_URGENT,
                                          [READING_ANEW] = JOB_NEED,
                                          [READING_NEED] = JOB_NEED,
                                          [READING_DUE] = JOB_SCHEDULE};
    struct asking *x = ctx;
    char key[24], payload[64];
    int key_n = snprintf(key, sizeof key, "%lld", (long long)x->course_id);
    int n = snprintf(payload, sizeof payload, "{\"tenant\":%lld,\"course\":%lld}",
                     (long long)x->tenant_id, (long long)x->course_id);
    struct job_in in = {.tenant_id = x->tenant_id,
                        .kind = STR("sync.course"),
                        .key = {key, (size_t)key_n},
                        .payload = {payload, (size_t)n},
                        .run_ms = x->run_ms,
                        .urgent = x->why == READING_PRESSED,
                        .rank = ranks[x->why],
                        .outside = true};
    bool anew = x->why == READING_PRESSED || x->why == READING_ANEW;
    if (anew && db_do(db, S_READING_ANEW, e, DB_I(x->tenant_id), DB_I(x->course_id)) < 0)
        return -1;
    x->added = job_add(db, x->env, &in, &x->job_id, e);
    return x->added < 0 ? -1 : 0;
}

int reading_ask(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                enum reading_why why, int64_t run_ms, int64_t *job_id, struct err *e)
{
    struct asking x = {env, tenant_id, course_id, why, run_ms, 0, 0};
    int rc = db_in_tx(db) ? ask(db, &x, e) : db_tx(db, DB_CLAIM, ask, &x, e);
    if (rc != 0)
        return -1;
    if (job_id != NULL)
        *job_id = x.job_id;
    return x.added;
}

/* --- by need ----------------------------------------------------------------- */

bool reading_stale(const struct conf *conf, int64_t begun_ms, int64_t wanted_ms,
                   int64_t now_ms)
{
    return conf->sync_stale > 0 && now_ms - begun_ms > conf->sync_stale * MINUTE_MS &&
           (now_ms - wanted_ms > AGAIN_MS || wanted_ms > now_ms);
}

static int want(struct db *db, void *ctx, struct err *e)
{
    struct learn *l = ctx;
    int64_t now = env_now_ms(l->env);
    int64_t n = db_do(db, S_READING_WANT, e, DB_I(l->tenant_id), DB_I(l->course_id),
                      DB_I(now), DB_I(now - AGAIN_MS));
    if (n <= 0)
        return (int)n;
    return reading_ask(db, l->env, l->tenant_id, l->course_id, READING_NEED, 0, NULL, e) <
                   0
               ? -1
               : 0;
}

int reading_want(struct learn *l, struct err *e)
{
    return db_tx(l->db, DB_CLAIM, want, l, e);
}

/* --- by the clock ------------------------------------------------------------ */

/* The last moment at which a whole reading was due. */
static int64_t boundary(const struct conf *conf, int64_t now_ms)
{
    int64_t every = conf->sync_full_every * HOUR_MS, at = conf->sync_full_at * HOUR_MS;
    return at + (now_ms - at) / every * every;
}

bool reading_whole(const struct conf *conf, const struct course *c, int64_t now_ms)
{
    return c->full_ms < boundary(conf, now_ms);
}

/* "07:30" as minutes, or -1. */
static int64_t minutes_of(struct str text)
{
    struct str hour, minute;
    int64_t h, m;
    if (!str_cut(text, ':', &hour, &minute) || !str_i64(hour, &h) ||
        !str_i64(minute, &m) || h < 0 || h > 24 || m < 0 || m > 59)
        return -1;
    return h * 60 + m;
}

bool reading_quiet(struct str hours, int64_t now_ms)
{
    struct str from, until;
    if (!str_cut(str_trim(hours), '-', &from, &until))
        return false;
    int64_t a = minutes_of(str_trim(from)), b = minutes_of(str_trim(until));
    int64_t now = now_ms % DAY_MS / MINUTE_MS;
    if (a < 0 || b < 0)
        return false;
    return a <= b ? now >= a && now < b : now >= a || now < b;
}

int64_t reading_next(const struct conf *conf, const struct course *c, int64_t now_ms)
{
    int64_t night = boundary(conf, now_ms);
    int64_t next =
        c->map_id == 0 ? INT64_MAX : c->begun_ms + conf->sync_every * MINUTE_MS;
    if (c->full_ms < night && c->begun_ms < night)
        next = night;
    night += conf->sync_full_every * HOUR_MS;
    if (next > night)
        next = night;
    if (next < now_ms)
        next = now_ms;
    for (int64_t i = 0; i < 24 * 60 && reading_quiet(conf->sync_quiet, next); i++)
        next = next - next % MINUTE_MS + MINUTE_MS;
    return next;
}

int reading_state(struct learn *l, const struct conf *conf, struct reading_state *out,
                  struct err *e)
{
    *out = (struct reading_state){0};
    int found = course_get(l->db, l->a, l->tenant_id, l->course_id, &out->course, e);
    if (found != 1)
        return found;
    const struct course *c = &out->course;
    int had = job_latest(l->db, l->a, c->tenant_id, STR("sync.course"),
                         str_fmt(l->a, "%lld", (long long)c->id), &out->job, e);
    if (had < 0 || source_list(l->db, l->a, c->tenant_id, c->id, &out->sources,
                               &out->sources_n, e) != 0)
        return -1;
    if (had == 0)
        out->job = (struct job_row){.progress_text = STR_EMPTY};
    out->open = had == 1 &&
                (str_is(out->job.state, "ready") || str_is(out->job.state, "running"));
    for (size_t i = 0; i < out->sources_n; i++)
        out->pending += out->sources[i].pending_n > 0 ? out->sources[i].pending_n : 0;
    if (!out->open)
        out->next_ms = reading_next(conf, c, env_now_ms(l->env));
    return 1;
}

struct due {
    int64_t tenant_id;
    int64_t course_id;
};

int reading_tick(struct db *db, struct env *env, const struct conf *conf, struct arena *a,
                 struct err *e)
{
    struct vec v;
    int64_t now = env_now_ms(env);
    if (reading_quiet(conf->sync_quiet, now))
        return 0;
    vec_init(&v, a, sizeof(struct due));
    struct db_rows *r =
        db_ask(db, S_READING_DUE, e, DB_I(now - conf->sync_every * MINUTE_MS),
               DB_I(boundary(conf, now)));
    if (r == NULL)
        return -1;
    int more;
    while ((more = db_next(r, e)) == 1)
        *(struct due *)vec_push(&v) = (struct due){db_i64(r, 0), db_i64(r, 1)};
    db_end(r);
    const struct due *rows = v.p;
    int64_t each = v.n * EACH_MS > SPREAD_MS ? SPREAD_MS / (int64_t)v.n : EACH_MS;
    for (size_t i = 0; i < v.n && more == 0; i++)
        if (reading_ask(db, env, rows[i].tenant_id, rows[i].course_id, READING_DUE,
                        now + (int64_t)i * each, NULL, e) < 0)
            more = -1;
    return more < 0 ? -1 : (int)v.n;
}

/* --- what came of it --------------------------------------------------------- */

int reading_begun(struct learn *l, int64_t run_ms, struct err *e)
{
    return db_do(l->db, S_READING_BEGUN, e, DB_I(l->tenant_id), DB_I(l->course_id),
                 DB_I(run_ms)) < 0
               ? -1
               : 0;
}

int reading_done(struct learn *l, int64_t run_ms, struct err *e)
{
    return db_do(l->db, S_READING_WHOLE, e, DB_I(l->tenant_id), DB_I(l->course_id),
                 DB_I(run_ms)) < 0
               ? -1
               : 0;
}

int reading_fell_due(struct learn *l, int64_t since_ms, int64_t now_ms, struct err *e)
{
    struct db_rows *r =
        db_ask(l->db, S_READING_FELL_DUE, e, DB_I(l->tenant_id), DB_I(l->course_id),
               DB_I(since_ms), DB_I(now_ms), DB_I(DAY_MS));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        rc = db_i64(r, 0) != 0;
    db_end(r);
    return rc;
}
