/* cookie.h: the two kinds of cookies that Waymark sets.
 *
 * Both are `__Host-`, Secure, HttpOnly, SameSite=None and Partitioned (BIND-1, SES-1),
 * because they have to work inside the frame of another site.
 *   __Host-lti_<8>       the verifier of one login under way; <8> is part of its state
 *   __Host-wm_<handle>   the secret of one launch's session */
#ifndef WAYMARK_WEB_COOKIE_H
#define WAYMARK_WEB_COOKIE_H

#include "web/req.h"
#include "web/res.h"

#define COOKIE_LOGINS_MAX 20 /* outstanding logins a browser (C-14) */
#define COOKIE_PURGE_MAX 10  /* removed by one answer */

/* The name of the cookie of the login with this state (at least 8 characters). */
struct str cookie_login_name(struct arena *a, struct str state);

/* The name of the cookie of the session with this handle. */
struct str cookie_session_name(struct arena *a, struct str handle);

/* Did the browser send the cookie of any login under way? */
bool cookie_any_login(const struct req *req);

/* Set `name` for `max_age_s` seconds; 0 removes it, with the same attributes. */
void cookie_set(struct res *res, struct str name, struct str value, int64_t max_age_s);

/* Remove login cookies beyond the newest COOKIE_LOGINS_MAX - 1, so that a header never
 * grows over nginx's limit. Browsers list older cookies first (RFC 6265 section 5.4). */
void cookie_purge(const struct req *req, struct res *res);

#endif
