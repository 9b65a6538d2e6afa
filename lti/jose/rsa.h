/* rsa.h: RSA keys and RS256 (RFC 7518 section 3.3). rsa.c is the only file of lti with
 * OpenSSL's EVP interface (C-6). A failed call leaves OpenSSL's error queue empty. */
#ifndef WAYMARK_JOSE_RSA_H
#define WAYMARK_JOSE_RSA_H

#include "base/err.h"
#include "base/str.h"

struct rsa_key;

/* A public key from the JWK members n and e (base64url; padding and leading zeros
 * allowed: JWKS-3). ERR_INPUT unless 2048 to 8192 bits, odd modulus, e odd, 3 <= e <=
 * 2^32 (JWKS-2). */
struct rsa_key *rsa_public(struct str n, struct str e, struct err *err);

/* Is `sig` the RSASSA-PKCS1-v1_5 / SHA-256 signature of `text`? */
bool rsa_verify(const struct rsa_key *k, struct str text, struct str sig);

/* A new private key. */
struct rsa_key *rsa_generate(int bits, struct err *e);

/* A private key from PEM text (PKCS#8 or PKCS#1, not encrypted); the size rule holds too.
 */
struct rsa_key *rsa_private(struct str pem, struct err *e);

/* The private key as PKCS#8 PEM, ending in NUL, for signing and for writing the file. It
 * belongs to the key and is wiped by rsa_free. NULL for a public key. */
const char *rsa_pem(const struct rsa_key *k);

/* n and e as base64url, without padding or leading zeros. */
void rsa_members(struct arena *a, const struct rsa_key *k, struct str *n, struct str *e);

/* The RFC 7638 thumbprint (SHA-256, base64url): our kids (C-12). */
struct str rsa_thumbprint(struct arena *a, const struct rsa_key *k);

int rsa_bits(const struct rsa_key *k);

void rsa_free(struct rsa_key *k); /* NULL is fine */

#endif
