#include "base/env.h"

#include "base/err.h"

#include <sys/random.h>
#include <time.h>

#define EPOCH_MS 1704067200000 /* 2024-01-01T00:00:00Z */
#define LOW_BITS 22

static int64_t system_now(void *ctx)
{
    (void)ctx;
    struct timespec t;
    INVARIANT(clock_gettime(CLOCK_REALTIME, &t) == 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void system_fill(void *ctx, void *p, size_t n)
{
    (void)ctx;
    unsigned char *at = p;
    while (n > 0) {
        ssize_t got = getrandom(at, n > 256 ? 256 : n, 0);
        INVARIANT(got > 0); /* requests of up to 256 bytes are never interrupted */
        at += got;
        n -= (size_t)got;
    }
}

void env_system(struct env *e)
{
    *e = (struct env){.now_ms = system_now, .fill = system_fill};
}

int64_t env_now_ms(struct env *e)
{
    return e->now_ms(e->ctx);
}

void env_random(struct env *e, void *p, size_t n)
{
    e->fill(e->ctx, p, n);
}

int64_t env_id(struct env *e)
{
    int64_t ms = env_now_ms(e) - EPOCH_MS;
    uint32_t low;
    env_random(e, &low, sizeof low);
    int64_t id =
        (int64_t)(((uint64_t)ms << LOW_BITS) | (low & ((1u << (LOW_BITS - 1)) - 1)));
    if (id <= e->last_id)
        id = e->last_id + 1 + (low & 63); /* two processes in step drift apart */
    e->last_id = id;
    return id;
}

int64_t env_id_floor(int64_t ms)
{
    if (ms > EPOCH_MS && ms - EPOCH_MS > INT64_MAX >> LOW_BITS)
        return INT64_MAX; /* 2093: what comes from outside may name later years */
    return ms <= EPOCH_MS ? 0 : (int64_t)((uint64_t)(ms - EPOCH_MS) << LOW_BITS);
}
