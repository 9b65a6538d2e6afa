/* keyfetch.h: the program's way to get a platform's key set, for jwks_new (JWKS-1). */
#ifndef WAYMARK_MSG_KEYFETCH_H
#define WAYMARK_MSG_KEYFETCH_H

#include "jose/jwks.h"
#include "net/http.h"

/* A jwks_fetch_fn; `http` is a struct http. GET, status 200, at most 2 redirects on the
 * same host, 256 KiB. Any content type (V15). */
int keyfetch_http(void *http, struct str url, int budget_ms, struct arena *a,
                  struct jwks_answer *out, struct err *e);

/* max-age of a Cache-Control header in seconds; 0 for no-store and no-cache; -1 for none.
 */
int64_t keyfetch_max_age(struct str cache_control);

#endif
