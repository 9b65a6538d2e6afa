/* lmsaccess.h: where the connector to an LMS's own API finds it, and with which token.
 *
 * A credential is for a whole site, for one deployment of it (a tenant), or for one
 * course; the narrowest is used. Tokens are sealed at rest, each for its place alone. */
#ifndef WAYMARK_STORE_LMSACCESS_H
#define WAYMARK_STORE_LMSACCESS_H

#include "base/keyring.h"
#include "db/db.h"

#define LMSACCESS_FRESH_MS (INT64_C(24) * 3600000) /* so long a probe is believed */

struct lmsaccess {
    int64_t registration_id;
    int64_t tenant_id;        /* 0: every deployment */
    struct str course;        /* the LMS's id of the course; empty: all */
    struct str kind;          /* moodle, canvas */
    struct str base_url;      /* without a slash at the end */
    struct str token;         /* plain, in memory only: never log it. Empty: none yet */
    int64_t token_expires_ms; /* 0: it does not say */
    struct str refresh;       /* OAuth2: likewise secret, or empty */
    struct str client_id;
    struct str client_secret;
    struct str probed; /* JSON (lms_probed_text): what the token may do */
    int64_t probed_ms; /* 0: never, or no longer believed */
    struct str error;  /* of the last probe, in words, or empty */
    int64_t changed_ms;
};

/* For one course: the narrowest credential. 1 found, 0 none, -1 error (ERR_INPUT when a
 * secret does not open: data.key changed). */
int lmsaccess_find(struct db *db, struct arena *a, const struct keyring *keys,
                   int64_t registration_id, int64_t tenant_id, struct str course,
                   struct lmsaccess *out, struct err *e);

/* Exactly that one (tenant 0 and no course: the site's). Returns as lmsaccess_find. */
int lmsaccess_get(struct db *db, struct arena *a, const struct keyring *keys,
                  int64_t registration_id, int64_t tenant_id, struct str course,
                  struct lmsaccess *out, struct err *e);

/* All of a registration, the widest first, without their secrets. */
int lmsaccess_list(struct db *db, struct arena *a, int64_t registration_id,
                   struct lmsaccess **rows, size_t *n, struct err *e);

/* Of such a list the one that lmsaccess_find would take, or NULL. */
const struct lmsaccess *lmsaccess_narrowest(const struct lmsaccess *rows, size_t n,
                                            int64_t tenant_id, struct str course);

/* Add or replace. */
int lmsaccess_put(struct db *db, struct arena *a, struct env *env,
                  const struct keyring *keys, const struct lmsaccess *in, struct err *e);

/* What the last probe found at `in->probed_ms`: probed and error alone are written. */
int lmsaccess_probed(struct db *db, const struct lmsaccess *in, struct err *e);

/* Something was refused: probe again before the next use. */
int lmsaccess_doubt(struct db *db, const struct lmsaccess *in, struct err *e);

/* 1 removed, 0 there was none, -1. */
int lmsaccess_remove(struct db *db, int64_t registration_id, int64_t tenant_id,
                     struct str course, struct err *e);

#endif
