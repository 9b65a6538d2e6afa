/* keys.h: the platforms' public keys, shared by all processes (LTI.md JWKS-5). */
#ifndef WAYMARK_STORE_KEYS_H
#define WAYMARK_STORE_KEYS_H

#include "db/db.h"

struct keys_row {
    struct str kid;
    struct str n; /* base64url */
    struct str e;
};

/* How a platform's set stands. */
struct keys_set {
    bool known;         /* somebody tried at least once */
    int64_t fetched_ms; /* the last success, or 0 */
    int64_t expires_ms;
    int64_t tried_ms; /* the last try, good or bad */
    bool failed;      /* it was bad */
};

/* The set's standing and the keys of one kid (at most `max`), in one statement; text is
 * copied to the arena. Returns how many keys, or -1. */
int keys_find(struct db *db, struct arena *a, int64_t registration_id, struct str kid,
              struct keys_set *set, struct keys_row *rows, size_t max, struct err *e);

/* Replace a platform's keys by `rows`, in one transaction. */
int keys_replace(struct db *db, int64_t registration_id, const struct keys_row *rows,
                 size_t n, int64_t now_ms, int64_t expires_ms, struct err *e);

/* Note a try that failed, and why (in words, no address). */
int keys_failed(struct db *db, int64_t registration_id, int64_t now_ms, struct str why,
                struct err *e);

/* Active registrations whose set ends before `soon_ms`, those first that end first, at
 * most `max`; but none in the first three quarters of its life. A set that could not be
 * had is left alone for `pause_ms`, and longer the longer it is down. Returns how many,
 * or -1. */
int keys_due(struct db *db, int64_t soon_ms, int64_t now_ms, int64_t pause_ms,
             int64_t *registration_id, size_t max, struct err *e);

#endif
