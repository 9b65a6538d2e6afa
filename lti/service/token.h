/* token.h: access tokens for a platform's services (LTI.md section 4: SVC-1 to SVC-8).
 *
 * A token is asked for with a signed assertion, kept in table access_token sealed with
 * the installation's key, and renewed 60 s before it ends. However many processes need
 * it, one asks: the others wait for its lease (SVC-5). */
#ifndef WAYMARK_SERVICE_TOKEN_H
#define WAYMARK_SERVICE_TOKEN_H

#include "base/crypt.h"
#include "base/js.h"
#include "db/db.h"
#include "net/http.h"

#define SCOPE_LINEITEM "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
#define SCOPE_LINEITEM_RO                                                                \
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
#define SCOPE_RESULT_RO "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
#define SCOPE_SCORE "https://purl.imsglobal.org/spec/lti-ags/scope/score"
#define SCOPE_ROSTER_RO                                                                  \
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
#define SCOPE_GROUPS_RO                                                                  \
    "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"

/* What one process needs to call services. Everything in it outlives the calls. */
struct svc {
    struct db *db;
    struct env *env;
    struct http *http;
    const unsigned char *seal_key; /* CRYPT_KEY_N bytes (keyring.seal) */
    struct str holder;             /* who we are in table lease: host, process */

    /* Sign `claims` as a JWT with the tool's current key (RS256, kid in the header:
     * SVC-2). toolkey_sign_jwt is wrapped to this by main. */
    int (*sign)(void *ctx, struct arena *a, struct js *claims, struct str *jwt,
                struct err *e);
    void *sign_ctx;
};

/* The side of a registration that services need. */
struct svc_platform {
    int64_t registration_id;
    struct str client_id;
    struct str token_url;
    struct str token_aud;     /* empty: token_url is the audience */
    struct str deployment_id; /* goes into the assertion when not empty */
};

struct token {
    struct str value; /* in memory of its own that is wiped with the arena */
    struct str scope; /* granted scopes, blank between */
    int64_t expires_ms;
};

/* A token with all of `scopes` (blank between, in any order). With `refresh`, one that
 * equals `refresh` is taken for refused by the service and replaced (401: SVC-5). -1:
 * ERR_DENIED (the platform refuses us or left out a scope, I91: an administrator must
 * act), ERR_UNAVAILABLE or ERR_BUSY (later), ERR_INPUT (an answer that makes no sense,
 * I90). */
int token_get(const struct svc *svc, const struct svc_platform *p, struct str scopes,
              struct str refresh, struct token *out, struct arena *a, struct err *e);

/* Read a token endpoint's answer (SVC-3, SVC-4, I90, V24). `asked` is what was asked for.
 * The text of an error carries the platform's error code, never the body. */
int token_read(const struct http_res *res, struct str asked, int64_t now_ms,
               struct token *out, struct arena *a, struct err *e);

/* The claims of the assertion (SVC-2). `jti` at least 128 random bits. */
struct js *token_claims(struct arena *a, const struct svc_platform *p, struct str jti,
                        int64_t now_ms);

/* Sorted, without duplicates, one blank between: the cache key is its digest. */
struct str token_scopes(struct arena *a, struct str scopes);

/* Are all of `wanted` in `granted`? */
bool token_covers(struct str granted, struct str wanted);

/* Call a service with a token: sets req->bearer, sends, and on 401 once more with a new
 * token (I93). The answer has any other status; token_check turns it into an error. */
int token_call(const struct svc *svc, const struct svc_platform *p, struct str scopes,
               struct http_req *req, struct http_res *res, struct arena *a,
               struct err *e);

/* 0 for 200 to 299. Else -1 with the status in words and a code that says whether trying
 * again helps (AGS-8): ERR_UNAVAILABLE for 408, 429, 5xx and Canvas' "403 Rate Limit
 * Exceeded"; ERR_DENIED for 401, 403; ERR_NOTFOUND for 404, 410; ERR_CONFLICT for 409;
 * ERR_INPUT for what is left, redirects among it (I98). */
int token_check(const struct http_res *res, const char *what, struct err *e);

#endif
