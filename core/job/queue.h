/* queue.h: work to be done later, at least once, under a lease.
 *
 * A job is named by (tenant, kind, key); of one name at most one is open (ready or
 * running). A worker claims a job for a time, renews while it works, and finishes it.
 * When it dies, the lease runs out and another worker goes on from the checkpoint. So a
 * handler may run twice: what it does must be the same done twice. What a job does is the
 * handler's business (runner.h).
 *
 * Fair turns: by rank first, and of one rank round the tenants, so that one with many
 * jobs does not hold up the others; of one tenant who has waited longest. Every fifth
 * claim takes whoever has waited longest of all, so that no rank starves. A long job
 * gives its turn back (job_turn_over in runner.h). Jobs that call one platform hold at
 * most so many workers (job_worker.lane_most). */
#ifndef WAYMARK_JOB_QUEUE_H
#define WAYMARK_JOB_QUEUE_H

#include "base/env.h"
#include "db/db.h"

#define JOB_TEXT_MAX 65536 /* bytes of a payload or a checkpoint */
#define JOB_ATTEMPTS 8     /* for a kind that does not say */
#define JOB_LEASE_MS 60000 /* for a kind that does not say */

struct job_ctx;

/* A kind of job. The table of kinds is put together in lti/main.c. */
struct job_kind {
    const char *name;
    int (*fn)(struct job_ctx *c, struct err *e); /* see runner.h */
    int64_t lease_ms;                            /* 0: JOB_LEASE_MS */
    int max_attempts;                            /* 0: JOB_ATTEMPTS */
};

/* Who comes first. */
enum job_rank {
    JOB_URGENT = -1, /* somebody waits for it */
    JOB_SERVICE = 0, /* registration, keys, scores, what keeps the house running */
    JOB_NEED = 1,    /* somebody will look at it soon */
    JOB_SCHEDULE = 2 /* the clock asks */
};

struct job_in {
    int64_t tenant_id; /* 0 for the installation's own */
    struct str kind;
    struct str key;     /* what it is about, such as a course id; may be empty */
    struct str payload; /* a JSON object; empty means {} */
    int64_t run_ms;     /* not before; 0 is now */
    bool urgent;        /* somebody waits: JOB_URGENT, and do not sit out a back-off */
    enum job_rank rank;
    bool outside; /* it calls the tenant's platform: counts for job_worker.lane_most */
};

/* Ask for a job. When one of that name is ready, it stays (its payload too) and at most
 * comes earlier, or with a better rank; when it is running, it will run once more.
 * *job_id (may be NULL) becomes the id of the open job. Joins the caller's transaction,
 * or makes its own. 1: added, 0: was open, -1. */
int job_add(struct db *db, struct env *env, const struct job_in *in, int64_t *job_id,
            struct err *e);

/* A claimed job. `attempts` counts this one; together with the holder it is the claim. */
struct job {
    int64_t job_id;
    int64_t tenant_id;
    struct str kind;
    struct str key;
    struct str payload;
    struct str checkpoint; /* what the last attempt left, or empty */
    struct str holder;
    int64_t attempts;
    int64_t max_attempts;
    int64_t lease_ms;
    int64_t rank;
};

/* One worker process. */
struct job_worker {
    struct str holder; /* unique among all workers: job_holder() */
    const struct job_kind *kinds;
    size_t kinds_n;
    int64_t last_tenant; /* where the round stands; start at -1 */
    int64_t lane_most;   /* workers that may call one platform; 0: all */
    int64_t claims;      /* so far */
};

/* A holder's name: host, process and 48 random bits. */
struct str job_holder(struct arena *a, struct env *env);

/* The kind of that name, or NULL. */
const struct job_kind *job_kind_find(const struct job_kind *kinds, size_t n,
                                     struct str name);

/* Claim one due job (after giving back those whose lease ran out). 1: *out is filled from
 * the arena; 0: nothing is due; -1. Opens a transaction of its own. */
