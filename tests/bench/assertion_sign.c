/* What one assertion for an access token costs (SVC-2): its claims, RS256 with our key.
 *
 *   make build/release/tests/bench/assertion_sign
 *   build/release/tests/bench/assertion_sign
 */
#include "jose/toolkey.h"
#include "service/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5
#define EACH 200

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void sign_one(struct toolkey *key, struct env *env, struct arena *a)
{
    struct svc_platform p = {.client_id = STR("client-1"),
                             .token_url = STR("https://lms.example.edu/token"),
                             .deployment_id = STR("1")};
    struct str jwt;
    struct err e = {0};
    struct js *claims = token_claims(a, &p, crypt_token(a, env), env_now_ms(env));
    INVARIANT(toolkey_sign(key, a, claims, &jwt, &e) == 0);
    arena_reset(a);
}

int main(void)
{
    struct env env;
    struct err e = {0};
    char dir[] = "/tmp/waymark-sign-XXXXXX", text[80];
    struct arena *a = arena_new(1 << 20);
    env_system(&env);
    INVARIANT(mkdtemp(dir) != NULL);
    struct toolkey *key = toolkey_open(dir, &env, true, &e);
    INVARIANT(key != NULL);
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_us();
        for (int i = 0; i < EACH; i++)
            sign_one(key, &env, a);
        double us = (cpu_us() - start) / EACH;
        best = us < best ? us : best;
    }
    printf("assertion_sign: %.1f us CPU\n", best);
    toolkey_close(key);
    arena_free(a);
    snprintf(text, sizeof text, "rm -r %s", dir);
    return system(text) == 0 ? 0 : 1;
}
