/* Notices of a platform (LTI.md 8.2, PNS-1): server to server, without session or cookie.
 * Each entry stands alone. A notice whose platform's keys are not at hand is looked at
 * again by a job, so that no worker of this process calls out for a stranger.
 *
 * 200: at least one entry was good, or came before. 202: some wait for keys. 400: no
 * envelope, or entries that are signed but not notices for us. 401: nothing was signed by
 * a platform of ours. 429: too much of that from one address. */
#include "base/crypt.h"
#include "base/log.h"
#include "job/queue.h"
#include "jose/jwks.h"
#include "msg/noticebox.h"
#include "store/notice.h"
#include "web/error.h"

#define SOURCES 64
#define MINUTE_MS 60000
#define REFUSED_A_MINUTE 60 /* entries of one address, a worker: then it waits */
#define LOGGED 5            /* refusals of one request that are logged one by one */
#define WAIT_MAX_N 8192     /* bytes of a token that may wait; a copy's has about 2,000 */

/* Who sent what nobody could have wanted, lately. Addresses as hashes: two that meet
 * share their count. */
struct notice_sources {
    struct {
        uint64_t hash;
        int64_t from_ms;
        int64_t n;
    } at[SOURCES];
};

struct intake {
    struct page_ctx *c;
    struct noticebox box;
    struct notices_in good[NOTICE_LIST_MAX];
    size_t good_n;
    struct str away_kid; /* of the last entry whose key was not at hand */
    size_t taken, duplicates, waiting, turned_away, refused, unsigned_n;
    size_t unread; /* behind too many refusals */
};

static int64_t *refusals(struct page_ctx *c)
{
    struct app *app = c->app;
    if (app->notices == NULL)
        app->notices = ARENA_NEW(app->life, struct notice_sources);
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < c->req->remote.n; i++)
        h = (h ^ (unsigned char)c->req->remote.p[i]) * UINT64_C(1099511628211);
    size_t place = h % SOURCES;
    if (app->notices->at[place].hash != h ||
        c->now_ms < app->notices->at[place].from_ms ||
        c->now_ms - app->notices->at[place].from_ms >= MINUTE_MS) {
        app->notices->at[place].hash = h;
        app->notices->at[place].from_ms = c->now_ms;
        app->notices->at[place].n = 0;
    }
    return &app->notices->at[place].n;
}

static enum jwks_result find_key(void *ctx, const struct registration *reg,
                                 struct str kid, struct jwks_found *out)
{
    struct page_ctx *c = ctx;
    struct err e = {0};
    struct jwks_query q = {
        .registration_id = reg->id, .url = reg->jwks_url, .kid = kid, .at_hand = true};
    return jwks_find(c->app->jwks, c->app->db, c->app->env, c->a, &q, out, &e);
}

static void refuse(struct intake *t, const struct fault *f)
{
    t->refused++;
    metrics_add(t->c->app->metrics, METRIC_NOTICE_REFUSED, 1);
    if (t->refused <= LOGGED)
        log_put(LOG_WARN, "notice.refused", KVZ("fault", fault_row(f->id)->name),
                KVZ("rule", fault_row(f->id)->rule), KVZ("detail", f->detail),
                KVI("registration", t->box.reg.id));
}

/* Put it by for a job, if that is worth anything and there is room. */
static int wait_for_keys(struct intake *t, struct str jwt, const struct notice *n,
                         struct err *e)
{
    struct page_ctx *c = t->c;
    struct job_in job = {.kind = STR(NOTICEBOX_JOB), .key = crypt_digest(c->a, jwt)};
    if (!noticebox_worth(n)) {
        t->waiting++;
        return 0;
    }
    int64_t waiting = notice_waiting(c->app->db, job.kind, e);
    if (waiting < 0)
        return -1;
    if (waiting >= NOTICEBOX_JOBS_MAX || jwt.n > WAIT_MAX_N) {
        t->turned_away++;
        return 0;
    }
    job.payload = noticebox_pack(c->a, jwt, c->now_ms);
    t->waiting++;
    return job_add(c->app->db, c->app->env, &job, NULL, e) < 0 ? -1 : 0;
}

