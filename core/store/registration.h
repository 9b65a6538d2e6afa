/* registration.h: the platforms that an administrator has registered, and their
 * deployments.
 *
 * A registration is the security contract (issuer, client_id) of LTI.md section 0; a
 * tenant is one deployment of it. All text of a returned row is copied into the arena. */
#ifndef WAYMARK_STORE_REGISTRATION_H
#define WAYMARK_STORE_REGISTRATION_H

#include "base/env.h"
#include "db/db.h"

struct registration {
    int64_t id;
    struct str issuer;
    struct str client_id;
    struct str name;
    struct str auth_url;
    struct str token_url;
    struct str jwks_url;
    struct str token_aud;         /* empty: the token URL */
    struct str state;             /* pending, active, disabled */
    struct str deployment_policy; /* reject, pending, auto */
    bool allow_anonymous;
    bool admins_are_staff;
    bool strict_target;
    struct str trusted_audiences; /* JSON array of strings */
    struct str product_family;    /* empty until learned */
    struct str frame_origins;     /* JSON array of origins */
    int64_t clock_offset_ms;
    int64_t created_ms;
    int64_t changed_ms;
};

/* Find by exact issuer and client_id; an empty client_id finds by issuer alone. Returns
 * how many match (0, 1, or 2 for "several": then *out is not to be used, I4), or -1. */
int registration_find(struct db *db, struct arena *a, struct str issuer,
                      struct str client_id, struct registration *out, struct err *e);

/* 1 found, 0 not, -1 error. */
int registration_get(struct db *db, struct arena *a, int64_t id, struct registration *out,
                     struct err *e);

/* For statements that read a registration beside something else: its columns (REG_COLS)
 * begin at `first`. */
void registration_row(struct db_rows *r, int first, struct arena *a,
                      struct registration *out);

/* Add one: r->id and times are set here. ERR_CONFLICT when (issuer, client_id) exists: it
 * is never overwritten (DR-S4). */
int registration_add(struct db *db, struct env *env, struct registration *r,
                     struct err *e);

/* pending, active or disabled. Returns rows changed (0: no such id) or -1. */
int64_t registration_set_state(struct db *db, int64_t id, struct str state,
                               int64_t now_ms, struct err *e);

/* A person's word about one that waits: active or disabled. 1, or 0 when it does not wait
 * (any more): what was switched off is not switched on again so (DR-S4). */
int64_t registration_decide(struct db *db, int64_t id, struct str state, int64_t now_ms,
                            struct err *e);

/* Remember what signed claims told: origins that may frame us, product family, clock
 * offset. Call it only when one of them differs from the row. */
int64_t registration_learn(struct db *db, int64_t id, struct str frame_origins,
                           struct str product_family, int64_t clock_offset_ms,
                           struct err *e);

/* Every registration, oldest first; fn returns non-zero to stop. */
int registration_each(struct db *db, struct arena *a,
                      int (*fn)(void *ctx, const struct registration *r), void *ctx,
                      struct err *e);

/* The same for those that have this client id, whatever their issuer. */
int registration_each_client(struct db *db, struct arena *a, struct str client_id,
                             int (*fn)(void *ctx, const struct registration *r),
                             void *ctx, struct err *e);

struct deployment {
    int64_t tenant_id;
    int64_t registration_id;
    struct str deployment_id;
    struct str state; /* active, pending, disabled */
    int64_t created_ms;
};

/* Add a deployment. ERR_CONFLICT when it exists. */
int registration_add_deployment(struct db *db, struct env *env, int64_t registration_id,
                                struct str deployment_id, struct str state,
                                struct err *e);

/* Every deployment of a registration, oldest first. */
int registration_each_deployment(struct db *db, struct arena *a, int64_t registration_id,
                                 int (*fn)(void *ctx, const struct deployment *d),
                                 void *ctx, struct err *e);

/* active, pending or disabled. Rows changed, or -1. */
int64_t registration_set_deployment(struct db *db, int64_t registration_id,
                                    struct str deployment_id, struct str state,
                                    struct err *e);

#endif
