#include "sync/share.h"

#include "base/log.h"
#include "store/lease.h"
#include "store/outbox.h"

#include <stdio.h>

#define HOLD_MS 45000
#define KEEP_MS 10000
#define FIRST_PAUSE_MS 5000
#define LAST_PAUSE_MS 900000

static struct str name_of(const struct share *s, int slot, char room[48])
{
    int n = snprintf(room, 48, "calls/%lld/%d", (long long)s->registration_id, slot);
    return (struct str){room, (size_t)n};
}

static int take_one(struct share *s, int slot, struct err *e)
{
    char room[48];
    int64_t now = env_now_ms(s->job->env);
    return lease_take(s->job->db, name_of(s, slot, room), s->app->svc.holder, now,
                      now + HOLD_MS, e);
}

int share_take(struct share *s, int want, struct err *e)
{
    int all = (int)s->app->learn.conf->platform_calls;
    int most = all > 1 && want > all - 1 ? all - 1 : want;
    s->n = 0;
    for (int i = 0; i < all && i < SHARE_MOST && s->n < most; i++) {
        int rc = take_one(s, i, e);
        if (rc < 0) {
            share_drop(s);
            return -1;
        }
        if (rc == 1)
            s->slots[s->n++] = i;
    }
    s->kept_ms = env_now_ms(s->job->env);
    return s->n > 0;
}

void share_keep(struct share *s)
{
    int64_t now = env_now_ms(s->job->env);
    if (s->n == 0 || (now >= s->kept_ms && now - s->kept_ms < KEEP_MS))
        return;
    s->kept_ms = now;
    for (int i = 0; i < s->n; i++)
        take_one(s, s->slots[i], NULL);
}

void share_drop(struct share *s)
{
    char room[48];
    for (int i = 0; i < s->n; i++)
        lease_drop(s->job->db, name_of(s, s->slots[i], room), s->app->svc.holder, NULL);
    s->n = 0;
}

int64_t share_rests(struct share *s, struct str host, struct err *e)
{
    struct outbox_pause p;
    if (host.n == 0)
        return 0;
    if (outbox_pause_get(s->job->db, s->registration_id, host, &p, e) != 0)
        return -1;
    return p.until_ms > env_now_ms(s->job->env) ? p.until_ms : 0;
}

int64_t share_slowed(struct share *s)
{
    struct http_slow slow;
    struct outbox_pause p;
    if (!http_slowed(s->app->http, &slow) ||
        outbox_pause_get(s->job->db, s->registration_id, str_c(slow.host), &p, NULL) != 0)
        return 0;
    int64_t wait = FIRST_PAUSE_MS;
    for (int64_t i = 0; i < p.strikes && wait < LAST_PAUSE_MS; i++)
        wait *= 2;
    if (slow.retry_after_s >= 0)
        wait = slow.retry_after_s * 1000;
    if (wait > LAST_PAUSE_MS && slow.retry_after_s < 0)
        wait = LAST_PAUSE_MS;
    p = (struct outbox_pause){env_now_ms(s->job->env) + wait, p.strikes + 1};
    log_put(LOG_INFO, "sync.pause", KVZ("host", slow.host), KVI("ms", wait));
    outbox_pause_put(s->job->db, s->registration_id, str_c(slow.host), &p, NULL);
    return p.until_ms;
}

int share_well(struct share *s, struct str host, struct err *e)
{
    struct outbox_pause p;
    if (host.n == 0)
        return 0;
    if (outbox_pause_get(s->job->db, s->registration_id, host, &p, e) != 0)
        return -1;
    return p.strikes == 0 ? 0 : outbox_pause_end(s->job->db, s->registration_id, host, e);
}
