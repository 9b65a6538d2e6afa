#include "proc/jobworker.h"

#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#define JOB_CAP ((size_t)64 * 1024 * 1024)
#define IDLE_MS 500    /* between two looks at an empty queue */
#define BROKEN_MS 2000 /* between two tries while the database does not answer */
#define TICK_MS 1000

/* Set by the handler of SIGTERM; job_ctx.stop points here. */
static volatile sig_atomic_t stopping;

struct worker {
    const struct setup *setup;
    const struct proc_jobs *jobs;
    struct metrics *metrics;
    struct env env;
    struct arena *life;
    struct arena *job;
    struct db *db;
    void *app;
    struct job_worker claim;
    int64_t tick_ms; /* when the schedule was last looked at */
};

static void stop(int signal_number)
{
    (void)signal_number;
    stopping = 1;
}

static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = stop};
    sigaction(SIGTERM, &act, NULL);
    act.sa_handler = SIG_IGN;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    sigaction(SIGPIPE, &act, NULL);
}

/* Wait, but not past a SIGTERM: it is blocked except in here and while a job runs. */
static void pause_ms(int ms)
{
    sigset_t none;
    sigemptyset(&none);
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    if (!stopping)
        pselect(0, NULL, NULL, NULL, &t, &none);
}

static int open_worker(struct worker *w, struct err *e)
{
    const struct setup *s = w->setup;
    env_system(&w->env);
    w->life = arena_new(JOB_CAP);
    w->job = arena_new(JOB_CAP);
    w->db = setup_db(s, e);
    if (w->db == NULL)
        return -1;
    w->claim = (struct job_worker){.holder = job_holder(w->life, &w->env),
                                   .kinds = w->jobs->kinds,
                                   .kinds_n = w->jobs->kinds_n,
                                   .last_tenant = -1,
                                   .lane_most = (s->conf.job_workers + 1) / 2};
    if (w->jobs->open == NULL)
        return 0;
    w->app = w->jobs->open(&s->conf, w->db, &w->env, &s->keys, w->metrics, e);
    return w->app == NULL ? -1 : 0;
}

static void close_worker(struct worker *w)
{
    if (w->app != NULL && w->jobs->close != NULL)
        w->jobs->close(w->app);
    if (w->db != NULL)
        db_close(w->db);
    arena_free(w->job);
    arena_free(w->life);
}

static int run_one(struct worker *w, struct err *e)
{
    struct job_runner r = {.db = w->db,
                           .env = &w->env,
                           .arena = w->job,
                           .worker = &w->claim,
                           .app = w->app,
                           .stop = &stopping};
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &term, NULL); /* so that a job sees the flag in time */
    int rc = job_run_one(&r, e);
    sigprocmask(SIG_BLOCK, &term, NULL);
    arena_reset(w->job);
    return rc;
}

static int tick(struct worker *w, struct err *e)
{
    int64_t now = env_now_ms(&w->env);
    if (now >= w->tick_ms && now < w->tick_ms + TICK_MS)
        return 0;
    w->tick_ms = now;
    return schedule_tick(w->db, &w->env, w->jobs->schedule, w->jobs->schedule_n, e);
}

int jobworker_run(const struct setup *s, const struct proc_jobs *jobs,
                  struct metrics *metrics)
{
    struct err e = {0};
    struct worker w = {.setup = s, .jobs = jobs, .metrics = metrics};
    catch_signals();
    int rc = open_worker(&w, &e);
    if (rc != 0)
        log_err(LOG_ERROR, "job.worker", &e);
    while (rc == 0 && !stopping) {
        int ran = tick(&w, &e) < 0 ? -1 : run_one(&w, &e);
        if (ran < 0)
            log_err(LOG_WARN, "job.database", &e);
        if (ran > 0)
            metrics_add(metrics, METRIC_JOBS, 1);
        else
            pause_ms(ran < 0 ? BROKEN_MS : IDLE_MS);
    }
    close_worker(&w);
    return rc == 0 ? 0 : 1;
}
