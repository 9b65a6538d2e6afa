/* RSA keys: which numbers make a key, which signatures hold, and ours against libjwt. */
#include "base/crypt.h"
#include "jose/jwt.h"
#include "jose/rsa.h"
#include "jose/sign.h"
#include "support/suite.h"
#include "support/token.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

static struct arena *a;

static void begin(void)
{
    a = arena_new(16 << 20);
}

static void end(void)
{
    ck_assert_int_eq((int)ERR_peek_error(), 0); /* the queue stays clean */
    arena_free(a);
}

static struct str b64(const char *bytes, size_t n)
{
    return crypt_b64url(a, (struct str){bytes, n});
}

/* A modulus of `bits` bits: top bit set, all ones below, so odd. */
static struct str modulus(int bits, bool odd)
{
    size_t n = (size_t)(bits + 7) / 8;
    unsigned char *p = arena_alloc(a, n);
    memset(p, 0xff, n);
    if (bits % 8 != 0)
        p[0] = (unsigned char)(0xff >> (8 - bits % 8));
    if (!odd)
        p[n - 1] = 0xfe;
    return b64((const char *)p, n);
}

static bool takes(struct str n, struct str e)
{
    struct err err;
    struct rsa_key *k = rsa_public(n, e, &err);
    rsa_free(k);
    return k != NULL;
}

/* JWKS-2, I87. */
START_TEST(numbers)
{
    struct str e3 = b64("\3", 1), f4 = b64("\1\0\1", 3);
    ck_assert(takes(modulus(2048, true), f4));
    ck_assert(takes(modulus(2048, true), e3));
    ck_assert(takes(modulus(8192, true), f4));
    ck_assert(!takes(modulus(2047, true), f4));
    ck_assert(!takes(modulus(1024, true), f4));
    ck_assert(!takes(modulus(8193, true), f4));
    ck_assert(!takes(modulus(2048, false), f4));
    ck_assert(!takes(modulus(2048, true), b64("\1", 1)));
    ck_assert(!takes(modulus(2048, true), b64("\2", 1)));
    ck_assert(!takes(modulus(2048, true), b64("\0", 1)));
    ck_assert(!takes(modulus(2048, true), b64("\1\0\0\0\0", 5)));
    ck_assert(!takes(modulus(2048, true), b64("\1\0\0\0\1", 5)));
    ck_assert(takes(modulus(2048, true), b64("\xff\xff\xff\xff", 4)));
    ck_assert(!takes(STR_EMPTY, f4));
    ck_assert(!takes(modulus(2048, true), STR_EMPTY));
    ck_assert(!takes(STR("AA"), f4));
    ck_assert(!takes(STR("not base64url!"), f4));
}
END_TEST

/* JWKS-3: padding and a leading zero byte do not matter. */
START_TEST(padding)
{
    size_t n = 257;
    char *p = arena_alloc(a, n);
    memset(p, 0xff, n);
    p[0] = 0;
    struct str with_zero = b64(p, n);
    struct str padded = str_fmt(a, "%.*s=", STR_ARG(with_zero));
    ck_assert(takes(with_zero, STR("AQAB")));
    ck_assert(takes(padded, STR("AQAB")));
    ck_assert(takes(padded, STR("AQAB====")));
}
END_TEST

/* Sign with libjwt, verify with ours; and the other way round through its decoder. */
START_TEST(sign_and_verify)
{
    struct err e = {.code = ERR_NONE};
    struct rsa_key *k = rsa_generate(2048, &e);
    struct js *claims = js_object(a);
    js_set_str(claims, "iss", STR("tool-1"));
    js_set_i64(claims, "iat", 1790000000);
    struct str jwt, n, ee;
    ck_assert_int_eq(sign_rs256(a, rsa_pem(k), STR("our-kid"), claims, &jwt, &e), 0);
    struct jwt parts;
    ck_assert_int_eq(jwt_split(a, jwt, &parts, &e), JWT_OK);
    ck_assert(str_is(parts.kid, "our-kid"));
    int64_t iat = 0;
    ck_assert(js_i64(js_get(parts.payload, "iat"), &iat) && iat == 1790000000);
    rsa_members(a, k, &n, &ee);
    struct rsa_key *pub = rsa_public(n, ee, &e);
    ck_assert_ptr_nonnull(pub);
    ck_assert_ptr_null(rsa_pem(pub));
    ck_assert(rsa_verify(pub, parts.signed_text, parts.signature));
    ck_assert(!rsa_verify(pub, str_sub(jwt, 0, 20), parts.signature));
    struct rsa_key *again = rsa_private(str_c(rsa_pem(k)), &e);
    ck_assert(str_eq(rsa_thumbprint(a, again), rsa_thumbprint(a, pub)));
    rsa_free(again);
    rsa_free(pub);
    rsa_free(k);
}
END_TEST

