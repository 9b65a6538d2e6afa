/* dynreg_request.h: what we ask a platform for (LTI.md 7.3), never more than it offers
 * (DR-2). */
#ifndef WAYMARK_MSG_DYNREG_REQUEST_H
#define WAYMARK_MSG_DYNREG_REQUEST_H

#include "msg/dynreg.h"

#define DYNREG_ASKS_MAX 8

/* What we shall ask this platform for, in the order it is shown: short names ("roster",
 * "score", ...) whose reason is the text "register.ask." + name. Returns how many. */
size_t dynreg_request_asks(const struct dynreg_config *c,
                           const char *asks[DYNREG_ASKS_MAX]);

/* The scopes among them, blank between. */
struct str dynreg_request_scopes(struct arena *a, const struct dynreg_config *c);

/* The short name of a scope that we know, or NULL. */
const char *dynreg_request_name(struct str scope);

/* The body of the registration request. `public_url` is an address that was checked. */
struct str dynreg_request_text(struct arena *a, const struct dynreg_config *c,
                               struct str public_url);

#endif
