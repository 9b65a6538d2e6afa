#include "support/token.h"

#include "base/crypt.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#define FIELDS 32

static EVP_PKEY *keys[2];     /* made once, before the tests fork */
static struct rsa_key *known; /* the public part of TOKEN_KEY */

static struct rsa_key *parsed(enum token_key key)
{
    struct arena *a = arena_new(1 << 16);
    struct err e = {.code = ERR_NONE};
    const struct js *jwk = js_parse(a, token_jwk(a, key, "x"), 8192, 4, &e);
    struct rsa_key *k = rsa_public(js_text(jwk, "n"), js_text(jwk, "e"), &e);
    INVARIANT(k != NULL);
    arena_free(a);
    return k;
}

void token_setup(void)
{
    if (keys[0] != NULL)
        return;
    for (int i = 0; i < 2; i++)
        INVARIANT((keys[i] = EVP_RSA_gen(2048)) != NULL);
    known = parsed(TOKEN_KEY);
}

struct str token_raw(struct arena *a, enum token_key key, const char *header,
                     struct str payload)
{
    struct buf b;
    buf_init(&b, a, payload.n * 2 + 1024);
    buf_str(&b, crypt_b64url(a, str_c(header)));
    buf_char(&b, '.');
    buf_str(&b, crypt_b64url(a, payload));
    unsigned char sig[1024];
    size_t n = sizeof sig;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    INVARIANT(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, keys[key]) == 1);
    INVARIANT(EVP_DigestSign(c, sig, &n, (const unsigned char *)b.p, b.n) == 1);
    EVP_MD_CTX_free(c);
    buf_char(&b, '.');
    buf_str(&b, crypt_b64url(a, (struct str){(const char *)sig, n}));
    return buf_view(&b);
}

static const struct token_claim standard[] = {
    {"iss", "\"https://lms.example.edu\""},
    {"aud", "\"tool-1\""},
    {"sub", "\"u-1\""},
    {"iat", "1790000000"},
    {"exp", "1790003600"},
    {"nonce", "\"n-1\""},
    {"name", "\"Ana Alvarez\""},
    {"given_name", "\"Ana\""},
    {"family_name", "\"Alvarez\""},
    {"email", "\"ana@school.test\""},
    {LTI "message_type", "\"LtiResourceLinkRequest\""},
    {LTI "version", "\"1.3.0\""},
    {LTI "deployment_id", "\"dep-1\""},
    {LTI "target_link_uri", "\"https://tool.example.net/lti/launch\""},
    {LTI "resource_link", "{\"id\":\"rl-1\",\"title\":\"Week 1\"}"},
    {LTI "roles", "[\"http://purl.imsglobal.org/vocab/lis/v2/membership#Learner\"]"},
    {LTI "context", "{\"id\":\"c-1\",\"label\":\"ALG1\",\"title\":\"Algebra I\"}"},
};

static void put(struct buf *b, const struct token_claim *c)
{
    if (c->json == NULL)
        return;
    if (b->n > 1)
        buf_char(b, ',');
    buf_fmt(b, "\"%s\":", c->name);
    buf_c(b, c->json);
}

struct str token_payload(struct arena *a, const struct token_claim *change, size_t n)
{
    struct buf b;
    bool used[FIELDS] = {false};
    buf_init(&b, a, 4096);
    buf_char(&b, '{');
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        const struct token_claim *c = &standard[i];
        for (size_t j = 0; j < n; j++)
            if (strcmp(change[j].name, c->name) == 0) {
                c = &change[j];
                used[j] = true;
            }
        put(&b, c);
    }
    for (size_t j = 0; j < n; j++)
        if (!used[j])
            put(&b, &change[j]);
    buf_char(&b, '}');
    return buf_view(&b);
}

struct str token_make(struct arena *a, const struct token_claim *change, size_t n)
{
    return token_raw(a, TOKEN_KEY,
                     "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" TOKEN_KID "\"}",
                     token_payload(a, change, n));
}

struct launch_policy token_policy(void)
{
    return (struct launch_policy){
        .issuer = STR("https://lms.example.edu"),
        .client_id = STR("tool-1"),
        .nonce = STR("n-1"),
        .base = STR("https://tool.example.net/lti/"),
    };
}

static enum jwks_result find(void *ctx, struct str kid, struct jwks_found *out)
{
    struct token_keys *k = ctx;
    k->asked++;
    if (k->result != JWKS_FOUND)
        return k->result;
    if (!str_is(kid, TOKEN_KID))
        return JWKS_UNKNOWN;
    *out = (struct jwks_found){.key = {known}, .n = 1};
    return JWKS_FOUND;
}

struct launch_keys token_lookup(struct token_keys *k)
{
    return (struct launch_keys){find, k};
}

static struct str member(struct arena *a, enum token_key key, const char *name)
{
    BIGNUM *bn = NULL;
    INVARIANT(EVP_PKEY_get_bn_param(keys[key], name, &bn) == 1);
    unsigned char *p = arena_alloc(a, (size_t)BN_num_bytes(bn));
    int n = BN_bn2bin(bn, p);
    BN_free(bn);
    return crypt_b64url(a, (struct str){(const char *)p, (size_t)n});
}

struct str token_jwk(struct arena *a, enum token_key key, const char *kid)
{
    struct str n = member(a, key, "n"), e = member(a, key, "e");
    return str_fmt(a, "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%.*s\",\"e\":\"%.*s\"}",
                   kid, STR_ARG(n), STR_ARG(e));
}

struct str token_public_pem(struct arena *a, enum token_key key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *p;
    INVARIANT(PEM_write_bio_PUBKEY(bio, keys[key]) == 1);
    long n = BIO_get_mem_data(bio, &p);
    struct str pem = str_dup(a, (struct str){p, (size_t)n});
    BIO_free(bio);
    return pem;
}
