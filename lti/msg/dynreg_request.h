/* dynreg_request.h: what we ask a platform for (LTI.md 7.3), never more than it offers
 * (DR-2). */
#ifndef WAYMARK_MSG_DYNREG_REQUEST_H
#define WAYMARK_MSG_DYNREG_REQUEST_H

#include "msg/dynreg.h"

/* The scopes that we shall ask this platform for, blank between, in the order they are
 * shown. */
struct str dynreg_request_scopes(struct arena *a, const struct dynreg_config *c);

/* The short name of a scope that we know ("roster", "score", ...), or NULL. Its reason is
 * the text "register.ask." + name. */
const char *dynreg_request_name(struct str scope);

/* The body of the registration request. `public_url` is an address that was checked. */
struct str dynreg_request_text(struct arena *a, const struct dynreg_config *c,
                               struct str public_url);

#endif
