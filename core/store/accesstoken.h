/* accesstoken.h: access tokens for the platforms' services, sealed at rest (LTI.md
 * SVC-5). */
#ifndef WAYMARK_STORE_ACCESSTOKEN_H
#define WAYMARK_STORE_ACCESSTOKEN_H

#include "db/db.h"

struct accesstoken {
    struct str sealed;  /* crypt_seal, bound to registration and scope_hash */
    struct str scope;   /* granted */
    int64_t expires_ms; /* not to be used from here on */
};

/* 1 found, 0 none (or expired at now_ms), -1. */
int accesstoken_get(struct db *db, struct arena *a, int64_t registration_id,
                    struct str scope_hash, int64_t now_ms, struct accesstoken *out,
                    struct err *e);

/* Add or replace. */
int accesstoken_put(struct db *db, int64_t registration_id, struct str scope_hash,
                    const struct accesstoken *in, struct err *e);

/* Forget those that expired. Rows, or -1. */
int64_t accesstoken_purge(struct db *db, int64_t now_ms, struct err *e);

#endif
