/* grant.h: what a platform granted when it registered us by itself: for people and jobs,
 * never for a launch. */
#ifndef WAYMARK_STORE_GRANT_H
#define WAYMARK_STORE_GRANT_H

#include "base/keyring.h"
#include "db/db.h"

struct grant {
    int64_t registration_id;
    struct str scopes;     /* blank between */
    struct str document;   /* the accepted registration, without secrets; JSON */
    struct str account;    /* in the platform's words, or empty */
    struct str warnings;   /* JSON array of {id, host} (DR-S2) */
    struct str client_uri; /* registration_client_uri, or empty */
    struct str token; /* registration_access_token: written sealed, never read back */
    bool has_token;
    int64_t created_ms;
};

int grant_add(struct db *db, struct arena *a, struct env *env, const struct keyring *keys,
              const struct grant *in, struct err *e);

/* 1 found, 0 registered by hand, -1. */
int grant_get(struct db *db, struct arena *a, int64_t registration_id, struct grant *out,
              struct err *e);

#endif
