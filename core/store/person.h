/* person.h: names and mail addresses, sealed at rest.
 *
 * A sealed text opens only for the same tenant, person and field, so a row copied
 * elsewhere stays closed. */
#ifndef WAYMARK_STORE_PERSON_H
#define WAYMARK_STORE_PERSON_H

#include "base/crypt.h"
#include "base/keyring.h"

/* Seal `plain` ("name" or "email" is the field). An empty text gives an empty result. */
int person_seal(struct arena *a, struct env *env, const struct keyring *keys,
                int64_t tenant_id, int64_t person_id, const char *field, struct str plain,
                struct str *sealed, struct err *e);

/* The plain text; empty when sealed is empty, or cannot be opened (logged: somebody
 * changed data.key). */
struct str person_open(struct arena *a, const struct keyring *keys, int64_t tenant_id,
                       int64_t person_id, const char *field, struct str sealed);

/* What to call somebody whose name the platform keeps to itself: "Participant 7f3a", from
 * the id alone. */
struct str person_label(struct arena *a, int64_t person_id);

#endif
