#include "base/crypt.h"

/* OpenSSL 3 looks SHA-256 up anew for each hash that is made the new way: three times the
 * cost of a short one, and a launch makes a dozen. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#define NONCE_N 12
#define TAG_N 16
#define SEAL_VERSION 1

void crypt_sha256(struct str s, unsigned char out[CRYPT_HASH_N])
{
    SHA256_CTX c;
    INVARIANT(SHA256_Init(&c) == 1 && SHA256_Update(&c, s.p, s.n) == 1 &&
              SHA256_Final(out, &c) == 1);
}

void crypt_hmac(struct str key, struct str msg, unsigned char out[CRYPT_HASH_N])
{
    INVARIANT(key.n <= INT_MAX);
    INVARIANT(HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)msg.p, msg.n,
                   out, NULL) != NULL);
}

bool crypt_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void crypt_wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}

static struct str encode(struct arena *a, struct str raw, const char *alphabet, bool pad)
{
    struct buf b;
    buf_init(&b, a, raw.n * 4 / 3 + 5);
    const unsigned char *p = (const unsigned char *)raw.p;
    for (size_t i = 0; i < raw.n; i += 3) {
        size_t left = raw.n - i;
        uint32_t v = (uint32_t)p[i] << 16;
        if (left > 1)
            v |= (uint32_t)p[i + 1] << 8;
        if (left > 2)
            v |= p[i + 2];
        size_t chars = left > 2 ? 4 : left + 1;
        for (size_t k = 0; k < chars; k++)
            buf_char(&b, alphabet[v >> (18 - 6 * k) & 63]);
        for (size_t k = chars; pad && k < 4; k++)
            buf_char(&b, '=');
    }
    return buf_view(&b);
}

struct str crypt_b64url(struct arena *a, struct str raw)
{
    return encode(a, raw,
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                  false);
}

struct str crypt_b64(struct arena *a, struct str raw)
{
    return encode(
        a, raw, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

/* One more than a character's value; 0 for what is no character of base64url. */
static const unsigned char b64url_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,
    ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
    ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
    ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
    ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
    ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
    ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63,
    ['_'] = 64};

int crypt_unb64url(struct arena *a, struct str text, struct str *raw, struct err *e)
{
    if (text.n % 4 == 1)
        return err_set(e, ERR_INPUT, "base64url of an impossible length");
    unsigned char *out = arena_alloc(a, text.n);
    size_t n = 0;
    uint32_t acc = 0;
    int bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint32_t v = b64url_values[(unsigned char)text.p[i]];
        if (v == 0)
            return err_set(e, ERR_INPUT, "not a base64url character at %zu", i);
        acc = acc << 6 | (v - 1);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char)(acc >> bits);
        }
    }
    if ((acc & ((1u << bits) - 1)) != 0)
        return err_set(e, ERR_INPUT, "base64url with stray trailing bits");
    *raw = (struct str){(const char *)out, n};
    return 0;
}

struct str crypt_hex(struct arena *a, struct str raw)
{
    static const char digits[] = "0123456789abcdef";
    char *p = arena_alloc(a, raw.n * 2 + 1);
    for (size_t i = 0; i < raw.n; i++) {
        p[2 * i] = digits[(unsigned char)raw.p[i] >> 4];
        p[2 * i + 1] = digits[(unsigned char)raw.p[i] & 15];
    }
    return (struct str){p, raw.n * 2};
}

struct str crypt_digest(struct arena *a, struct str s)
{
    unsigned char h[CRYPT_HASH_N];
    crypt_sha256(s, h);
    return crypt_hex(a, (struct str){(const char *)h, sizeof h});
}

struct str crypt_token(struct arena *a, struct env *env)
{
    unsigned char r[32];
    env_random(env, r, sizeof r);
    struct str t = crypt_b64url(a, (struct str){(const char *)r, sizeof r});
    crypt_wipe(r, sizeof r);
    return t;
}

/* One pass of GCM over `in`; `out` has room for in.n bytes. */
static bool gcm(bool seal, const unsigned char *key, const unsigned char *nonce,
                struct str aad, struct str in, unsigned char *out,
                unsigned char tag[TAG_N])
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    INVARIANT(c != NULL);
    int n = 0, tail = 0;
    bool ok =
        EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, seal) == 1 &&
        EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)aad.p, (int)aad.n) == 1 &&
        EVP_CipherUpdate(c, out, &n, (const unsigned char *)in.p, (int)in.n) == 1;
    if (ok && !seal)
        ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_N, tag) == 1;
    ok = ok && EVP_CipherFinal_ex(c, out + n, &tail) == 1;
    if (ok && seal)
        ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_N, tag) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

int crypt_seal(struct arena *a, struct env *env, const unsigned char key[CRYPT_KEY_N],
               struct str aad, struct str plain, struct str *sealed, struct err *e)
{
    if (plain.n > CRYPT_SEAL_MAX || aad.n > 1 << 12)
        return err_set(e, ERR_LIMIT, "too long to seal");
    unsigned char *box = arena_alloc(a, 1 + NONCE_N + plain.n + TAG_N);
    box[0] = SEAL_VERSION;
    env_random(env, box + 1, NONCE_N);
    unsigned char *text = box + 1 + NONCE_N;
    if (!gcm(true, key, box + 1, aad, plain, text, text + plain.n))
        return err_set(e, ERR_INTERNAL, "AES-GCM failed");
    *sealed =
        crypt_b64url(a, (struct str){(const char *)box, 1 + NONCE_N + plain.n + TAG_N});
    return 0;
}

int crypt_open(struct arena *a, const unsigned char key[CRYPT_KEY_N], struct str aad,
               struct str sealed, struct str *plain, struct err *e)
{
    struct str box = STR_EMPTY;
    if (crypt_unb64url(a, sealed, &box, e) != 0)
        return -1;
    if (box.n < 1 + NONCE_N + TAG_N || box.p[0] != SEAL_VERSION ||
        box.n > 2 * CRYPT_SEAL_MAX)
        return err_set(e, ERR_INPUT, "not a sealed text");
    size_t n = box.n - 1 - NONCE_N - TAG_N;
    unsigned char tag[TAG_N];
    memcpy(tag, box.p + box.n - TAG_N, TAG_N);
    unsigned char *out = arena_alloc(a, n + 1);
    struct str in = {box.p + 1 + NONCE_N, n};
    if (!gcm(false, key, (const unsigned char *)box.p + 1, aad, in, out, tag))
        return err_set(e, ERR_INPUT,
                       "sealed with another key, for another place, or altered");
    *plain = (struct str){(const char *)out, n};
    return 0;
}
