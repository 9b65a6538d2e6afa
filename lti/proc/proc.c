#include "proc/proc.h"

#include "base/log.h"
#include "proc/jobworker.h"
#include "proc/sandbox.h"
#include "proc/setup.h"
#include "proc/webworker.h"
#include "web/fcgi.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOTS_MAX 700     /* two generations of the most that conf.def allows */
#define OLD_MAX 8         /* reloads under way at one time */
#define LIVED_MS 1000     /* a worker that died sooner waits before it is started again */
#define PAUSE_FIRST_MS 50 /* doubles with each early death ... */
#define PAUSE_MOST_MS 5000

enum kind { WEB, JOB };

/* One worker that should be running, or that is being ended. */
struct slot {
    enum kind kind;
    pid_t pid; /* 0: not running */
    int64_t started_ms;
    int64_t start_ms; /* not before */
    int64_t pause_ms;
    bool leaving;    /* told to stop; not started again */
    int64_t kill_ms; /* and killed if still there then */
};

struct master {
    const struct proc_opt *opt;
    struct setup *setup;
    struct setup
        *old[OLD_MAX]; /* of workers that are leaving; freed when all have left */
    size_t old_n;
    struct metrics *metrics;
    int listen_fd;
    sigset_t signals;
    struct slot slot[SLOTS_MAX];
    size_t slot_n;
    bool stopping;
};

/* The master's own clock: pauses and time-outs, no result depends on it. */
static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int run_child(struct master *m, enum kind kind, pid_t master)
{
    /* A master that was killed takes its workers with it: no orphan serves old code. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != master)
        return 0;
    sandbox_enter();
    if (kind == WEB)
        return webworker_run(m->setup, m->metrics, m->listen_fd);
    return jobworker_run(m->setup, m->opt->jobs, m->metrics);
}

static void start(struct master *m, struct slot *s)
{
    pid_t master = getpid();
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_child(m, s->kind, master));
    s->started_ms = monotonic_ms();
    s->pid = pid;
    if (pid < 0) {
        s->pid = 0;
        s->start_ms = s->started_ms + PAUSE_MOST_MS;
        log_put(LOG_ERROR, "proc.fork", KVI("errno", errno));
    }
}

static void add_slots(struct master *m, enum kind kind, int64_t n)
{
    for (int64_t i = 0; i < n && m->slot_n < SLOTS_MAX; i++)
        m->slot[m->slot_n++] = (struct slot){.kind = kind};
}

static void add_workers(struct master *m)
{
    const struct conf *c = &m->setup->conf;
    if (m->opt->role != PROC_WORKER)
        add_slots(m, WEB, setup_web_workers(m->setup));
    if (m->opt->role != PROC_WEB)
        add_slots(m, JOB, c->job_workers);
}

static void start_due(struct master *m)
{
    int64_t now = monotonic_ms();
    for (size_t i = 0; i < m->slot_n; i++) {
        struct slot *s = &m->slot[i];
        if (s->pid == 0 && !s->leaving && now >= s->start_ms)
            start(m, s);
    }
}

static void leave_all(struct master *m)
{
    int64_t kill_ms = monotonic_ms() + m->setup->conf.grace_s * 1000;
    for (size_t i = 0; i < m->slot_n; i++) {
        struct slot *s = &m->slot[i];
        if (!s->leaving) {
            s->leaving = true;
            s->kill_ms = kill_ms;
        }
        if (s->pid > 0)
            kill(s->pid, SIGTERM);
    }
}

static void kill_late(struct master *m)
{
    int64_t now = monotonic_ms();
    for (size_t i = 0; i < m->slot_n; i++) {
        struct slot *s = &m->slot[i];
        if (s->pid > 0 && s->leaving && now >= s->kill_ms) {
            log_put(LOG_WARN, "proc.kill", KVI("pid", s->pid));
            kill(s->pid, SIGKILL);
            s->kill_ms = now + 1000;
        }
    }
}

/* A worker ended: forget it if it was told to, else plan when to start it again. */
static void ended(struct master *m, struct slot *s, int status)
{
    int64_t now = monotonic_ms();
    bool early = now - s->started_ms < LIVED_MS;
    s->pid = 0;
    if (s->leaving)
        return;
    s->pause_ms = !early ? 0 : s->pause_ms == 0 ? PAUSE_FIRST_MS : s->pause_ms * 2;
    if (s->pause_ms > PAUSE_MOST_MS)
        s->pause_ms = PAUSE_MOST_MS;
    s->start_ms = now + s->pause_ms;
    metrics_add(m->metrics, METRIC_RESPAWNS, 1);
    log_put(LOG_WARN, "proc.respawn", KVZ("role", s->kind == WEB ? "web" : "job"),
            KVI("status", status), KVI("pause_ms", s->pause_ms));
}

static void reap(struct master *m)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < m->slot_n; i++)
            if (m->slot[i].pid == pid)
                ended(m, &m->slot[i], status);
    size_t kept = 0;
    for (size_t i = 0; i < m->slot_n; i++)
        if (m->slot[i].pid != 0 || !m->slot[i].leaving)
            m->slot[kept++] = m->slot[i];
    m->slot_n = kept;
}

