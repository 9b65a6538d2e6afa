/* lmsaccess.h: where the connector to an LMS's own API finds it, and with which token.
 *
 * The token is sealed at rest for its registration. */
#ifndef WAYMARK_STORE_LMSACCESS_H
#define WAYMARK_STORE_LMSACCESS_H

#include "base/keyring.h"
#include "db/db.h"

struct lmsaccess {
    int64_t registration_id;
    struct str kind;     /* moodle */
    struct str base_url; /* without a slash at the end */
    struct str token;    /* plain, in memory only: never log it */
    struct str probed;   /* JSON: what the token may do */
    struct str error;    /* of the last probe, in words, or empty */
    int64_t changed_ms;
};

/* 1 found, 0 none, -1 error (ERR_INPUT when the token does not open: data.key changed).
 */
int lmsaccess_get(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t registration_id, struct lmsaccess *out, struct err *e);

/* Add or replace. */
int lmsaccess_put(struct db *db, struct arena *a, struct env *env,
                  const struct keyring *keys, const struct lmsaccess *in, struct err *e);

#endif