/* RFC 7638 section 3.1, the RFC's own example. */
START_TEST(thumbprint)
{
    struct err e;
    struct rsa_key *k =
        rsa_public(STR("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zw"
                       "u1RK7aPFFxuhDR"
                       "1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"
                       "5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0"
                       "h4QyQ5v-65YGjQR0_"
                       "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91"
                       "CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
                       "xBniIqbw0Ls1jF44"
                       "-csFCur-kEgU8awapJzKnqDKgw"),
                   STR("AQAB"), &e);
    ck_assert_ptr_nonnull(k);
    ck_assert(
        str_is(rsa_thumbprint(a, k), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    ck_assert_int_eq(rsa_bits(k), 2048);
    rsa_free(k);
}
END_TEST

/* I43: a signature of another length, of zeros, or empty never passes. */
/* C-6: whatever OpenSSL says but 1 is no. */
START_TEST(odd_signatures)
{
    struct err e;
    struct rsa_key *k = rsa_generate(2048, &e);
    static const char zeros[300];
    for (size_t n = 0; n <= sizeof zeros; n += 4)
        ck_assert(!rsa_verify(k, STR("text"), (struct str){zeros, n}));
    rsa_free(k);
}
END_TEST

/* I43: with e = 3, a block whose padding does not fill it is a forgery that anybody can
 * take a cube root for. Signed with a key of our own, so that only the padding is wrong.
 */
START_TEST(short_padding)
{
    unsigned char block[256] = {0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
    static const unsigned char info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                         0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                         0x01, 0x05, 0x00, 0x04, 0x20};
    struct err e;
    struct rsa_key *k = rsa_generate(2048, &e);
    memcpy(block + 11, info, sizeof info);
    crypt_sha256(STR("text"), block + 11 + sizeof info);
    BIO *bio = BIO_new_mem_buf(rsa_pem(k), -1);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
    unsigned char sig[256];
    size_t n = sizeof sig;
    ck_assert_int_eq(EVP_PKEY_sign_init(c), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING), 1);
    ck_assert_int_eq(EVP_PKEY_sign(c, sig, &n, block, sizeof block), 1);
    ck_assert(!rsa_verify(k, STR("text"), (struct str){(const char *)sig, n}));
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    rsa_free(k);
}
END_TEST

START_TEST(not_private)
{
    struct err e;
    ck_assert_ptr_null(rsa_private(STR("hello"), &e));
    ck_assert_ptr_null(rsa_private(STR_EMPTY, &e));
    ck_assert_ptr_null(rsa_private(token_public_pem(a, TOKEN_KEY), &e));
    EVP_PKEY *ec = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *p;
    PEM_write_bio_PrivateKey(bio, ec, NULL, NULL, 0, NULL, NULL);
    long n = BIO_get_mem_data(bio, &p);
    ck_assert_ptr_null(rsa_private((struct str){p, (size_t)n}, &e));
    ck_assert_int_eq(e.code, ERR_INPUT);
    BIO_free(bio);
    EVP_PKEY_free(ec);
}
END_TEST

int main(void)
{
    token_setup();
    Suite *s = suite_create("rsa");
    TCase *c = tcase_create("rsa");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, numbers);
    tcase_add_test(c, padding);
    tcase_add_test(c, sign_and_verify);
    tcase_add_test(c, thumbprint);
    tcase_add_test(c, odd_signatures);
    tcase_add_test(c, short_padding);
    tcase_add_test(c, not_private);
    suite_add_tcase(s, c);
    return suite_main(s);
}
