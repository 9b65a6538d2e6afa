/* lti11.h: what a platform tells of the LTI 1.1 link that was here before (2.7). */
#ifndef WAYMARK_MSG_LTI11_H
#define WAYMARK_MSG_LTI11_H

#include "msg/launch.h"

/* The text that lti1p1.oauth_consumer_key_sign signs: consumer key, deployment, issuer,
 * client_id of the registration (not an audience), exp, nonce. Needs l->lti1p1 and what
 * the checks before it have filled in. */
struct str lti11_text(struct arena *a, const struct launch *l, struct str nonce);

/* Is the claim signed with the secret of its consumer key (MIG-1)? In constant time. */
bool lti11_signed(struct arena *a, const struct launch *l, struct str secret);

#endif
