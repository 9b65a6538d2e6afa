#include "sync/keyset.h"

#include "base/log.h"
#include "jose/jwks.h"
#include "service/keyfetch.h"
#include "store/keys.h"
#include "store/registration.h"

#define MINUTE_MS INT64_C(60000)
#define SOON_MS (10 * MINUTE_MS)
#define PAUSE_MS (5 * MINUTE_MS)
#define MOST 200 /* a turn; the next one is a minute away */

int keyset_tick_job(struct job_ctx *c, struct err *e)
{
    int64_t now = env_now_ms(c->env), id[MOST];
    int n = keys_due(c->db, now + SOON_MS, now, PAUSE_MS, id, MOST, e);
    for (int i = 0; i < n; i++) {
        struct job_in in = {.kind = STR("keys.refresh"),
                            .key = str_fmt(c->arena, "%lld", (long long)id[i])};
        if (job_add(c->db, c->env, &in, NULL, e) < 0)
            return -1;
    }
    return n < 0 ? -1 : 0;
}

int keyset_refresh_job(struct job_ctx *c, struct err *e)
{
    struct sync_app *app = c->app;
    struct registration reg;
    struct err why = {0};
    int64_t id;
    if (!str_i64(c->job->key, &id)) {
        c->give_up = true;
        return err_set(e, ERR_INPUT, "the job names no registration");
    }
    int found = registration_get(c->db, c->arena, id, &reg, e);
    if (found != 1 || !str_is(reg.state, "active"))
        return found < 0 ? -1 : 0;
    struct jwks *jwks = jwks_new(keyfetch_http, app->http);
    if (jwks_refresh(jwks, c->db, c->env, c->arena, reg.id, reg.jwks_url, NULL, &why) !=
        0)
        log_err(LOG_WARN, "keys.refresh", &why);
    jwks_free(jwks);
    return 0;
}
