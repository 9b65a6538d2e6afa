/* request.h: what people asked for about the data that are kept on somebody: a copy, or
 * that they be erased. Only recorded: a person does it, and says so. */
#ifndef WAYMARK_STORE_REQUEST_H
#define WAYMARK_STORE_REQUEST_H

#include "base/env.h"
#include "db/db.h"

struct request {
    int64_t id;
    int64_t person_id; /* about whom */
    int64_t by_person_id;
    struct str kind;  /* export, erase */
    struct str state; /* open, done, refused */
    int64_t at_ms;
    /* request_each alone */
    struct str sub, by_sub; /* their ids at the platform */
    int64_t registration_id;
    struct str deployment_id;
};

/* Is it something that can be asked for? */
bool request_is_kind(struct str kind);

/* Record one; 0 when the same is open already, 1 added, -1. */
int request_add(struct db *db, struct env *env, int64_t tenant_id,
                const struct request *q, struct err *e);

/* The newest of one person, at most 20. */
int request_list(struct db *db, struct arena *a, int64_t tenant_id, int64_t person_id,
                 struct request **rows, size_t *n, struct err *e);

/* All of the installation, oldest first, for administrators; texts live as long as the
 * call. fn returns non-zero to stop. */
int request_each(struct db *db, int (*fn)(void *ctx, const struct request *q), void *ctx,
                 struct err *e);

/* Close an open one: "done" or "refused". How many (1 or 0), or -1. */
int64_t request_close(struct db *db, int64_t id, struct str state, struct err *e);

#endif
