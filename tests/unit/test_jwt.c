/* The compact JWS, taken apart: what passes, what each result means, and that libjwt
 * agrees where it can. */
#include "base/crypt.h"
#include "jose/jwt.h"
#include "jose/rsa.h"
#include "support/suite.h"
#include "support/token.h"

#include <jwt.h>
#include <string.h>

static struct arena *a;
static struct jwt j;

static void begin(void)
{
    a = arena_new(16 << 20);
}

static void end(void)
{
    arena_free(a);
}

static struct str good(void)
{
    struct token_claim none = {"x", NULL};
    return token_make(a, &none, 1);
}

static enum jwt_result split(struct str token)
{
    struct err e;
    return jwt_split(a, token, &j, &e);
}

START_TEST(parts)
{
    struct str t = good();
    ck_assert_int_eq(split(t), JWT_OK);
    ck_assert(str_is(j.kid, TOKEN_KID));
    ck_assert_uint_eq(j.signature.n, 256);
    ck_assert(j.signed_text.p == t.p); /* verified as received (TOK-8) */
    ck_assert(str_is(js_text(j.payload, "sub"), "u-1"));
}
END_TEST

/* I29, I30, I39. */
/* TOK-1, C-4: three parts of canonical base64url. */
START_TEST(shapes)
{
    static const struct {
        const char *token;
        enum jwt_result want;
    } rows[] = {
        {"", JWT_PARTS},
        {"a", JWT_PARTS},
        {"a.b", JWT_PARTS},
        {"a.b.", JWT_PARTS},
        {".b.c", JWT_PARTS},
        {"a..c", JWT_PARTS},
        {"..", JWT_PARTS},
        {"a.b.c.", JWT_PARTS},
        {"a.b.c.d", JWT_PARTS},
        {"a.b.c.d.e", JWT_ENCRYPTED},
        {"....", JWT_ENCRYPTED},
        {"a.b.c.d.e.f", JWT_PARTS},
        {"e30=.e30.AA", JWT_ALPHABET},
        {"e3 0.e30.AA", JWT_ALPHABET},
        {"e30.e30.A+A/", JWT_ALPHABET},
        {"e30.e30.AB", JWT_ALPHABET},
        {"e30.e30.A", JWT_ALPHABET},
        {"e30.e30.AA\n", JWT_ALPHABET},
        {"e30.e30.AA", JWT_ALG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(split(str_c(rows[i].token)) == rows[i].want, "%s", rows[i].token);
}
END_TEST

/* TOK-1, I28, I42: the cap is on the text, before anything is decoded. */
START_TEST(size)
{
    char *big = arena_alloc(a, JWT_MAX_N + 2);
    memset(big, 'A', JWT_MAX_N + 1);
    big[3] = big[7] = '.';
    ck_assert_int_eq(split((struct str){big, JWT_MAX_N + 1}), JWT_SIZE);
    ck_assert_int_eq(split((struct str){big, JWT_MAX_N}), JWT_HEADER);
}
END_TEST

/* V16: long and odd kids are fine. */
START_TEST(kids)
{
    static const char *const texts[] = {"2025-02-01T01:16:43Z_3018685d-x/y.z_", "tool-1",
                                        "k"};
    struct token_claim none = {"x", NULL};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str h = str_fmt(a, "{\"alg\":\"RS256\",\"kid\":\"%s\"}", texts[i]);
        struct str p = token_payload(a, &none, 1);
        ck_assert_int_eq(split(token_raw(a, TOKEN_KEY, str_z(a, h), p)), JWT_OK);
        ck_assert(str_is(j.kid, texts[i]));
    }
}
END_TEST

/* What libjwt 1.10 says: 0 accepted with RS256. */
static int libjwt(struct str token)
{
    jwt_t *t = NULL;
    struct str pem = token_public_pem(a, TOKEN_KEY);
    int rc = jwt_decode(&t, str_z(a, token), (const unsigned char *)pem.p, (int)pem.n);
    bool rs256 = rc == 0 && jwt_get_alg(t) == JWT_ALG_RS256;
    jwt_free(t);
    return rs256 ? 0 : -1;
}

static int ours(struct str token)
{
    struct str text = token_jwk(a, TOKEN_KEY, "x");
    const struct js *jwk = js_parse(a, text, text.n, 3, NULL);
    if (split(token) != JWT_OK)
        return -1;
    struct rsa_key *k = rsa_public(js_text(jwk, "n"), js_text(jwk, "e"), NULL);
    bool ok = rsa_verify(k, j.signed_text, j.signature);
    rsa_free(k);
    return ok ? 0 : -1;
}

/* A second verifier: both accept the good token; every bit that we flip, both refuse. */
START_TEST(second_opinion)
{
    struct str t = good();
    ck_assert_int_eq(ours(t), 0);
    ck_assert_int_eq(libjwt(t), 0);
    for (size_t i = 0; i < t.n; i += 37) {
        char *p = str_z(a, t);
        if (p[i] == '.')
            continue;
        p[i] = p[i] == 'A' ? 'Q' : 'A';
        ck_assert_int_eq(ours(str_c(p)), -1);
        ck_assert_int_eq(libjwt(str_c(p)), -1);
    }
}
END_TEST

/* I30, I41: texts that libjwt takes for good, and we do not. They are why we parse. */
START_TEST(stricter)
{
    struct token_claim none = {"x", NULL};
    struct str t = good(), payload = token_payload(a, &none, 1);
    struct str padded = str_fmt(a, "%.*s==", STR_ARG(t));
    struct str twice = token_raw(
        a, TOKEN_KEY, "{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"kid-1\"}", payload);
    struct str crit = token_raw(
        a, TOKEN_KEY, "{\"alg\":\"RS256\",\"crit\":[\"x\"],\"kid\":\"kid-1\"}", payload);
    struct str cased =
        token_raw(a, TOKEN_KEY, "{\"alg\":\"rs256\",\"kid\":\"kid-1\"}", payload);
    struct str all[] = {padded, twice, crit, cased};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ck_assert_int_eq(libjwt(all[i]), 0);
        ck_assert_int_eq(ours(all[i]), -1);
    }
}
END_TEST

/* I32: HS256 keyed with the public PEM, the classic. */
START_TEST(confusion)
{
    struct token_claim none = {"x", NULL};
    struct str h = crypt_b64url(a, STR("{\"alg\":\"HS256\",\"kid\":\"kid-1\"}"));
    struct str p = crypt_b64url(a, token_payload(a, &none, 1));
    struct str text = str_fmt(a, "%.*s.%.*s", STR_ARG(h), STR_ARG(p));
    unsigned char mac[CRYPT_HASH_N];
    crypt_hmac(token_public_pem(a, TOKEN_KEY), text, mac);
    struct str sig = crypt_b64url(a, (struct str){(const char *)mac, sizeof mac});
    ck_assert_int_eq(split(str_fmt(a, "%.*s.%.*s", STR_ARG(text), STR_ARG(sig))),
                     JWT_ALG);
}
END_TEST

int main(void)
{
    token_setup();
    Suite *s = suite_create("jwt");
    TCase *c = tcase_create("jwt");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, parts);
    tcase_add_test(c, shapes);
    tcase_add_test(c, size);
    tcase_add_test(c, kids);
    tcase_add_test(c, second_opinion);
    tcase_add_test(c, stricter);
    tcase_add_test(c, confusion);
    suite_add_tcase(s, c);
    return suite_main(s);
}
