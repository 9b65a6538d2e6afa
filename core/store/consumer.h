/* consumer.h: LTI 1.1 consumer keys and their secrets, by which a platform proves that a
 * deployment takes over what a consumer key had (LTI.md 2.7). Secrets are sealed. */
#ifndef WAYMARK_STORE_CONSUMER_H
#define WAYMARK_STORE_CONSUMER_H

#include "base/keyring.h"
#include "db/db.h"

/* 1: *secret is the plain secret, in memory that is wiped with the arena: never log it. 0
 * unknown, -1 error (ERR_INPUT when it does not open: data.key changed). */
int consumer_get(struct db *db, struct arena *a, const struct keyring *keys,
                 int64_t registration_id, struct str key, struct str *secret,
                 struct err *e);

/* Add or replace. */
int consumer_put(struct db *db, struct arena *a, struct env *env,
                 const struct keyring *keys, int64_t registration_id, struct str key,
                 struct str secret, struct err *e);

/* How many were removed (1 or 0), or -1. */
int64_t consumer_remove(struct db *db, int64_t registration_id, struct str key,
                        struct err *e);

struct consumer {
    struct str key; /* lives as long as the call */
    int64_t created_ms;
    int64_t moved_n; /* people, courses and links whose old ids were told */
};

/* Each key in order; fn returns non-zero to stop. */
int consumer_each(struct db *db, int64_t registration_id,
                  int (*fn)(void *ctx, const struct consumer *k), void *ctx,
                  struct err *e);

#endif
