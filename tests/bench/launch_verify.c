/* What one launch_verify costs with its key at hand: parsing, RS256, every rule, claims.
 *
 *   make build/release/tests/bench/launch_verify
 *   build/release/tests/bench/launch_verify
 */
#include "support/token.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 9
#define EACH 2000

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A token of about the size that Canvas and Brightspace send. */
static struct str token(struct arena *a)
{
    return TOKEN(
        a,
        {LTI "tool_platform", "{\"guid\":\"8865aa05b4b79b64a91a86042e43af5ea8ae79eb\","
                              "\"name\":\"Example School\",\"version\":\"cloud\","
                              "\"product_family_code\":\"canvas\"}"},
        {LTI "launch_presentation",
         "{\"document_target\":\"iframe\",\"locale\":\"en\",\"height\":652,\"width\":883,"
         "\"return_url\":\"https://lms.example.edu/courses/7/external_content/"
         "success\"}"},
        {LTI "custom", "{\"context_history\":\"$Context.id.history\",\"due\":\"\","
                       "\"user\":\"36\",\"map\":\"algebra-1\"}"},
        {"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
         "{\"scope\":[\"https://purl.imsglobal.org/spec/lti-ags/scope/lineitem\","
         "\"https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly\","
         "\"https://purl.imsglobal.org/spec/lti-ags/scope/score\"],"
         "\"lineitems\":\"https://lms.example.edu/api/lti/courses/7/line_items\"}"},
        {"https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
         "{\"context_memberships_url\":\"https://lms.example.edu/api/lti/courses/7/"
         "names\","
         "\"service_versions\":[\"2.0\"]}"});
}

int main(void)
{
    token_setup();
    struct arena *keep = arena_new(1 << 20), *a = arena_new(4 << 20);
    struct str t = token(keep);
    struct launch_policy p = token_policy();
    struct token_keys k = {.asked = 0};
    struct launch_keys keys = token_lookup(&k);
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_us();
        for (int i = 0; i < EACH; i++) {
            struct launch l;
            struct fault f;
            INVARIANT(launch_verify(a, &p, TOKEN_NOW_MS, t, &keys, &l, &f) == 0);
            arena_reset(a);
        }
        double us = (cpu_us() - start) / EACH;
        best = us < best ? us : best;
    }
    printf("launch_verify: %.1f us CPU for a token of %zu bytes\n", best, t.n);
    arena_free(a);
    arena_free(keep);
    return 0;
}
