/* jwks.h: the platforms' public keys (LTI.md 2.2, JWKS-1 to JWKS-6).
 *
 * Two layers: a table in the database that all processes share (core/store/keys.h), and
 * in each process the parsed keys, valid as long as the set they came from. A key that
 * left the set works at most until its set expires. */
#ifndef WAYMARK_JOSE_JWKS_H
#define WAYMARK_JOSE_JWKS_H

#include "base/env.h"
#include "db/db.h"
#include "jose/rsa.h"

#define JWKS_MAX_N (256 * 1024)
#define JWKS_KEYS_MAX 100
#define JWKS_SAME_KID_MAX 4

/* --- the document
 * ------------------------------------------------------------------------ */

struct jwks_key {
    struct str kid;
    struct str n; /* base64url without padding */
    struct str e;
};

struct jwks_set {
    struct jwks_key *key;
    size_t n;
    size_t skipped;     /* entries that are no RSA signing key with a kid (V15, I87) */
    bool leaks_private; /* somebody published a private key: tell them loudly */
};

/* Read a JWKS. Entries that cannot be used are skipped, be it all of them (I87).
 * ERR_INPUT or ERR_LIMIT (I86): no JSON object with an array "keys", an empty one, more
 * than 100 entries, more than 256 KiB. */
int jwks_parse(struct arena *a, struct str text, struct jwks_set *out, struct err *e);

/* --- lookup
 * ------------------------------------------------------------------------------ */

struct jwks_answer {
    struct str body;
    int64_t max_age_s; /* of Cache-Control, or -1 */
};

/* Get a key set within `budget_ms`: lti/net's http_do in the program (JWKS-1: https, at
 * most 2 redirects on the same host, 256 KiB), something else in tests. */
typedef int (*jwks_fetch_fn)(void *ctx, struct str url, int budget_ms, struct arena *a,
                             struct jwks_answer *out, struct err *e);

struct jwks; /* one a process */

struct jwks *jwks_new(jwks_fetch_fn fetch, void *ctx);
void jwks_free(struct jwks *j);

enum jwks_result {
    JWKS_FOUND,
    JWKS_UNKNOWN, /* the platform has no such key (I35) */
    JWKS_BUSY,    /* others are fetching: ask again in a second */
    JWKS_DOWN     /* the set cannot be had (I84, I86) */
};

/* Keys of that kid; several may share it (JWKS-4): try each. They belong to the cache and
 * are good until the next call. */
struct jwks_found {
    const struct rsa_key *key[JWKS_SAME_KID_MAX];
    size_t n;
};

struct jwks_query {
    int64_t registration_id;
    struct str url; /* the registration's jwks_url, nothing else (JWKS-6) */
    struct str kid;
    bool at_hand; /* do not call out: a fresh key that we have, or JWKS_BUSY */
    int waits; /* launches of all platforms that may wait at once; 0 = any number */
};

/* TOK-7. A fresh key in memory costs no statement, a fresh one in the table one. A miss
 * or an expired set is fetched, by one process at a time, waiting at most 2 s, at most
 * every 30 s a registration (I35, I89). A kid that is cached works up to 24 h after its
 * set expired if the platform cannot be reached (I85). Call it outside a transaction. A
 * database error is JWKS_DOWN. `e` says why for JWKS_DOWN. */
enum jwks_result jwks_find(struct jwks *j, struct db *db, struct env *env,
                           struct arena *a, const struct jwks_query *q,
                           struct jwks_found *out, struct err *e);

/* Fetch the set now, with 8 s, whatever its age: for a job and for `platform test`.
 * *keys_n (may be NULL) gets the number of usable keys. ERR_BUSY: another process is at
 * it. */
int jwks_refresh(struct jwks *j, struct db *db, struct env *env, struct arena *a,
                 int64_t registration_id, struct str url, size_t *keys_n, struct err *e);

#endif