int job_claim(struct db *db, struct env *env, struct arena *a, struct job_worker *w,
              struct job *out, struct err *e);

/* The holder's calls. All give ERR_CONFLICT when the claim is lost: then stop, and leave
 * the rest to whoever has it now. Each may run inside the handler's own transaction;
 * job_renew there makes the whole transaction depend on the claim. */

/* Hold on for another lease_ms from now. */
int job_renew(struct db *db, struct env *env, const struct job *j, struct err *e);

/* Renew, and say how far it is; total 0 is unknown. The text is for people. */
int job_progress(struct db *db, struct env *env, const struct job *j, int64_t done,
                 int64_t total, struct str text, struct err *e);

/* Renew, and remember where to go on after a crash. */
int job_checkpoint(struct db *db, struct env *env, const struct job *j,
                   struct str checkpoint, struct err *e);

/* Done; or ready again when it was asked for once more meanwhile. */
int job_finish(struct db *db, struct env *env, const struct job *j, struct err *e);

/* It went wrong; `words` says why, for people. Ready again after a pause that doubles
 * each time (5 s to 1 h, give or take a quarter) and is at least wait_ms; dead after
 * max_attempts or when wait_ms is JOB_GIVE_UP. */
#define JOB_GIVE_UP (-1)
int job_fail(struct db *db, struct env *env, const struct job *j, int64_t wait_ms,
             struct str words, struct err *e);

/* Put it back unharmed, because the worker stops. The attempt does not count. */
int job_release(struct db *db, struct env *env, const struct job *j, struct err *e);

/* Give the turn back: ready again at run_ms (0: now), behind the others, and no longer
 * pressing; what an earlier turn said of its progress stays. The attempt does not
 * count. */
int job_yield(struct db *db, struct env *env, const struct job *j, int64_t run_ms,
              struct err *e);

/* Is a job due since `since_ms` whose rank comes before `rank`? 1, 0 or -1. */
int job_others(struct db *db, int64_t since_ms, int64_t rank, struct err *e);

/* For administrators -------------------------------------------------------------------
 */

/* Run a dead job again, with all its attempts. ERR_NOTFOUND: no dead job of that id.
 * ERR_CONFLICT: one of the same name is open. */
int job_requeue(struct db *db, struct env *env, int64_t job_id, struct err *e);

struct job_stats {
    int64_t ready; /* of which due: */
    int64_t due;
    int64_t running;
    int64_t done;
    int64_t dead;
    int64_t
        oldest_due_ms; /* how long the longest-waiting due job has waited; 0 if none */
};

int job_stats(struct db *db, struct env *env, struct job_stats *out, struct err *e);

struct job_row {
    int64_t job_id;
    int64_t tenant_id;
    struct str kind;
    struct str key;
    struct str state; /* ready, running, done, dead */
    int64_t run_ms;
    int64_t attempts;
    int64_t max_attempts;
    int64_t lease_until_ms;
    int64_t progress_done;
    int64_t progress_total;
    struct str progress_text;
    struct str error; /* of the last attempt, or empty */
    int64_t created_ms;
    int64_t changed_ms;
};

/* Jobs of one state (empty: all), the latest changed first, at most `limit`. */
#define JOB_LIST_MAX 1000
int job_list(struct db *db, struct arena *a, struct str state, int64_t limit,
             struct job_row **rows, size_t *n, struct err *e);

/* One job; ERR_NOTFOUND. */
int job_read(struct db *db, struct arena *a, int64_t job_id, struct job_row *out,
             struct err *e);

/* The job of that name that changed last. 1 found, 0 there is none (any more), -1. */
int job_latest(struct db *db, struct arena *a, int64_t tenant_id, struct str kind,
               struct str key, struct job_row *out, struct err *e);

/* Forget jobs done before `before_ms`, and dead ones before `dead_before_ms`. Returns how
 * many. */
int64_t job_purge(struct db *db, int64_t before_ms, int64_t dead_before_ms,
                  struct err *e);

#endif
