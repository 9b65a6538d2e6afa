/* consent.h: an administrator's consent in an LMS (OAuth2), under way. Its state is kept
 * as a hash, is good once and for a short time, and names the credential that it is
 * for. */
#ifndef WAYMARK_STORE_CONSENT_H
#define WAYMARK_STORE_CONSENT_H

#include "base/crypt.h"
#include "db/db.h"

#define CONSENT_MS INT64_C(600000)

/* The key of a row of lms_credential. */
struct consent {
    int64_t registration_id;
    int64_t tenant_id;
    struct str course;
};

/* Wait for `state` until expires_ms; an older one of that credential is good no more. 1,
 * 0: there is no such credential, -1. */
int consent_begin(struct db *db, struct arena *a, const struct consent *of,
                  struct str state, int64_t expires_ms, struct err *e);

/* Whose state it is; from now on nobody's. Inside a transaction. 1, 0: unknown, used or
 * too old, -1. */
int consent_take(struct db *db, struct arena *a, struct str state, int64_t now_ms,
                 struct consent *out, struct err *e);

#endif
