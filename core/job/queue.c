#include "job/queue.h"

#include "base/crypt.h"
#include "store/stmt.h"

#include <string.h>
#include <unistd.h>

#define BACKOFF_MS 5000
#define BACKOFF_MAX_MS 3600000
#define WORDS_MAX 500 /* bytes of an error kept in a row */
#define GATE 706117   /* the advisory lock of claims on PostgreSQL; any number */
#define TURNS 5       /* so often who has waited longest comes first */

/* Words for people, as they fit into a row. */
static struct str sayable(struct str s)
{
    if (str_has_nul(s) || !str_utf8(s))
        return STR("(The reason was no readable text.)");
    if (s.n <= WORDS_MAX)
        return s;
    size_t n = WORDS_MAX;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--; /* not in the middle of a character */
    return str_sub(s, 0, n);
}

/* Adding ----------------------------------------------------------------------------- */

struct adding {
    struct env *env;
    const struct job_in *in;
    int64_t own_id;
    int64_t job_id;
};

static int add(struct db *db, void *ctx, struct err *e)
{
    struct adding *a = ctx;
    const struct job_in *in = a->in;
    int64_t now = env_now_ms(a->env);
    int64_t rank = in->urgent ? JOB_URGENT : in->rank;
    a->own_id = env_id(a->env);
    struct db_rows *r =
        db_ask(db, S_JOB_ADD, e, DB_I(a->own_id), DB_I(in->tenant_id), DB_T(in->kind),
               DB_T(in->key), DB_T(in->payload.n > 0 ? in->payload : STR("{}")),
               DB_I(in->run_ms > 0 ? in->run_ms : now), DB_I(now), DB_I(in->urgent),
               DB_I(rank), DB_I(in->outside));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    a->job_id = rc == 1 ? db_i64(r, 0) : 0;
    db_end(r);
    return rc == 1 ? 0 : -1;
}

int job_add(struct db *db, struct env *env, const struct job_in *in, int64_t *job_id,
            struct err *e)
{
    if (in->kind.n == 0)
        return err_set(e, ERR_INPUT, "a job needs a kind");
    if (in->payload.n > JOB_TEXT_MAX)
        return err_set(e, ERR_LIMIT, "job %.*s: the payload is too long",
                       STR_ARG(in->kind));
    struct adding a = {.env = env, .in = in};
    int rc = db_in_tx(db) ? add(db, &a, e) : db_tx(db, DB_CLAIM, add, &a, e);
    if (rc != 0)
        return -1;
    if (job_id != NULL)
        *job_id = a.job_id;
    return a.job_id == a.own_id;
}

/* Claiming --------------------------------------------------------------------------- */

struct str job_holder(struct arena *a, struct env *env)
{
    char host[65] = "";
    unsigned char bits[6];
    gethostname(host, sizeof host - 1);
    env_random(env, bits, sizeof bits);
    struct str hex = crypt_hex(a, (struct str){(const char *)bits, sizeof bits});
    return str_fmt(a, "%s:%d:%.*s", host, (int)getpid(), STR_ARG(hex));
}

