#include "sync/sync.h"

#include "jose/toolkey.h"
#include "learn/closings.h"
#include "learn/experiments.h"
#include "learn/fitting.h"
#include "learn/import.h"
#include "learn/proving.h"
#include "learn/questions.h"
#include "learn/recompute.h"
#include "store/registration.h"
#include "sync/console.h"
#include "sync/keyset.h"
#include "sync/lmskey.h"
#include "sync/noticejob.h"
#include "sync/open.h"
#include "sync/opencheck.h"
#include "sync/publish.h"
#include "sync/pull.h"
#include "sync/purge.h"
#include "sync/register.h"
#include "sync/statements.h"
#include "sync/steps.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* A job that reads from an LMS shows a sign of life every second (http_on_wait), so its
 * lease may be short: after a crash the next worker goes on soon. */
#define LEASE_MS 30000

static const struct job_kind kinds[] = {
    {"sync.course", pull_course_job, LEASE_MS, 0},
    {"sync.tick", pull_tick_job, 0, 0},
    {"publish.score", publish_score_job, LEASE_MS / 3, 0},
    {"publish.tick", publish_tick_job, 0, 0},
    {"open.course", open_course_job, LEASE_MS, 0},
    {"open.check", opencheck_course_job, LEASE_MS, 0},
    {"open.tick", open_tick_job, 0, 0},
    {"open.reconcile", opencheck_all_job, 0, 0},
    {"keys.tick", keyset_tick_job, 0, 0},
    {"keys.refresh", keyset_refresh_job, LEASE_MS, 1},
    {"column.remove", column_remove_job, 0, 0},
    {"console.call", console_call_job, 0, 1},
    {"purge", purge_job, 0, 0},
    {"statements.take", statements_take_job, 0, 0},
    {"statements.tick", statements_tick_job, 0, 0},
    {"statements.retry", statements_retry_job, 0, 0},
    {"notice.check", noticejob_check, LEASE_MS, 0},
    {"notice.handlers", noticejob_handlers, LEASE_MS, 0},
    {"notice.reconcile", noticejob_reconcile, 0, 0},
    {"copy.course", noticejob_copy, 0, 0},
    {"lms.consent", lmskey_job, LEASE_MS, 5},
    {"register.read", register_read_job, LEASE_MS, 0},
    {"register.send", register_send_job, LEASE_MS, 0},
    {"import.take", import_take_job, 0, 0},
    {"import.undo", import_undo_job, 0, 0},
    {"prove.course", proving_job, 0, 0},
    {"question.course", questions_job, 0, 0},
    {"question.tick", questions_tick_job, 0, 0},
    {"recompute.course", recompute_course_job, 0, 0},
    {"recompute.rest", recompute_rest_job, 0, 0},
    {"recompute.person", recompute_person_job, 0, 0},
    {"risk.tick", recompute_tick_job, 0, 0},
    {"closing.course", closings_course_job, 0, 0},
    {"closing.tick", closings_tick_job, 0, 0},
    {"experiment.tick", experiments_tick_job, 0, 0},
    {"recompute.all", recompute_all_job, 0, 0},
    {"fit.course", fitting_course_job, 15 * MINUTE_MS, 3},
    {"fit.tick", fitting_tick_job, 0, 0},
};

