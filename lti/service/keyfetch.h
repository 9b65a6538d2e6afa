/* keyfetch.h: a platform's key set over HTTP (LTI.md JWKS-1), in the form that
 * jose/jwks.h asks for: jwks_new(keyfetch_http, http). */
#ifndef WAYMARK_SERVICE_KEYFETCH_H
#define WAYMARK_SERVICE_KEYFETCH_H

#include "jose/jwks.h"

/* `ctx` is a struct http. At most 256 KiB, 2 redirects on the same host, connect 3 s or
 * the budget if that is less. Any status but 200 is ERR_UNAVAILABLE; the text names the
 * host and the status. max_age_s is the Cache-Control max-age, -1 when there is none. */
int keyfetch_http(void *ctx, struct str url, int budget_ms, struct arena *a,
                  struct jwks_answer *out, struct err *e);

/* The max-age of a Cache-Control header in seconds, or -1. "no-store" and "no-cache" give
 * 0. */
int64_t keyfetch_max_age(struct str cache_control);

#endif
