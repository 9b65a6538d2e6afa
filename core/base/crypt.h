/* crypt.h: hashes, sealing, constant-time comparison, base64url. crypt.c is the only file
 * of core with libcrypto (signatures live in lti/jose). */
#ifndef WAYMARK_BASE_CRYPT_H
#define WAYMARK_BASE_CRYPT_H

#include "base/env.h"
#include "base/err.h"
#include "base/str.h"

#define CRYPT_HASH_N 32
#define CRYPT_KEY_N 32
#define CRYPT_SEAL_MAX ((size_t)16 << 20) /* bytes of one text that is sealed */

/* SHA-256 (FIPS 180-4) of `s`. */
void crypt_sha256(struct str s, unsigned char out[CRYPT_HASH_N]);

/* HMAC-SHA-256 (RFC 2104). */
void crypt_hmac(struct str key, struct str msg, unsigned char out[CRYPT_HASH_N]);

/* Equal, in time that depends on the lengths alone. */
bool crypt_equal(struct str a, struct str b);

/* Overwrite a secret so that the compiler cannot leave it out. */
void crypt_wipe(void *p, size_t n);

/* base64url without padding (RFC 4648 section 5). Decoding is strict: no padding, no
 * other alphabet, no blanks, no stray trailing bits; ERR_INPUT otherwise. */
struct str crypt_b64url(struct arena *a, struct str raw);
int crypt_unb64url(struct arena *a, struct str text, struct str *raw, struct err *e);

/* base64 with padding (RFC 4648 section 4). */
struct str crypt_b64(struct arena *a, struct str raw);

struct str crypt_hex(struct arena *a, struct str raw);

/* hex(SHA-256(s)): how a session handle, a state or a ticket is stored. */
struct str crypt_digest(struct arena *a, struct str s);

/* 256 random bits as 43 characters of base64url. */
struct str crypt_token(struct arena *a, struct env *env);

/* AES-256-GCM with a random nonce. `aad` binds the text to its place (table, tenant,
 * row). Sealed form: base64url(version 1, nonce 12, ciphertext, tag 16). */
int crypt_seal(struct arena *a, struct env *env, const unsigned char key[CRYPT_KEY_N],
               struct str aad, struct str plain, struct str *sealed, struct err *e);

/* ERR_INPUT when the text was not sealed with this key and this `aad`. */
int crypt_open(struct arena *a, const unsigned char key[CRYPT_KEY_N], struct str aad,
               struct str sealed, struct str *plain, struct err *e);

#endif
