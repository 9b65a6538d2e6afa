/* target.h: is an address in a message one of ours, or one that we may use? */
#ifndef WAYMARK_MSG_TARGET_H
#define WAYMARK_MSG_TARGET_H

#include "base/str.h"
#include "net/guard.h"

/* `uri` is absolute, has the scheme, host and port of `base`, lies under its path, and
 * has no dot segments, encoded slashes, user name, backslash or control character
 * (TOK-22, I7). */
bool target_ours(struct arena *a, struct str uri, struct str base);

/* An https URL (http too with `http`) without user name or fragment, for links that
 * people follow (I81). */
bool target_safe_link(struct arena *a, struct str uri, bool http);

/* The same for an address that we shall call: also no address literal and no local name
 * that `guard` refuses (I71, SVC-7). `guard` NULL: public addresses only. */
bool target_service(struct arena *a, struct str uri, bool http,
                    const struct guard *guard);

/* Have two such URLs one origin? */
bool target_same_origin(struct arena *a, struct str x, struct str y);

#endif