const struct job_kind *job_kind_find(const struct job_kind *kinds, size_t n,
                                     struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

struct claiming {
    struct env *env;
    struct arena *a;
    struct job_worker *w;
    struct job *out;
    int found;
};

/* 1: *out is what the statement found; 0: there is none. */
static int take_row(struct claiming *c, struct db_rows *r, struct err *e)
{
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *c->out = (struct job){
            .job_id = db_i64(r, 0),
            .tenant_id = db_i64(r, 1),
            .kind = str_dup(c->a, db_text(r, 2)),
            .key = str_dup(c->a, db_text(r, 3)),
            .payload = str_dup(c->a, db_text(r, 4)),
            .checkpoint = str_dup(c->a, db_text(r, 5)),
            .attempts = db_i64(r, 6),
            .max_attempts = db_i64(r, 7),
            .rank = db_i64(r, 8),
        };
    db_end(r);
    return rc;
}

/* The next one by rank and round the tenants. */
static int look(struct db *db, struct claiming *c, int64_t now, struct err *e)
{
    int64_t most = c->w->lane_most > 0 ? c->w->lane_most : INT64_MAX;
    int rc = 0;
    if (c->w->claims % TURNS == TURNS - 1)
        return take_row(c, db_ask(db, S_JOB_LONGEST, e, DB_I(now), DB_I(most)), e);
    for (int64_t rank = JOB_URGENT; rank <= JOB_SCHEDULE && rc == 0; rank++) {
        int64_t after = c->w->last_tenant;
        for (; rc == 0 && after >= -1; after = after >= 0 ? -1 : -2)
            rc = take_row(
                c,
                db_ask(db, S_JOB_NEXT, e, DB_I(now), DB_I(most), DB_I(rank), DB_I(after)),
                e);
    }
    return rc;
}

/* Until the end of the transaction. */
static int gate(struct db *db, struct err *e)
{
    struct db_rows *r = db_ask(db, S_JOB_GATE, e, DB_I(GATE));
    int rc = r == NULL ? -1 : db_next(r, e);
    db_end(r);
    return rc == 1 ? 0 : -1;
}

/* Kinds say how long a lease is and how many attempts there are; the row keeps the
 * latter. */
static void settle(struct job *j, const struct job_worker *w)
{
    const struct job_kind *k = job_kind_find(w->kinds, w->kinds_n, j->kind);
    j->holder = w->holder;
    j->attempts++;
    j->lease_ms = k != NULL && k->lease_ms > 0 ? k->lease_ms : JOB_LEASE_MS;
    j->max_attempts = k != NULL && k->max_attempts > 0 ? k->max_attempts : JOB_ATTEMPTS;
}

static int claim(struct db *db, void *ctx, struct err *e)
{
    struct claiming *c = ctx;
    int64_t now = env_now_ms(c->env);
    c->found = 0;
    if (gate(db, e) != 0 || db_do(db, S_JOB_REAP, e, DB_I(now)) < 0)
        return -1;
    int rc = look(db, c, now, e);
    if (rc <= 0)
        return rc;
    settle(c->out, c->w);
    int64_t n =
        db_do(db, S_JOB_CLAIM, e, DB_I(c->out->job_id), DB_T(c->w->holder),
              DB_I(now + c->out->lease_ms), DB_I(c->out->max_attempts), DB_I(now));
    c->found = n == 1;
    return n < 0 ? -1 : 0;
}

/* Waiting workers ask often; they must not keep writers out of SQLite for nothing. */
static int worth_it(struct db *db, struct env *env, struct err *e)
{
    struct db_rows *r = db_ask(db, S_JOB_PEEK, e, DB_I(env_now_ms(env)));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        rc = db_i64(r, 0) != 0 || db_i64(r, 1) != 0;
    db_end(r);
    return rc;
}

int job_claim(struct db *db, struct env *env, struct arena *a, struct job_worker *w,
              struct job *out, struct err *e)
{
    struct claiming c = {.env = env, .a = a, .w = w, .out = out};
    int rc = worth_it(db, env, e);
    if (rc <= 0)
        return rc;
    if (db_tx(db, DB_CLAIM, claim, &c, e) != 0)
        return -1;
    if (!c.found)
        return 0;
    w->last_tenant = out->tenant_id;
    w->claims++;
    return 1;
}

/* The holder's calls ----------------------------------------------------------------- */

struct holding {
    int id;
    const struct db_arg *args;
    size_t n;
};

static int held(struct db *db, void *ctx, struct err *e)
{
    struct holding *h = ctx;
    int64_t n = db_exec(db, h->id, h->args, h->n, e);
    if (n == 0)
        return err_set(e, ERR_CONFLICT, "another worker has the job now");
    return n < 0 ? -1 : 0;
}

/* A transaction of its own is tried again when the connection was lost. */
static int hold(struct db *db, int id, const struct db_arg *args, size_t n, struct err *e)
{
    struct holding h = {id, args, n};
    return db_in_tx(db) ? held(db, &h, e) : db_tx(db, DB_CLAIM, held, &h, e);
}

#define HOLD(db, id, j, e, ...)                                                          \
    hold(                                                                                \
        (db), (id),                                                                      \
        DB_ARGS(DB_I((j)->job_id), DB_T((j)->holder), DB_I((j)->attempts), __VA_ARGS__), \
        (e))

int job_renew(struct db *db, struct env *env, const struct job *j, struct err *e)
{
    int64_t now = env_now_ms(env);
    return HOLD(db, S_JOB_RENEW, j, e, DB_I(now + j->lease_ms), DB_I(now));
}

int job_progress(struct db *db, struct env *env, const struct job *j, int64_t done,
                 int64_t total, struct str text, struct err *e)
{
    int64_t now = env_now_ms(env);
    return HOLD(db, S_JOB_PROGRESS, j, e, DB_I(now + j->lease_ms), DB_I(now), DB_I(done),
                DB_I(total), DB_T(sayable(text)));
}

int job_checkpoint(struct db *db, struct env *env, const struct job *j,
                   struct str checkpoint, struct err *e)
{
    int64_t now = env_now_ms(env);
    if (checkpoint.n > JOB_TEXT_MAX)
        return err_set(e, ERR_LIMIT, "job %.*s: the checkpoint is too long",
                       STR_ARG(j->kind));
    return HOLD(db, S_JOB_CHECKPOINT, j, e, DB_I(now + j->lease_ms), DB_I(now),
                DB_T(checkpoint));
}

int job_finish(struct db *db, struct env *env, const struct job *j, struct err *e)
{
    return HOLD(db, S_JOB_FINISH, j, e, DB_I(env_now_ms(env)));
}

int job_release(struct db *db, struct env *env, const struct job *j, struct err *e)
{
    return HOLD(db, S_JOB_RELEASE, j, e, DB_I(env_now_ms(env)));
}

int job_yield(struct db *db, struct env *env, const struct job *j, int64_t run_ms,
              struct err *e)
{
    int64_t now = env_now_ms(env);
    return HOLD(db, S_JOB_YIELD, j, e, DB_I(now), DB_I(run_ms > 0 ? run_ms : now));
}

int job_others(struct db *db, int64_t since_ms, int64_t rank, struct err *e)
{
    struct db_rows *r = db_ask(db, S_JOB_OTHERS, e, DB_I(since_ms), DB_I(rank));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        rc = db_i64(r, 0) != 0;
    db_end(r);
    return rc;
}

/* 5 s, 10 s, 20 s ... 1 h, give or take a quarter, so that what failed together does not
 * come back together. */
static int64_t backoff_ms(struct env *env, int64_t attempts)
{
    int64_t shift = attempts < 1 ? 0 : attempts - 1;
    int64_t ms = shift > 10 ? BACKOFF_MAX_MS : (int64_t)BACKOFF_MS << shift;
    uint32_t draw;
    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    env_random(env, &draw, sizeof draw);
    return ms - ms / 4 + (int64_t)(draw % (uint32_t)(ms / 2 + 1));
}

int job_fail(struct db *db, struct env *env, const struct job *j, int64_t wait_ms,
             struct str words, struct err *e)
{
    int64_t now = env_now_ms(env);
    int64_t pause = backoff_ms(env, j->attempts);
    bool over = wait_ms == JOB_GIVE_UP || j->attempts >= j->max_attempts;
    return HOLD(db, over ? S_JOB_BURY : S_JOB_FAIL, j, e, DB_I(now),
                DB_I(now + (wait_ms > pause ? wait_ms : pause)), DB_T(sayable(words)));
}

/* For administrators ----------------------------------------------------------------- */

int job_requeue(struct db *db, struct env *env, int64_t job_id, struct err *e)
{
    int64_t n = db_do(db, S_JOB_REQUEUE, e, DB_I(job_id), DB_I(env_now_ms(env)));
    if (n == 0)
        return err_set(e, ERR_NOTFOUND, "there is no dead job %lld", (long long)job_id);
    return n < 0 ? -1 : 0;
}

static int64_t *depth_of(struct job_stats *s, struct str state)
{
    if (str_is(state, "ready"))
        return &s->ready;
    if (str_is(state, "running"))
        return &s->running;
    return str_is(state, "done") ? &s->done : &s->dead;
}

int job_stats(struct db *db, struct env *env, struct job_stats *out, struct err *e)
{
    *out = (struct job_stats){0};
    int64_t now = env_now_ms(env);
    struct db_rows *r = db_ask(db, S_JOB_DEPTH, e);
    int rc = -1;
    while (r != NULL && (rc = db_next(r, e)) == 1)
        *depth_of(out, db_text(r, 0)) = db_i64(r, 1);
    db_end(r);
    if (rc != 0)
        return -1;
    r = db_ask(db, S_JOB_DUE, e, DB_I(now));
    if (r == NULL)
        return -1;
    rc = db_next(r, e);
    if (rc == 1)
        out->due = db_i64(r, 0);
    if (out->due > 0)
        out->oldest_due_ms = now - db_i64(r, 1);
    db_end(r);
    return rc == 1 ? 0 : -1;
}

static struct job_row row_of(struct db_rows *r, struct arena *a)
{
    return (struct job_row){
        .job_id = db_i64(r, 0),
        .tenant_id = db_i64(r, 1),
        .kind = str_dup(a, db_text(r, 2)),
        .key = str_dup(a, db_text(r, 3)),
        .state = str_dup(a, db_text(r, 4)),
        .run_ms = db_i64(r, 5),
        .attempts = db_i64(r, 6),
        .max_attempts = db_i64(r, 7),
        .lease_until_ms = db_i64(r, 8),
        .progress_done = db_i64(r, 9),
        .progress_total = db_i64(r, 10),
        .progress_text = str_dup(a, db_text(r, 11)),
        .error = str_dup(a, db_text(r, 12)),
        .created_ms = db_i64(r, 13),
        .changed_ms = db_i64(r, 14),
    };
}

int job_list(struct db *db, struct arena *a, struct str state, int64_t limit,
             struct job_row **rows, size_t *n, struct err *e)
{
    limit = limit < 0 ? 0 : limit > JOB_LIST_MAX ? JOB_LIST_MAX : limit;
    *n = 0;
    *rows = ARENA_ARRAY(a, struct job_row, (size_t)limit);
    struct db_rows *r = state.n == 0
                            ? db_ask(db, S_JOB_LIST, e, DB_I(limit))
                            : db_ask(db, S_JOB_LIST_STATE, e, DB_T(state), DB_I(limit));
    int rc = -1;
    while (r != NULL && (rc = db_next(r, e)) == 1)
        (*rows)[(*n)++] = row_of(r, a);
    db_end(r);
    return rc;
}

int job_read(struct db *db, struct arena *a, int64_t job_id, struct job_row *out,
             struct err *e)
{
    struct db_rows *r = db_ask(db, S_JOB_GET, e, DB_I(job_id));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *out = row_of(r, a);
    db_end(r);
    if (rc == 0)
        err_set(e, ERR_NOTFOUND, "there is no job %lld", (long long)job_id);
    return rc == 1 ? 0 : -1;
}

int job_latest(struct db *db, struct arena *a, int64_t tenant_id, struct str kind,
               struct str key, struct job_row *out, struct err *e)
{
    struct db_rows *r =
        db_ask(db, S_JOB_LATEST, e, DB_I(tenant_id), DB_T(kind), DB_T(key));
    if (r == NULL)
        return -1;
    int rc = db_next(r, e);
    if (rc == 1)
        *out = row_of(r, a);
    db_end(r);
    return rc;
}

int64_t job_purge(struct db *db, int64_t before_ms, int64_t dead_before_ms, struct err *e)
{
    return db_do(db, S_JOB_PURGE, e, DB_I(before_ms), DB_I(dead_before_ms));
}
