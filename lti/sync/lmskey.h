/* lmskey.h: tokens of an LMS's own API that end (Canvas's developer keys). */
#ifndef WAYMARK_SYNC_LMSKEY_H
#define WAYMARK_SYNC_LMSKEY_H

#include "store/lmsaccess.h"
#include "sync/sync.h"

/* Job "lms.consent", key: the hash of the state; payload {registration, tenant, course,
 * code}, the code sealed. The code becomes a token, which is probed and kept. */
int lmskey_job(struct job_ctx *c, struct err *e);

/* What the web worker writes into that payload, and what binds the code to it. */
struct str lmskey_place(struct arena *a, struct str hash);

/* Where administrators come back to: public_url + this. */
#define LMSKEY_PATH "/lms/oauth"

/* c->token_expires_ms of a token that was refused before its time. */
#define LMSKEY_REFUSED 1

/* Renew a token that ends within minutes; one process does, the others wait for it or go
 * on with what they have while it lasts. *c is changed. 0, or -1. */
int lmskey_renew(struct sync_app *app, struct db *db, struct env *env,
                 struct lmsaccess *c, struct arena *a, struct err *e);

#endif
