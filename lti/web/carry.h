/* carry.h: how a browser carries the session of a launch (SES-1, SES-2).
 *
 * A session belongs to one launch, not to one browser: its handle travels in URLs (`l`,
 * not a secret) and names the cookie that holds the secret. Where no cookie is kept, the
 * secret travels in the hidden field `s` of POST requests, never in a URL. */
#ifndef WAYMARK_WEB_CARRY_H
#define WAYMARK_WEB_CARRY_H

#include "base/keyring.h"
#include "web/req.h"

struct carry {
    struct str handle; /* "" when the secret came in the form */
    struct str secret; /* as the browser sent it; not yet looked up */
    bool in_form;      /* it came in the field `s`: cookieless */
};

/* A new handle: 12 characters of base64url. */
struct str carry_handle(struct arena *a, struct env *env);

/* Is `s` a handle by its form? It becomes part of a cookie's name. */
bool carry_is_handle(struct str s);

/* What the request brings: the cookie of the handle `l`, else the field `s` of a POST.
 * False if there is nothing to look up. */
bool carry_find(struct arena *a, const struct req *req, struct str l, struct str s,
                struct carry *out);

/* The CSRF token of a session: HMAC of its secret with the installation's key, so that
 * nothing is stored. */
struct str carry_csrf(struct arena *a, const struct keyring *keys, struct str secret);

/* Compared in constant time. */
bool carry_csrf_ok(struct arena *a, const struct keyring *keys, struct str secret,
                   struct str token);

#endif
