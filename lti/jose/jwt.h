/* jwt.h: a compact JWS, taken apart strictly (RFC 7515, RFC 8725; LTI.md TOK-1 to TOK-5).
 *
 * Nothing here is verified yet. The algorithm is ours (RS256), never the header's choice;
 * jku, jwk, x5u and x5c are not even read. */
#ifndef WAYMARK_JOSE_JWT_H
#define WAYMARK_JOSE_JWT_H

#include "base/js.h"

#define JWT_MAX_N 65536
#define JWT_KID_MAX_N 256

enum jwt_result {
    JWT_OK = 0,
    JWT_SIZE,      /* longer than 64 KiB */
    JWT_PARTS,     /* not three non-empty parts */
    JWT_ENCRYPTED, /* five parts: a JWE */
    JWT_ALPHABET,  /* not canonical base64url */
    JWT_HEADER,    /* the header is no JSON object, has duplicate keys, or is too deep */
    JWT_ALG,       /* alg is not exactly RS256 */
    JWT_TYP,       /* typ is neither absent nor JWT */
    JWT_CRIT,      /* crit, b64 or zip: extensions that we do not know */
    JWT_KID,       /* kid absent, no string, empty, or longer than 256 bytes */
    JWT_PAYLOAD    /* the payload is no JSON object, has duplicate keys, or is too deep */
};

struct jwt {
    struct str kid;
    struct str signed_text; /* "header.payload", as received */
    struct str signature;   /* decoded */
    struct js *payload;     /* an object; NOT to be believed before rsa_verify */
};

/* The parts live in the arena; signed_text points into `token`. On JWT_PAYLOAD the kid is
 * set. `why` gets the reason in words. */
enum jwt_result jwt_split(struct arena *a, struct str token, struct jwt *out,
                          struct err *why);

#endif