static int one_entry(struct intake *t, struct str jwt, struct err *e)
{
    struct notice *n = ARENA_NEW(t->c->a, struct notice);
    struct fault f = {.id = FAULT_NONE};
    enum noticebox_end end;
    if (noticebox_open(&t->box, jwt, t->c->now_ms, n, &end, &f, e) != 0)
        return -1;
    switch (end) {
    case NOTICEBOX_GOOD:
        t->good[t->good_n++] = noticebox_in(t->c->a, &t->box.reg, n);
        return 0;
    case NOTICEBOX_AWAY:
        /* nobody knows yet; a batch under one key is one question */
        if (!str_eq(n->token.jwt.kid, t->away_kid))
            ++*refusals(t->c);
        t->away_kid = n->token.jwt.kid;
        return wait_for_keys(t, jwt, n, e);
    case NOTICEBOX_UNSIGNED:
        t->unsigned_n++;
        *refusals(t->c) += f.id != FAULT_REGISTRATION_DISABLED;
        break;
    case NOTICEBOX_REFUSED:
        break;
    }
    refuse(t, &f);
    return 0;
}

static int take(struct intake *t, struct err *e)
{
    enum notices_fate fate[NOTICE_LIST_MAX];
    struct app *app = t->c->app;
    struct fault unknown = {.id = FAULT_NONE};
    if (notices_take(app->db, app->env, t->good, t->good_n, fate, e) != 0)
        return -1;
    fault_set(&unknown, FAULT_DEPLOYMENT_UNKNOWN, "or not active");
    for (size_t i = 0; i < t->good_n; i++) {
        t->taken += fate[i] == NOTICES_TAKEN;
        t->duplicates += fate[i] == NOTICES_DUPLICATE;
        if (fate[i] == NOTICES_NO_TENANT)
            refuse(t, &unknown);
    }
    metrics_add(app->metrics, METRIC_NOTICE_OK, (int64_t)(t->taken + t->duplicates));
    return 0;
}

static int status(const struct intake *t)
{
    if (t->taken + t->duplicates > 0)
        return 200;
    if (t->waiting > 0)
        return 202;
    if (t->turned_away > 0)
        return 503;
    if (t->unread > 0)
        return 429;
    return t->unsigned_n == t->refused ? 401 : 400;
}

static int answer(struct page_ctx *c, int code, const struct intake *t)
{
    struct js *o = js_object(c->a);
    js_set_i64(o, "taken", (int64_t)t->taken);
    js_set_i64(o, "duplicates", (int64_t)t->duplicates);
    js_set_i64(o, "waiting", (int64_t)t->waiting);
    js_set_i64(o, "refused", (int64_t)(t->refused + t->turned_away + t->unread));
    if (code == 429 || code == 503)
        res_add(c->res, STR("Retry-After"), STR("60"));
    res_body(c->res, code, STR("application/json"), js_dump(c->a, o));
    return 0;
}

int page_notice(struct page_ctx *c, struct err *e)
{
    struct intake *t = ARENA_NEW(c->a, struct intake);
    struct notice_list list;
    struct fault f = {.id = FAULT_NONE};
    t->c = c;
    t->away_kid = STR_EMPTY;
    t->box = (struct noticebox){.db = c->app->db,
                                .a = c->a,
                                .skew_s = (int)c->app->conf->skew_s,
                                .max_age_s = (int)c->app->conf->token_age_s,
                                .keys = {find_key, c}};
    if (*refusals(c) >= REFUSED_A_MINUTE)
        return answer(c, 429, t);
    if (notice_envelope(c->a, c->req->body, &list, &f) != 0) {
        ++*refusals(c);
        refuse(t, &f);
        return answer(c, fault_row(f.id)->status, t);
    }
    size_t i = 0;
    for (; i < list.n && *refusals(c) < REFUSED_A_MINUTE; i++)
        if (one_entry(t, list.jwt[i], e) != 0)
            return -1;
    t->unread = list.n - i;
    if (take(t, e) != 0)
        return -1;
    return answer(c, status(t), t);
}