static bool any_leaving(const struct master *m)
{
    for (size_t i = 0; i < m->slot_n; i++)
        if (m->slot[i].leaving)
            return true;
    return false;
}

static void free_old(struct master *m)
{
    while (m->old_n > 0)
        setup_free(m->old[--m->old_n]);
}

/* SIGHUP. A configuration that does not load changes nothing. */
static void reload(struct master *m)
{
    struct err e = {0};
    if (m->stopping || m->old_n == OLD_MAX)
        return;
    struct setup *fresh = setup_load(m->opt, &e);
    if (fresh == NULL) {
        log_err(LOG_ERROR, "proc.reload", &e);
        return;
    }
    leave_all(m);
    m->old[m->old_n++] = m->setup;
    m->setup = fresh;
    add_workers(m);
    start_due(m);
    log_put(LOG_INFO, "proc.reloaded", KVI("workers", (int64_t)m->slot_n));
}

/* When the next thing is due although no signal comes; at most a minute away. */
static int64_t next_wait_ms(const struct master *m)
{
    int64_t now = monotonic_ms(), wait = 60000;
    for (size_t i = 0; i < m->slot_n; i++) {
        const struct slot *s = &m->slot[i];
        int64_t at = s->leaving ? s->kill_ms : s->start_ms;
        if ((s->leaving || s->pid == 0) && at - now < wait)
            wait = at - now;
    }
    return wait < 0 ? 0 : wait;
}

static void wait_for_signal(struct master *m)
{
    int64_t ms = next_wait_ms(m);
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    int sig = sigtimedwait(&m->signals, NULL, &t);
    if (sig == SIGHUP)
        reload(m);
    if ((sig == SIGTERM || sig == SIGINT) && !m->stopping) {
        m->stopping = true;
        leave_all(m);
    }
}

static void supervise(struct master *m)
{
    while (!m->stopping || m->slot_n > 0) {
        start_due(m);
        wait_for_signal(m);
        reap(m);
        kill_late(m);
        if (!any_leaving(m))
            free_old(m);
    }
}

/* All signals that the master waits for are blocked from here on, in children too. */
static void block_signals(struct master *m)
{
    sigemptyset(&m->signals);
    sigaddset(&m->signals, SIGTERM);
    sigaddset(&m->signals, SIGINT);
    sigaddset(&m->signals, SIGHUP);
    sigaddset(&m->signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &m->signals, NULL);
}

static int open_master(struct master *m, struct err *e)
{
    m->setup = setup_load(m->opt, e);
    m->metrics = metrics_new(e);
    if (m->setup == NULL || m->metrics == NULL)
        return -1;
    const struct conf *c = &m->setup->conf;
    if (m->opt->role == PROC_WORKER)
        return 0;
    m->listen_fd = fcgi_listen(m->setup->a, c->listen, c->socket_group, e);
    return m->listen_fd < 0 ? -1 : 0;
}

int proc_run(const struct proc_opt *opt, struct err *e)
{
    struct master *m = calloc(1, sizeof *m);
    INVARIANT(m != NULL);
    m->opt = opt;
    m->listen_fd = -1;
    int rc = open_master(m, e);
    if (rc == 0) {
        block_signals(m);
        add_workers(m);
        log_put(LOG_INFO, "proc.start", KVI("workers", (int64_t)m->slot_n),
                KV("listen", m->setup->conf.listen));
        supervise(m);
        log_put(LOG_INFO, "proc.end", KVI("workers", 0));
    }
    if (m->listen_fd >= 0)
        close(m->listen_fd);
    free_old(m);
    setup_free(m->setup);
    metrics_free(m->metrics);
    free(m);
    return rc;
}
