/* canvas_oauth.h: a Canvas developer key (API key): an administrator consents once,
 * and we get tokens that end and are renewed (RFC 6749, sections 4.1 and 6). */
#ifndef WAYMARK_LMS_CANVAS_OAUTH_H
#define WAYMARK_LMS_CANVAS_OAUTH_H

#include "lms/lms.h"

struct canvas_oauth {
    struct http *http;
    struct str base_url;
    struct str client_id;
    struct str client_secret; /* secret */
    struct str redirect_uri;
};

struct canvas_oauth_token {
    struct str access;  /* secret */
    struct str refresh; /* secret; empty: the old one stays good */
    int64_t life_ms;    /* from now */
};

/* Where an administrator says yes. Asks for the scopes of every row of `ops`. */
struct str canvas_oauth_address(struct arena *a, const struct canvas_oauth *k,
                                const struct lms_ops *ops, struct str state);

/* A token for the code that came back, or for a refresh token. -1: ERR_DENIED (Canvas
 * refuses it: an administrator must consent again), ERR_UNAVAILABLE, ERR_INPUT. */
int canvas_oauth_code(const struct canvas_oauth *k, struct str code,
                      struct canvas_oauth_token *out, struct arena *a, struct err *e);
int canvas_oauth_renew(const struct canvas_oauth *k, struct str refresh,
                       struct canvas_oauth_token *out, struct arena *a, struct err *e);

/* Read an answer of the token address. */
int canvas_oauth_read(struct str body, struct canvas_oauth_token *out, struct arena *a,
                      struct err *e);

#endif
