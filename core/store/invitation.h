/* invitation.h: who may register a platform here, how often somebody tried, and what a
 * platform granted (LTI.md DR-S1, DR-S7, DR-S8).
 *
 * An invitation is two codes: one in an address for the platform's administrator, one
 * that a person types to approve what came of it. Both are kept as hashes. It is reserved
 * while somebody registers with it, and used up by success alone. */
#ifndef WAYMARK_STORE_INVITATION_H
#define WAYMARK_STORE_INVITATION_H

#include "base/keyring.h"
#include "db/db.h"

struct invitation {
    struct str code_hash;
    struct str name;
    struct str issuer_host; /* the only host that may use it, or empty */
    bool auto_approve;
    int64_t registration_id; /* 0: not used yet */
    int64_t expires_ms;
    int64_t created_ms;
};

/* The codes as they are stored. An approval code may be typed with blanks, hyphens and in
 * small letters. */
struct str invitation_code_hash(struct arena *a, struct str code);
struct str invitation_approval_hash(struct arena *a, struct str typed);

/* A new approval code: five groups of five letters and digits, 125 random bits. */
struct str invitation_approval_code(struct arena *a, struct env *env);

int invitation_add(struct db *db, const struct invitation *in, struct str approval_hash,
                   struct err *e);

/* 1 found (perhaps used or expired), 0 not, -1. */
int invitation_get(struct db *db, struct arena *a, struct str code_hash,
                   struct invitation *out, struct err *e);
int invitation_by_approval(struct db *db, struct arena *a, struct str approval_hash,
                           struct invitation *out, struct err *e);

/* Every invitation, oldest first; fn returns non-zero to stop. */
int invitation_each(struct db *db, struct arena *a,
                    int (*fn)(void *ctx, const struct invitation *i), void *ctx,
                    struct err *e);

/* Hold it for one attempt until `until_ms`: 1, or 0 when it is used, expired or held by
 * another. */
int invitation_reserve(struct db *db, struct str code_hash, struct str attempt_hash,
                       int64_t now_ms, int64_t until_ms, struct err *e);
int invitation_release(struct db *db, struct str code_hash, struct str attempt_hash,
                       struct err *e);

/* Used up by this attempt; its approval code works until `approve_until_ms` at least. 1,
 * or 0 when the reservation is not this attempt's any more. */
int invitation_consume(struct db *db, struct str code_hash, struct str attempt_hash,
                       int64_t registration_id, int64_t approve_until_ms, struct err *e);

/* Forget invitations that ended before. Rows, or -1. */
int64_t invitation_purge(struct db *db, int64_t before_ms, struct err *e);

/* One more try of `what` ("register", "approve") from `address`: how many there were in
 * the hour that began with the first, this one among them; -1. Opens a transaction. IPv6
 * counts by /64. What is stored names no address. */
int64_t invitation_tries(struct db *db, struct arena *a, const struct keyring *keys,
                         const char *what, struct str address, int64_t now_ms,
                         struct err *e);
int64_t invitation_tries_purge(struct db *db, int64_t before_ms, struct err *e);

#endif
