#include "job/runner.h"

#include "base/log.h"

#define BEAT_MS 1000
#define PATIENCE_MS 1500 /* an idle worker would have taken it by then */

bool job_stopping(const struct job_ctx *c)
{
    return c->stop != NULL && *c->stop != 0;
}

int job_beat(struct job_ctx *c, int64_t done, int64_t total, struct str text,
             struct err *e)
{
    if (job_stopping(c))
        return err_set(e, ERR_BUSY, "the worker stops");
    int64_t now = env_now_ms(c->env);
    int64_t every = c->job->lease_ms / 3 < BEAT_MS ? c->job->lease_ms / 3 : BEAT_MS;
    bool news = total != c->beat_total || done == total;
    if (!news && now - c->beat_ms < every)
        return 0;
    if (job_progress(c->db, c->env, c->job, done, total, text, e) != 0)
        return -1;
    c->beat_ms = now;
    c->beat_total = total;
    return 0;
}

bool job_turn_over(struct job_ctx *c)
{
    int64_t now = env_now_ms(c->env), had = now - c->start_ms;
    if (had < JOB_TURN_LEAST_MS || now - c->looked_ms < BEAT_MS)
        return false;
    c->looked_ms = now;
    if (had >= JOB_TURN_MS)
        return job_others(c->db, now, JOB_SCHEDULE + 1, NULL) == 1;
    int64_t rank = c->job->rank < JOB_NEED ? c->job->rank : JOB_NEED;
    return job_others(c->db, now - PATIENCE_MS, rank, NULL) == 1;
}

int job_give_turn(struct job_ctx *c, int64_t run_ms, struct err *e)
{
    c->gave_turn = true;
    c->again_ms = run_ms;
    return err_set(e, ERR_BUSY, "others go first");
}

/* Did the handler end early because it was asked to? */
static bool gave_way(const struct job_ctx *c, int rc, const struct err *why)
{
    return rc != 0 && why->code == ERR_BUSY && (c->gave_turn || job_stopping(c));
}

static int settle(struct job_ctx *c, int rc, const struct err *why, struct err *e)
{
    if (rc == 0)
        return job_finish(c->db, c->env, c->job, e);
    if (gave_way(c, rc, why) && c->gave_turn)
        return job_yield(c->db, c->env, c->job, c->again_ms, e);
    if (gave_way(c, rc, why))
        return job_release(c->db, c->env, c->job, e);
    return job_fail(c->db, c->env, c->job, c->give_up ? JOB_GIVE_UP : c->wait_ms,
                    str_c(why->text), e);
}

static void tell(const struct job_ctx *c, int rc, const struct err *why, int64_t ms)
{
    const struct job *j = c->job;
    bool way = gave_way(c, rc, why);
    const char *code = rc == 0 ? "job.done" : way ? "job.released" : "job.failed";
    log_put(rc == 0 || way ? LOG_INFO : LOG_WARN, code, KVI("job", j->job_id),
            KV("kind", j->kind), KVI("tenant", j->tenant_id), KVI("attempt", j->attempts),
            KVI("ms", ms), KVZ("why", rc == 0 ? "" : why->text));
}

/* A job that another worker has by now is that worker's; a database that does not answer
 * is the caller's trouble, and the lease will run out. */
static int run(struct job_runner *r, const struct job *j, struct err *e)
{
    const struct job_kind *k =
        job_kind_find(r->worker->kinds, r->worker->kinds_n, j->kind);
    int64_t start = env_now_ms(r->env);
    struct job_ctx c = {.db = r->db,
                        .env = r->env,
                        .arena = r->arena,
                        .job = j,
                        .app = r->app,
                        .stop = r->stop,
                        .beat_ms = start,
                        .start_ms = start};
    struct err why = {0};
    int rc = k != NULL ? k->fn(&c, &why)
                       : err_set(&why, ERR_NOTFOUND, "this version knows no such job");
    tell(&c, rc, &why, env_now_ms(r->env) - start);
    struct err own = {0};
    if (settle(&c, rc, &why, &own) == 0)
        return 1;
    log_err(LOG_WARN, "job.unsettled", &own);
    if (own.code == ERR_CONFLICT)
        return 1;
    return err_set(e, own.code, "%s", own.text);
}

int job_run_one(struct job_runner *r, struct err *e)
{
    struct job j;
    int rc = job_claim(r->db, r->env, r->arena, r->worker, &j, e);
    if (rc == 1)
        rc = run(r, &j, e);
    arena_reset(r->arena);
    return rc;
}
