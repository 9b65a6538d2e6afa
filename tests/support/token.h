/* token.h: a platform for unit tests: keys, tokens signed by plain OpenSSL (not by our
 * own signer), and the standard launch that tests change one claim at a time. */
#ifndef WAYMARK_TESTS_TOKEN_H
#define WAYMARK_TESTS_TOKEN_H

#include "msg/launch.h"

#define TOKEN_NOW_MS INT64_C(1790000000000)
#define TOKEN_KID "kid-1"
#define LTI "https://purl.imsglobal.org/spec/lti/claim/"

enum token_key { TOKEN_KEY, TOKEN_OTHER_KEY };

/* Make the two keys; once, before Check forks. */
void token_setup(void);

/* A compact JWS over exactly these texts. */
struct str token_raw(struct arena *a, enum token_key key, const char *header,
                     struct str payload);

/* One member of the payload in JSON; NULL takes it away. */
struct token_claim {
    const char *name;
    const char *json;
};

/* The standard payload (a student's resource link launch at TOKEN_NOW_MS), changed. */
struct str token_payload(struct arena *a, const struct token_claim *change, size_t n);

/* Its token with the standard header. */
struct str token_make(struct arena *a, const struct token_claim *change, size_t n);

#define TOKEN(a, ...)                                                                    \
    token_make((a), (const struct token_claim[]){__VA_ARGS__},                           \
               sizeof((const struct token_claim[]){__VA_ARGS__}) /                       \
                   sizeof(struct token_claim))

/* The registration that the standard launch fits. */
struct launch_policy token_policy(void);

/* A key lookup that knows TOKEN_KID, and counts. */
struct token_keys {
    int asked;
    enum jwks_result result; /* anything but JWKS_FOUND (0) is returned at once */
};
struct launch_keys token_lookup(struct token_keys *k);

/* n and e of a key as a JWK's members, PEM of its public part. */
struct str token_jwk(struct arena *a, enum token_key key, const char *kid);
struct str token_public_pem(struct arena *a, enum token_key key);

#endif