static const struct schedule_item schedule[] = {
    {.kind = "publish.tick", .every_ms = MINUTE_MS},
    {.kind = "open.tick", .every_ms = MINUTE_MS, .at_ms = MINUTE_MS / 4},
    {.kind = "open.reconcile", .every_ms = DAY_MS, .at_ms = 3 * HOUR_MS / 2},
    {.kind = "keys.tick", .every_ms = MINUTE_MS, .at_ms = MINUTE_MS / 2},
    {.kind = "statements.tick", .every_ms = MINUTE_MS, .at_ms = MINUTE_MS / 3},
    {.kind = "statements.retry", .every_ms = HOUR_MS, .at_ms = 29 * MINUTE_MS},
    {.kind = "purge", .every_ms = HOUR_MS, .at_ms = 17 * MINUTE_MS},
    {.kind = "sync.tick", .every_ms = MINUTE_MS, .at_ms = MINUTE_MS / 4},
    {.kind = "notice.reconcile", .every_ms = 7 * DAY_MS, .at_ms = 3 * HOUR_MS},
    {.kind = "question.tick", .every_ms = 7 * DAY_MS, .at_ms = 2 * HOUR_MS},
    {.kind = "risk.tick", .every_ms = DAY_MS, .at_ms = 4 * HOUR_MS},
    {.kind = "fit.tick", .every_ms = 7 * DAY_MS, .at_ms = 25 * HOUR_MS},
    {.kind = "closing.tick", .every_ms = DAY_MS, .at_ms = 9 * HOUR_MS / 2},
    {.kind = "experiment.tick", .every_ms = DAY_MS, .at_ms = 5 * HOUR_MS},
};

const struct job_kind *sync_kinds(size_t *n)
{
    *n = sizeof kinds / sizeof kinds[0];
    return kinds;
}

const struct schedule_item *sync_schedule(size_t *n)
{
    *n = sizeof schedule / sizeof schedule[0];
    return schedule;
}

static int sign(void *ctx, struct arena *a, struct js *claims, struct str *jwt,
                struct err *e)
{
    return toolkey_sign(ctx, a, claims, jwt, e);
}

void sync_close(void *app)
{
    struct sync_app *s = app;
    if (s == NULL)
        return;
    http_free(s->http);
    if (s->key != NULL)
        toolkey_close(s->key);
    arena_free(s->a); /* s lives there */
}

void *sync_open(const struct conf *conf, struct db *db, struct env *env,
                const struct keyring *keys, struct metrics *metrics, struct err *e)
{
    struct arena *a = arena_new((size_t)1 << 20);
    struct sync_app *s = ARENA_NEW(a, struct sync_app);
    struct http_opt opt = {.private_networks = conf->private_networks,
                           .ca_file = conf->ca_file,
                           .allow_http = conf->allow_http};
    *s = (struct sync_app){.learn = {conf, keys}, .a = a, .metrics = metrics};
    s->http = http_new(&opt, e);
    if (s->http != NULL)
        s->key = toolkey_open(str_z(a, conf->key_dir), env, true, e);
    if (s->key == NULL) {
        sync_close(s);
        return NULL;
    }
    s->svc = (struct svc){.db = db,
                          .env = env,
                          .http = s->http,
                          .seal_key = keys->seal,
                          .holder = job_holder(a, env),
                          .sign = sign,
                          .sign_ctx = s->key};
    return s;
}

/* The deployments of a registration, and how the one that we look for stands. */
struct census {
    struct str deployment_id;
    int64_t n;
    bool active;
};

static int count_deployment(void *ctx, const struct deployment *d)
{
    struct census *c = ctx;
    c->n++;
    if (str_eq(d->deployment_id, c->deployment_id))
        c->active = str_is(d->state, "active");
    return 0;
}

int sync_platform(struct db *db, struct arena *a, int64_t registration_id,
                  struct str deployment_id, struct registration *reg,
                  struct svc_platform *out, struct err *e)
{
    int found = registration_get(db, a, registration_id, reg, e);
    if (found != 1)
        return found;
    struct census c = {.deployment_id = deployment_id};
    if (registration_each_deployment(db, a, reg->id, count_deployment, &c, e) != 0)
        return -1;
    *out = (struct svc_platform){.registration_id = reg->id,
                                 .client_id = reg->client_id,
                                 .token_url = reg->token_url,
                                 .token_aud = reg->token_aud};
    if (c.n == 1) /* SVC-2: only when the token serves one deployment */
        out->deployment_id = deployment_id;
    return c.active && str_is(reg->state, "active");
}
