/* Key set documents: which entries become keys (LTI.md 2.2). Lookup and cache are tested
 * in tests/store/test_keys.c. */
#include "jose/jwks.h"
#include "jose/keycache.h"
#include "support/suite.h"
#include "support/token.h"

#include <string.h>

static struct arena *a;
static struct jwks_set set;
static struct err e;

static void begin(void)
{
    a = arena_new(32 << 20);
}

static void end(void)
{
    arena_free(a);
}

static int parse(const char *doc)
{
    return jwks_parse(a, str_c(doc), &set, &e);
}

/* A key with more members, as a whole document. */
static const char *with(const char *more)
{
    struct str k = token_jwk(a, TOKEN_KEY, "k");
    k.n--; /* the closing brace */
    return str_z(a, str_fmt(a, "{\"keys\":[%.*s%s}]}", STR_ARG(k), more));
}

/* V15, JWKS-2, JWKS-3: what a set may carry beside, and how a key may be written. */
START_TEST(usable)
{
    static const char *const fine[] = {
        "",
        ",\"use\":\"sig\"",
        ",\"use\":null",
        ",\"alg\":\"RS256\"",
        ",\"key_ops\":[\"verify\"]",
        ",\"key_ops\":[\"x\",\"verify\"]",
        ",\"x5c\":[\"MIIC\"],\"x5t\":\"x\"",
        ",\"vendor\":{\"a\":[1]}",
    };
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        ck_assert_int_eq(parse(with(fine[i])), 0);
        ck_assert_msg(set.n == 1 && set.skipped == 0, "%s", fine[i]);
        ck_assert(str_is(set.key[0].kid, "k"));
        ck_assert(!set.leaks_private);
    }
}
END_TEST

/* I87: not used, and the set stands all the same. */
START_TEST(skipped)
{
    static const char *const odd[] = {
        ",\"use\":\"enc\"",        ",\"use\":5",      ",\"alg\":\"RS512\"",
        ",\"alg\":\"PS256\"",      ",\"key_ops\":[]", ",\"key_ops\":[\"sign\"]",
        ",\"key_ops\":\"verify\"",
    };
    static const char *const entries[] = {
        "{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
        "{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"AA\"}",
        "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"kid\":\"k\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":5,\"e\":\"AQAB\"}",
        "{\"kty\":5}",
        "{}",
        "[]",
        "null",
        "\"x\"",
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        ck_assert_int_eq(parse(with(odd[i])), 0);
        ck_assert_msg(set.n == 0 && set.skipped == 1, "%s", odd[i]);
    }
    struct str good = token_jwk(a, TOKEN_KEY, "good");
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        struct str doc = str_fmt(a, "{\"keys\":[%s,%.*s]}", entries[i], STR_ARG(good));
        ck_assert_int_eq(parse(str_z(a, doc)), 0);
        ck_assert_msg(set.n == 1 && set.skipped == 1, "%s", entries[i]);
        ck_assert(str_is(set.key[0].kid, "good"));
    }
}
END_TEST

/* JWKS-4: without a kid a key is nothing; one kid twice is two keys to try. */
START_TEST(kid_rules)
{
    struct str k = token_jwk(a, TOKEN_KEY, "k"),
               other = token_jwk(a, TOKEN_OTHER_KEY, "k");
    struct str none = token_jwk(a, TOKEN_KEY, "");
    struct str doc = str_fmt(a, "{\"keys\":[%.*s,%.*s,%.*s]}", STR_ARG(k), STR_ARG(other),
                             STR_ARG(none));
    ck_assert_int_eq(parse(str_z(a, doc)), 0);
    ck_assert_uint_eq(set.n, 2);
    ck_assert_uint_eq(set.skipped, 1);
}
END_TEST

/* JWKS-2: a leaked private key still verifies, and is reported. */
START_TEST(private_parts)
{
    ck_assert_int_eq(parse(with(",\"d\":\"AAAA\"")), 0);
    ck_assert_uint_eq(set.n, 1);
    ck_assert(set.leaks_private);
}
END_TEST

/* I86. */
START_TEST(not_a_set)
{
    static const char *const bad[] = {
        "",
        "<html>",
        "[]",
        "5",
        "null",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":null}",
        "{\"keys\":\"x\"}",
        "{\"keys\":[{\"kty\":\"RSA\"",
        "{\"keys\":[],\"keys\":[]}",
        "{\"keys\":[[[[[[[[[[1]]]]]]]]]]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(parse(bad[i]) == -1, "%s", bad[i]);
    struct buf b;
    buf_init(&b, a, 1 << 19);
    buf_c(&b, "{\"keys\":[{}");
    for (int i = 0; i < 99; i++)
        buf_c(&b, ",{}");
    struct str hundred = str_fmt(a, "%.*s]}", STR_ARG(buf_view(&b)));
    ck_assert_int_eq(jwks_parse(a, hundred, &set, &e), 0);
    ck_assert_uint_eq(set.skipped, 100);
    buf_c(&b, ",{}]}");
    ck_assert_int_eq(jwks_parse(a, buf_view(&b), &set, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
    struct str big = {arena_alloc(a, JWKS_MAX_N + 1), JWKS_MAX_N + 1};
    ck_assert_int_eq(jwks_parse(a, big, &set, &e), -1);
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

static struct rsa_key *key(void)
{
    const struct js *k = js_parse(a, token_jwk(a, TOKEN_KEY, "k"), 4096, 3, &e);
    return rsa_public(js_text(k, "n"), js_text(k, "e"), &e);
}

/* The keys of a process: by registration and kid, until their time, bounded. */
START_TEST(cache)
{
    struct keycache *c = keycache_new(3);
    struct jwks_found found;
    struct rsa_key *k[2] = {key(), key()};
    keycache_put(c, 1, STR("k"), 100, k, 2);
    ck_assert(keycache_get(c, 1, STR("k"), 99, &found));
    ck_assert_uint_eq(found.n, 2);
    ck_assert(!keycache_get(c, 1, STR("k"), 100, &found));
    ck_assert(!keycache_get(c, 2, STR("k"), 50, &found));
    ck_assert(!keycache_get(c, 1, STR("kk"), 50, &found));
    ck_assert(!keycache_get(c, 1, STR_EMPTY, 50, &found));
    k[0] = key();
    keycache_put(c, 1, STR("k"), 200, k, 1); /* replaces both */
    ck_assert(keycache_get(c, 1, STR("k"), 150, &found));
    ck_assert_uint_eq(found.n, 1);
    for (int64_t i = 2; i <= 4; i++) { /* 3 places: the one that ends first goes */
        k[0] = key();
        keycache_put(c, i, STR("k"), 100 + i, k, 1);
    }
    ck_assert(!keycache_get(c, 2, STR("k"), 50, &found));
    ck_assert(keycache_get(c, 1, STR("k"), 50, &found));
    ck_assert(keycache_get(c, 4, STR("k"), 50, &found));
    keycache_drop(c, 4);
    ck_assert(!keycache_get(c, 4, STR("k"), 50, &found));
    keycache_free(c);
}
END_TEST

int main(void)
{
    token_setup();
    Suite *s = suite_create("jwks");
    TCase *c = tcase_create("jwks");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, usable);
    tcase_add_test(c, skipped);
    tcase_add_test(c, kid_rules);
    tcase_add_test(c, private_parts);
    tcase_add_test(c, not_a_set);
    tcase_add_test(c, cache);
    suite_add_tcase(s, c);
    return suite_main(s);
}
