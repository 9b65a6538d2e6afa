/* pack.h: a struct launch as text, to wait in a ticket (BIND-3), and parts of it as JSON.
 */
#ifndef WAYMARK_MSG_PACK_H
#define WAYMARK_MSG_PACK_H

#include "msg/launch.h"

/* Make every text empty and everything else zero. */
void pack_clear(struct launch *l);

/* All but kid, times and warnings, as JSON. It holds names: seal it before it is stored.
 */
struct str pack_launch(struct arena *a, const struct launch *l);

/* Back again; ERR_INPUT when it is not such a text. */
int pack_read(struct arena *a, struct str text, struct launch *out, struct err *e);

/* What the link itself says, {"key":"value"}: our own parameters, which are the same at
 * each of its launches. Others may be about the person (a mail address, a token): they
 * are not for its row, and would change it at each launch. */
struct str pack_custom(struct arena *a, const struct launch *l);
struct str pack_scopes(struct arena *a, const struct launch *l); /* ["https://..."] */
struct str pack_offered(struct arena *a, const struct launch *l); /* ["Lti..Notice"] */

#endif
