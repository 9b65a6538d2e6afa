/* receiver.h: keys of those who send learning records (xAPI, Caliper). The secret half is
 * kept as its hash alone: it has 256 random bits, so a plain one is enough. */
#ifndef WAYMARK_STORE_RECEIVER_H
#define WAYMARK_STORE_RECEIVER_H

#include "base/env.h"
#include "db/db.h"

struct receiver {
    struct str key_id;
    struct str secret_hash; /* crypt_digest of the secret */
    int64_t tenant_id;
    int64_t course_id; /* 0: every course of the tenant */
    struct str kind;   /* xapi, caliper */
    struct str homes;  /* hosts whose account names are the LMS's own, between blanks */
    struct str label;
    struct str state; /* active, revoked */
    int64_t created_ms;
    int64_t registration_id;
    struct str deployment_id;
    bool open; /* it, its deployment and its platform are active */
};

/* Make key and secret for k's tenant, course, kind, homes and label, and add it. The
 * secret is told here and never again. */
int receiver_add(struct db *db, struct env *env, struct arena *a, struct receiver *k,
                 struct str *secret, struct err *e);

/* 1 found, 0 not, -1. */
int receiver_find(struct db *db, struct arena *a, struct str key_id, struct receiver *out,
                  struct err *e);

/* Does the secret belong to it? In a time that does not depend on the secret. */
bool receiver_opens(struct arena *a, const struct receiver *k, struct str secret);

/* Every key, oldest first; fn returns non-zero to stop. */
int receiver_each(struct db *db, struct arena *a,
                  int (*fn)(void *ctx, const struct receiver *k), void *ctx,
                  struct err *e);

/* 1 revoked, 0 no such active key, -1. */
int receiver_revoke(struct db *db, struct str key_id, struct err *e);

#endif
