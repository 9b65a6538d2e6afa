/* env.h: the clock and the randomness, injected.
 *
 * Nothing below lti/proc reads a clock or a random source by itself; both come in through
 * this, so that tests decide what time it is and replay what was drawn. */
#ifndef WAYMARK_BASE_ENV_H
#define WAYMARK_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

struct env {
    int64_t (*now_ms)(void *ctx); /* Unix milliseconds, UTC */
    void (*fill)(void *ctx, void *p,
                 size_t n); /* n unpredictable bytes; aborts rather than fail */
    void *ctx;
    int64_t last_id; /* of env_id */
};

/* The real clock and getrandom(2). */
void env_system(struct env *e);

int64_t env_now_ms(struct env *e);
void env_random(struct env *e, void *p, size_t n);

/* A new 63-bit id, larger than every earlier one from this env: 41 bits of milliseconds
 * since 2024-01-01, 22 bits that start at random in each millisecond and count up. Two
 * processes may meet in one millisecond; keys carry the tenant, and a unique constraint
 * then refuses the second row, which is tried again with a new id. */
int64_t env_id(struct env *e);

/* No id made at or after `ms` is smaller, and none made before it is as large, a crowd of
 * many thousand ids in one millisecond aside. INT64_MAX for times behind all ids. */
int64_t env_id_floor(int64_t ms);

#endif
