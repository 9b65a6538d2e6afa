/* storage.h: LTI platform storage (1EdTech lti-cs-oidc, lti-pm-s; LTI.md 1.6): where the
 * browser keeps no cookie for us, a window of the platform keeps the login's verifier.
 * templates/assets/storage.js does the talking; this tells it what to say to whom. */
#ifndef WAYMARK_WEB_STORAGE_H
#define WAYMARK_WEB_STORAGE_H

#include "web/ticket.h"

struct storage {
    struct str frame;  /* PS-2: "_parent" or the name of a frame */
    struct str origin; /* PS-3: of the registered authentication address */
    struct str key;    /* PS-6: short, another for each login, no secret */
};

/* Empty if the address has no origin that a browser could tell from others. */
struct str storage_origin(struct page_ctx *c, const struct registration *reg);

/* The key of the login with this hash of its state. */
struct str storage_key(struct arena *a, struct str state_hash);

/* For the page's script: v.storage. */
void storage_view(struct view *v, const struct storage *s);

/* Is this the value that the login's browser was given? In constant time. */
bool storage_fits(struct arena *a, struct str value, struct str verifier_hash);

#endif
