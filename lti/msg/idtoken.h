/* idtoken.h: what a launch and a notice have in common: the checks of a signed token of a
 * platform, from its form to its deployment (LTI.md 2.1).
 *
 * Internal to lti/msg. The order is open, check, then the LTI claims; nothing of the
 * payload is to be believed before idtoken_check. */
#ifndef WAYMARK_MSG_IDTOKEN_H
#define WAYMARK_MSG_IDTOKEN_H

#include "jose/jwt.h"
#include "msg/launch.h"

struct idtoken {
    struct jwt jwt; /* kid as soon as the header was read */
    bool signature_tried;
    int64_t iat_ms;
    int64_t exp_ms;
    struct str deployment_id;
};

/* TOK-1 to TOK-5: three parts, header, payload. */
int idtoken_open(struct arena *a, struct str token, struct idtoken *t, struct fault *f);

/* TOK-6 to TOK-16: issuer, audience, key, signature, times. */
int idtoken_check(struct idtoken *t, const struct launch_policy *p, int64_t now_ms,
                  const struct launch_keys *keys, struct fault *f);

/* TOK-18. */
int idtoken_version(const struct idtoken *t, struct fault *f);

/* TOK-20, the form of it, and the hint of a login (I64): fills deployment_id. */
int idtoken_deployment(struct idtoken *t, const struct launch_policy *p, struct fault *f);

#endif
