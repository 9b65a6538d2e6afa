/* notice.h: notices that were taken, and the services that send them (LTI.md 8.2). */
#ifndef WAYMARK_STORE_NOTICE_H
#define WAYMARK_STORE_NOTICE_H

#include "db/db.h"

struct notice_row {
    int64_t registration_id;
    struct str notice_id;
    struct str nonce_hash;
    struct str kind;
    int64_t received_ms;
};

/* 1 added, 0 when this notice or its nonce was there already, -1. */
int notice_add(struct db *db, const struct notice_row *row, struct err *e);

/* Forget those received before. Rows deleted, or -1. */
int64_t notice_purge(struct db *db, int64_t before_ms, struct err *e);

/* Forget jobs of that kind that were done, or died, before. Rows deleted, or -1. */
int64_t notice_jobs_purge(struct db *db, struct str kind, int64_t before_ms,
                          int64_t dead_before_ms, struct err *e);

/* The deployment that a notice names. 1 found and active, 0 not, -1. */
int notice_tenant(struct db *db, int64_t registration_id, struct str deployment_id,
                  int64_t *tenant_id, struct err *e);

/* How many jobs of that kind wait or run for the installation, or -1. */
int64_t notice_waiting(struct db *db, struct str kind, struct err *e);

/* Where a deployment takes handlers, and which of ours it has. */
struct notice_service {
    int64_t registration_id;
    struct str deployment_id;
    struct str url;
    struct str offered; /* JSON arrays of notice types */
    struct str handled;
    int64_t checked_ms;
    struct str error; /* of the last try in words, or empty */
};

/* Note a service that a launch told; nothing is handled yet. */
int notice_service_put(struct db *db, int64_t tenant_id, struct str url,
                       struct str offered, int64_t now_ms, struct err *e);

/* 1 found, 0 none, -1. */
int notice_service_get(struct db *db, struct arena *a, int64_t tenant_id,
                       struct notice_service *out, struct err *e);

/* What a try came to, unless the address has changed meanwhile. `error` may be empty. */
int notice_service_done(struct db *db, int64_t tenant_id, const struct notice_service *s,
                        int64_t now_ms, struct err *e);

/* Call fn for each deployment with a service until it returns non-zero. */
int notice_service_each(struct db *db, int (*fn)(void *ctx, int64_t tenant_id), void *ctx,
                        struct err *e);

#endif
