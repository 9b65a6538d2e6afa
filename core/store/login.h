/* login.h: OIDC logins under way, one-time tickets, and the launch log.
 *
 * A login is found by the SHA-256 of its state and taken exactly once (LOGIN-8, I22,
 * I55). */
#ifndef WAYMARK_STORE_LOGIN_H
#define WAYMARK_STORE_LOGIN_H

#include "base/env.h"
#include "db/db.h"
#include "store/registration.h"

struct login {
    struct str state_hash; /* crypt_digest(state) */
    int64_t registration_id;
    struct str nonce;
    struct str verifier_hash; /* crypt_digest(the browser's verifier) */
    struct str redirect_uri;
    struct str target_link_uri;
    struct str deployment_hint; /* empty when the platform gave none */
    struct str storage_target;  /* frame that holds the verifier too (PS-2); or empty */
    int64_t expires_ms;
};

/* One insert, provided that the registration is active and has not changed since it was
 * read (registration.changed_ms). 1 added, 0 not: read it again. ERR_CONFLICT if the
 * state exists (then draw another). */
int login_add(struct db *db, const struct login *l, int64_t changed_ms, struct err *e);

/* Look without taking, with its registration in the same read. 1 found, 0 none, -1 error.
 * Expired rows are found too: compare expires_ms. */
int login_look(struct db *db, struct arena *a, struct str state_hash, struct login *out,
               struct registration *reg, struct err *e);

/* Take it: 1 when this call deleted the row, 0 when somebody else did or it never was. */
int login_take(struct db *db, struct str state_hash, struct err *e);

/* How many logins wait (the table is bounded: I15). */
int64_t login_count(struct db *db, struct err *e);

/* Delete logins and tickets that expired before now. Rows deleted, or -1. */
int64_t login_purge(struct db *db, int64_t now_ms, struct err *e);

/* Make room: delete the `n` logins that expire first (I15: oldest first). */
int64_t login_drop_oldest(struct db *db, int64_t n, struct err *e);

/* A validated launch that waits for a click (BIND-3), or for the value that only the
 * browser of its login can bring (PS-7). */
struct login_ticket {
    struct str ticket_hash; /* crypt_digest of what the page holds */
    int64_t registration_id;
    struct str launch;        /* sealed text */
    struct str verifier_hash; /* of the value; empty: a click is enough */
    int64_t expires_ms;
};

int login_ticket_add(struct db *db, const struct login_ticket *t, struct err *e);

/* Take a ticket, in a transaction of its own: 1 with its text copied to the arena, 0
 * unknown, used or expired, -1 error. */
int login_ticket_take(struct db *db, struct arena *a, struct str ticket_hash,
                      int64_t now_ms, struct login_ticket *out, struct err *e);

struct launch_note {
    struct str reference;    /* what the error page shows */
    int64_t registration_id; /* 0: unknown */
    struct str issuer;
    struct str client_id;
    struct str kid;
    struct str fault;  /* an id of fault.def; "ok" for a session */
    struct str detail; /* for administrators; no claims, no tokens */
    int64_t at_ms;
};

/* One row of the launch log. */
int login_note(struct db *db, struct env *env, const struct launch_note *n,
               struct err *e);

/* The newest rows first, at most `limit`: refusals, and launches whose session still
 * lives (fault "ok", the handle for a reference). With a reference: that refusal only. */
int login_notes(struct db *db, struct arena *a, struct str reference, int64_t limit,
                int (*fn)(void *ctx, const struct launch_note *n), void *ctx,
                struct err *e);

/* Delete log rows older than `before_ms`. */
int64_t login_notes_purge(struct db *db, int64_t before_ms, struct err *e);

/* Of the refused launches leave the newest `most`. Returns rows deleted, or -1. */
int64_t login_notes_trim(struct db *db, int64_t most, struct err *e);

#endif
