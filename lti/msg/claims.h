/* claims.h: the LTI claims of a payload whose signature held, into a struct launch.
 *
 * Internal to lti/msg. What is optional and wrong is left out, with a warning for
 * administrators where somebody will miss it; what is required and wrong is a fault. */
#ifndef WAYMARK_MSG_CLAIMS_H
#define WAYMARK_MSG_CLAIMS_H

#include "msg/launch.h"

#define CLAIM(name) "https://purl.imsglobal.org/spec/lti/claim/" name

struct claims {
    struct arena *a;
    const struct launch_policy *p;
    const struct js *payload;
    struct launch *out;
};

/* The optional claims, in one go (LTI.md 2.3): person, context apart, link title, locale,
 * services, custom, platform. Never fails. */
void claims_optional(struct claims *c);

/* launch_presentation alone, for the way back on a refusal. */
void claims_presentation(struct claims *c);

/* sub, at most 255 ASCII characters (I57, MSG-2); `required` as the message says. */
int claims_sub(struct claims *c, bool required, struct fault *f);

/* resource_link.id (I65). */
int claims_link(struct claims *c, struct fault *f);

/* roles as bits, and the mentees of a Mentor (I66, I67, MSG-3). */
int claims_roles(struct claims *c, bool required, struct fault *f);

/* context (I69). */
int claims_context(struct claims *c, struct fault *f);

/* What a message asks beyond that. Call them after all of the above:
 * deep_linking_settings (I73); for_user with a line item (I76), of somebody else for
 * staff only (I77); for_user, of somebody else for administrators only; a context. */
int claims_deep_link(struct claims *c, struct fault *f);
int claims_review(struct claims *c, struct fault *f);
int claims_privacy(struct claims *c, struct fault *f);
int claims_course(struct claims *c, struct fault *f);

#endif
