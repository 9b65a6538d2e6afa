/* toolkey.h: our own signing keys (LTI.md JWKS-7, C-12).
 *
 * A folder with next.pem, current.pem and previous.pem (mode 0600; others are refused).
 * All three are published; current signs. A file's modification time says since when it
 * plays its part. */
#ifndef WAYMARK_JOSE_TOOLKEY_H
#define WAYMARK_JOSE_TOOLKEY_H

#include "base/env.h"
#include "base/js.h"

struct toolkey; /* the keys of one folder, in memory */

/* Read the folder. With `create`, make it (0700) and its current and next key when
 * missing. ERR_NOTFOUND (no current key), ERR_DENIED (a file that others may read),
 * ERR_INPUT (not a key, or too short), ERR_UNAVAILABLE (the system refused). */
struct toolkey *toolkey_open(const char *dir, struct env *env, bool create,
                             struct err *e);

/* Wipe and free. */
void toolkey_close(struct toolkey *t);

/* The kid that signs now: the RFC 7638 thumbprint. */
struct str toolkey_kid(const struct toolkey *t);

/* The document of /lti/jwks.json: {"keys":[{alg,e,kid,kty,n,use}...]}. It lives as long
 * as t. */
struct str toolkey_jwks(const struct toolkey *t);

/* A JWT over `claims` signed with the current key: header alg RS256, typ JWT, kid (SVC-2,
 * DL 2.0). */
int toolkey_sign(const struct toolkey *t, struct arena *a, const struct js *claims,
                 struct str *jwt, struct err *e);

/* current -> previous, next -> current, a new next. ERR_CONFLICT unless `force` when next
 * is published for less than a day, or previous retired less than 7 days ago (JWKS-7).
 * Running processes go on with what they have read; they reload on SIGHUP. */
int toolkey_rotate(const char *dir, struct env *env, bool force, struct err *e);

#endif
