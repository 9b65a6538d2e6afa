/* keycache.h: parsed platform keys of this process, by registration and kid.
 *
 * A fixed number of places; when all are taken, the entry that ends first goes. Not
 * shared between processes: the table in the database is (jwks.h). */
#ifndef WAYMARK_JOSE_KEYCACHE_H
#define WAYMARK_JOSE_KEYCACHE_H

#include "jose/jwks.h"

struct keycache;

struct keycache *keycache_new(size_t places);
void keycache_free(struct keycache *c);

/* The keys of a kid if they are good at `now_ms`; false otherwise. They live until the
 * next keycache_put or keycache_drop. */
bool keycache_get(const struct keycache *c, int64_t registration_id, struct str kid,
                  int64_t now_ms, struct jwks_found *out);

/* Remember keys (the cache owns them from now on) until `until_ms`. */
void keycache_put(struct keycache *c, int64_t registration_id, struct str kid,
                  int64_t until_ms, struct rsa_key *const *key, size_t n);

/* Forget everything of a registration: its set was replaced. */
void keycache_drop(struct keycache *c, int64_t registration_id);

#endif
