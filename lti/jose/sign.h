/* sign.h: RS256 signing through libjwt. sign.c is the only file with jwt.h. */
#ifndef WAYMARK_JOSE_SIGN_H
#define WAYMARK_JOSE_SIGN_H

#include "base/js.h"

/* A compact JWS over `claims` (an object): header {"alg":"RS256","typ":"JWT","kid":kid}.
 * `pem` is a private key. ERR_INTERNAL when the library refuses. */
int sign_rs256(struct arena *a, const char *pem, struct str kid, const struct js *claims,
               struct str *jwt, struct err *e);

#endif
