/* regcache.h: the registrations that a worker's logins asked for last.
 *
 * A copy is only a guess: the login is inserted by a statement that asks whether the
 * registration is still active and unchanged (store/login.h, login_add), so that one
 * switched off is refused at once. */
#ifndef WAYMARK_WEB_REGCACHE_H
#define WAYMARK_WEB_REGCACHE_H

#include "store/registration.h"

struct regcache;

/* One a worker, in memory that lives as long as it. */
struct regcache *regcache_new(struct arena *life);

/* The copy, letter by letter the one asked for; NULL when there is none. It is good until
 * the next regcache_put or regcache_drop. */
const struct registration *regcache_get(const struct regcache *k, struct str issuer,
                                        struct str client_id);

/* Keep a copy. A registration too long to be worth it is not kept. */
void regcache_put(struct regcache *k, const struct registration *r);

/* Forget it: it changed. */
void regcache_drop(struct regcache *k, int64_t registration_id);

#endif
