#include "jose/rsa.h"

#include "base/crypt.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define BITS_MIN 2048
#define BITS_MAX 8192
#define PEM_MAX_N (32 * 1024)

struct rsa_key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *verify; /* set up once: that costs as much as the arithmetic */
    char *pem;            /* private keys only */
    size_t pem_n;
};

static struct rsa_key *hold(EVP_PKEY *pkey)
{
    struct rsa_key *k = calloc(1, sizeof *k);
    INVARIANT(k != NULL);
    k->pkey = pkey;
    k->verify = EVP_PKEY_CTX_new(pkey, NULL);
    INVARIANT(k->verify != NULL && EVP_PKEY_verify_init(k->verify) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(k->verify, RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_CTX_set_signature_md(k->verify, EVP_sha256()) == 1);
    return k;
}

void rsa_free(struct rsa_key *k)
{
    if (k == NULL)
        return;
    EVP_PKEY_CTX_free(k->verify);
    EVP_PKEY_free(k->pkey);
    if (k->pem != NULL)
        crypt_wipe(k->pem, k->pem_n);
    free(k->pem);
    free(k);
}

/* JWKS-2: what a number must be to serve as a key. NULL when it may. */
static const char *unfit(const BIGNUM *n, const BIGNUM *e)
{
    int bits = BN_num_bits(n);
    if (bits < BITS_MIN || bits > BITS_MAX)
        return "modulus of fewer than 2048 or more than 8192 bits";
    if (!BN_is_odd(n))
        return "even modulus";
    if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > 32)
        return "exponent even, below 3 or above 2^32";
    return NULL;
}

/* A JWK number; `=` at the end and leading zero bytes are tolerated (JWKS-3). NULL: not
 * one. */
static BIGNUM *number(struct arena *a, struct str text)
{
    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    struct str raw;
    if (text.n == 0 || text.n > 2048 || crypt_unb64url(a, text, &raw, NULL) != 0)
        return NULL;
    return BN_bin2bn((const unsigned char *)raw.p, (int)raw.n, NULL);
}

static EVP_PKEY *from_numbers(const BIGNUM *n, const BIGNUM *e)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    if (ctx != NULL && b != NULL && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e))
        params = OSSL_PARAM_BLD_to_param(b);
    if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

struct rsa_key *rsa_public(struct str n, struct str e, struct err *err)
{
    struct arena *a = arena_new(16 * 1024);
    BIGNUM *bn = number(a, n), *be = number(a, e);
    arena_free(a);
    const char *why = bn == NULL || be == NULL ? "n or e is no base64url" : unfit(bn, be);
    EVP_PKEY *pkey = why == NULL ? from_numbers(bn, be) : NULL;
    if (why == NULL && pkey == NULL)
        why = "OpenSSL refused the numbers";
    BN_free(bn);
    BN_free(be);
    if (pkey == NULL) {
        ERR_clear_error();
        err_set(err, ERR_INPUT, "RSA key: %s", why);
        return NULL;
    }
    return hold(pkey);
}

bool rsa_verify(const struct rsa_key *k, struct str text, struct str sig)
{
    unsigned char hash[CRYPT_HASH_N];
    crypt_sha256(text, hash);
    bool ok = EVP_PKEY_verify(k->verify, (const unsigned char *)sig.p, sig.n, hash,
                              sizeof hash) == 1;
    if (!ok)
        ERR_clear_error();
    return ok;
}

/* PKCS#8 text of the private key, kept beside it. */
static int keep_pem(struct rsa_key *k)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *p = NULL;
    long n = -1;
    if (bio != NULL &&
        PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) == 1)
        n = BIO_get_mem_data(bio, &p);
    if (n > 0) {
        k->pem = malloc((size_t)n + 1);
        INVARIANT(k->pem != NULL);
        memcpy(k->pem, p, (size_t)n);
        k->pem[n] = '\0';
        k->pem_n = (size_t)n + 1;
    }
    BIO_free(bio);
    return n > 0 ? 0 : -1;
}

struct rsa_key *rsa_generate(int bits, struct err *e)
{
    INVARIANT(bits >= BITS_MIN && bits <= BITS_MAX);
    EVP_PKEY *pkey = EVP_RSA_gen((unsigned)bits);
    if (pkey == NULL) {
        ERR_clear_error();
        err_set(e, ERR_INTERNAL, "no RSA key could be made");
        return NULL;
    }
    struct rsa_key *k = hold(pkey);
    INVARIANT(keep_pem(k) == 0);
    return k;
}

/* OpenSSL would ask on the terminal for the password of an encrypted key. */
static int no_password(char *buf, int size, int rwflag, void *u)
{
    (void)buf, (void)size, (void)rwflag, (void)u;
    return -1;
}

static bool fit(const EVP_PKEY *pkey)
{
    BIGNUM *n = NULL, *e = NULL;
    bool ok = EVP_PKEY_is_a(pkey, "RSA") &&
              EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
              EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
              unfit(n, e) == NULL;
    BN_free(n);
    BN_free(e);
    return ok;
}

struct rsa_key *rsa_private(struct str pem, struct err *e)
{
    EVP_PKEY *pkey = NULL;
    BIO *bio = pem.n <= PEM_MAX_N ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    if (bio != NULL)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (pkey != NULL && !fit(pkey)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    struct rsa_key *k = pkey == NULL ? NULL : hold(pkey);
    if (k != NULL && keep_pem(k) == 0)
        return k;
    rsa_free(k);
    ERR_clear_error();
    err_set(e, ERR_INPUT, "not an RSA private key of 2048 to 8192 bits in PEM");
    return NULL;
}

const char *rsa_pem(const struct rsa_key *k)
{
    return k->pem;
}

static struct str member(struct arena *a, const struct rsa_key *k, const char *name)
{
    BIGNUM *bn = NULL;
    INVARIANT(EVP_PKEY_get_bn_param(k->pkey, name, &bn) == 1);
    unsigned char *p = arena_alloc(a, (size_t)BN_num_bytes(bn));
    int n = BN_bn2bin(bn, p);
    BN_free(bn);
    return crypt_b64url(a, (struct str){(const char *)p, (size_t)n});
}

void rsa_members(struct arena *a, const struct rsa_key *k, struct str *n, struct str *e)
{
    *n = member(a, k, OSSL_PKEY_PARAM_RSA_N);
    *e = member(a, k, OSSL_PKEY_PARAM_RSA_E);
}

struct str rsa_thumbprint(struct arena *a, const struct rsa_key *k)
{
    struct str n, e;
    rsa_members(a, k, &n, &e);
    /* RFC 7638: the required members alone, in this order, without blanks */
    struct str text = str_fmt(a, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}",
                              STR_ARG(e), STR_ARG(n));
    unsigned char h[CRYPT_HASH_N];
    crypt_sha256(text, h);
    return crypt_b64url(a, (struct str){(const char *)h, sizeof h});
}

int rsa_bits(const struct rsa_key *k)
{
    return EVP_PKEY_get_bits(k->pkey);
}
