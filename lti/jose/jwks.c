#include "jose/jwks.h"

#include "base/crypt.h"
#include "base/js.h"
#include "base/log.h"
#include "jose/jwt.h"
#include "jose/keycache.h"
#include "store/keys.h"
#include "store/lease.h"

#include <stdlib.h>

#define SET_DEPTH 8
#define CACHE_PLACES 1024
#define LAUNCH_WAIT_MS 2000  /* a person waits */
#define REFRESH_WAIT_MS 8000 /* nobody does (JWKS-1) */
#define LEASE_SPARE_MS 8000  /* for storing what was fetched */
#define RETRY_MS 30000       /* between fetches that a launch asks for (TOK-7, I89) */
#define AGE_MIN_S 300
#define AGE_MAX_S 86400
#define AGE_DEFAULT_S 3600
#define STALE_MS (INT64_C(86400) * 1000)

static bool is_text(const struct js *k, const char *member, const char *want)
{
    struct str s;
    return js_get(k, member) == NULL ||
           (js_str(js_get(k, member), &s) && str_is(s, want));
}

/* key_ops absent, or an array with "verify". */
static bool may_verify(const struct js *k)
{
    if (js_get(k, "key_ops") == NULL)
        return true;
    const struct js *ops = js_get(k, "key_ops");
    for (size_t i = 0; i < js_len(ops); i++) {
        struct str s;
        if (js_str(js_at(ops, i), &s) && str_is(s, "verify"))
            return true;
    }
    return false;
}

/* Without padding, so that the stored text can be compared and built from again. */
static struct str unpadded(struct str s)
{
    while (s.n > 0 && s.p[s.n - 1] == '=')
        s.n--;
    return s;
}

/* JWKS-2, JWKS-4: can this entry check an RS256 signature that names it by kid? */
static bool usable(const struct js *k, struct jwks_key *out)
{
    struct str kty, kid, n, e;
    if (!js_str(js_get(k, "kty"), &kty) || !str_is(kty, "RSA"))
        return false;
    if (!js_str(js_get(k, "kid"), &kid) || kid.n == 0 || kid.n > JWT_KID_MAX_N)
        return false;
    if (!is_text(k, "use", "sig") || !is_text(k, "alg", "RS256") || !may_verify(k))
        return false;
    if (!js_str(js_get(k, "n"), &n) || !js_str(js_get(k, "e"), &e))
        return false;
    struct rsa_key *key = rsa_public(n, e, NULL);
    if (key == NULL)
        return false;
    rsa_free(key);
    *out = (struct jwks_key){.kid = kid, .n = unpadded(n), .e = unpadded(e)};
    return true;
}

static bool has_private_part(const struct js *k)
{
    static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "k"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (js_has(k, members[i]))
            return true;
    return false;
}

int jwks_parse(struct arena *a, struct str text, struct jwks_set *out, struct err *e)
{
    *out = (struct jwks_set){.n = 0};
    const struct js *doc = js_parse(a, text, JWKS_MAX_N, SET_DEPTH, e);
    if (doc == NULL)
        return -1;
    const struct js *keys = js_get(doc, "keys");
    if (js_type(keys) != JS_ARRAY || js_len(keys) == 0)
        return err_set(e, ERR_INPUT, "no JSON object with keys in an array \"keys\"");
    if (js_len(keys) > JWKS_KEYS_MAX)
        return err_set(e, ERR_LIMIT, "%zu keys, more than %d", js_len(keys),
                       JWKS_KEYS_MAX);
    out->key = ARENA_ARRAY(a, struct jwks_key, js_len(keys));
    for (size_t i = 0; i < js_len(keys); i++) {
        const struct js *k = js_at(keys, i);
        out->leaks_private |= has_private_part(k);
        if (usable(k, &out->key[out->n]))
            out->n++;
        else
            out->skipped++;
    }
    return 0;
}

/* --- lookup ----------------------------------------------------------------------------
 */

struct jwks {
    jwks_fetch_fn fetch;
    void *ctx;
    struct keycache *cache;
};

/* One lookup under way. */
struct look {
    struct jwks *j;
    struct db *db;
    struct env *env;
    struct arena *a;
    const struct jwks_query *q;
    struct keys_set set; /* as the table had it */
    struct keys_row rows[JWKS_SAME_KID_MAX];
    int n;
};

struct jwks *jwks_new(jwks_fetch_fn fetch, void *ctx)
{
    struct jwks *j = calloc(1, sizeof *j);
    INVARIANT(j != NULL);
    j->fetch = fetch;
    j->ctx = ctx;
    j->cache = keycache_new(CACHE_PLACES);
    return j;
}

void jwks_free(struct jwks *j)
{
    if (j == NULL)
        return;
    keycache_free(j->cache);
    free(j);
}

/* Build the keys of the rows and remember them until `until_ms`. */
static enum jwks_result use(struct look *k, int64_t until_ms, struct jwks_found *out)
{
    struct rsa_key *key[JWKS_SAME_KID_MAX];
    size_t n = 0;
    for (int i = 0; i < k->n; i++)
        if ((key[n] = rsa_public(k->rows[i].n, k->rows[i].e, NULL)) != NULL)
            n++;
    if (n == 0)
        return JWKS_UNKNOWN;
    keycache_put(k->j->cache, k->q->registration_id, k->q->kid, until_ms, key, n);
    keycache_get(k->j->cache, k->q->registration_id, k->q->kid, until_ms - 1, out);
    return JWKS_FOUND;
}

static int look_up(struct look *k, struct err *e)
{
    k->n = keys_find(k->db, k->a, k->q->registration_id, k->q->kid, &k->set, k->rows,
                     JWKS_SAME_KID_MAX, e);
    return k->n < 0 ? -1 : 0;
}

/* The answer without another fetch: a stale key if there is one, else what the last try
 * says. A stale key is looked up anew each time, so that it goes as soon as a fetch
 * succeeds. */
static enum jwks_result settle(struct look *k, int64_t now, enum jwks_result otherwise,
                               struct jwks_found *out)
{
    if (k->n > 0 && k->set.expires_ms > now)
        return use(k, k->set.expires_ms, out);
    if (k->n > 0 && now < k->set.expires_ms + STALE_MS) /* I85 */
        return use(k, now + 1, out);
    return otherwise;
}

/* Was there a try so lately that a launch may not cause another one? A clock that was set
 * back does not lock anybody out. */
static bool tried_lately(const struct look *k, int64_t now)
{
    return k->set.known && now >= k->set.tried_ms && now - k->set.tried_ms < RETRY_MS;
}

static int64_t life_ms(int64_t max_age_s)
{
    if (max_age_s < 0)
        max_age_s = AGE_DEFAULT_S;
    if (max_age_s < AGE_MIN_S)
        max_age_s = AGE_MIN_S;
    return (max_age_s > AGE_MAX_S ? AGE_MAX_S : max_age_s) * 1000;
}

static int store_set(struct jwks *j, struct db *db, struct env *env, struct arena *a,
                     int64_t registration_id, const struct jwks_set *set,
                     int64_t max_age_s, struct err *e)
{
    struct keys_row *rows = ARENA_ARRAY(a, struct keys_row, set->n);
    for (size_t i = 0; i < set->n; i++)
        rows[i] = (struct keys_row){set->key[i].kid, set->key[i].n, set->key[i].e};
    int64_t now = env_now_ms(env);
    if (set->leaks_private)
        log_put(LOG_ERROR, "jwks.private_key_published",
                KVI("registration", registration_id));
    keycache_drop(j->cache, registration_id);
    return keys_replace(db, registration_id, rows, set->n, now, now + life_ms(max_age_s),
                        e);
}

/* Fetch, read and store. No transaction is open meanwhile. */
static int fetch(struct jwks *j, struct db *db, struct env *env, struct arena *a,
                 int64_t registration_id, struct str url, int budget_ms, size_t *keys_n,
                 struct err *e)
{
    struct jwks_answer got = {.body = STR_EMPTY, .max_age_s = -1};
    struct jwks_set set = {.n = 0};
    struct err why = {.code = ERR_NONE};
    if (j->fetch(j->ctx, url, budget_ms, a, &got, &why) != 0 ||
        jwks_parse(a, got.body, &set, &why) != 0) {
        log_put(LOG_WARN, "jwks.fetch_failed", KVI("registration", registration_id),
                KVZ("why", why.text));
        if (e != NULL)
            *e = why;
        keys_failed(db, registration_id, env_now_ms(env), str_c(why.text), NULL);
        return -1;
    }
    if (keys_n != NULL)
        *keys_n = set.n;
    return store_set(j, db, env, a, registration_id, &set, got.max_age_s, e);
}

/* Take the platform's lease: 1, 0 (another process has it), -1. */
static int take(struct db *db, struct env *env, struct arena *a, int64_t registration_id,
                int budget_ms, struct str *name, struct str *holder, struct err *e)
{
    int64_t now = env_now_ms(env);
    *name = str_fmt(a, "jwks:%lld", (long long)registration_id);
    *holder = crypt_token(a, env);
    return lease_take(db, *name, *holder, now, now + budget_ms + LEASE_SPARE_MS, e);
}

/* May this launch wait, too? As many as there are turns may, or slow platforms would hold
 * every worker. 1 with the turn's name, 0, -1. */
static int take_turn(struct look *k, struct str holder, struct str *name, struct err *e)
{
    int64_t now = env_now_ms(k->env);
    *name = STR_EMPTY;
    for (int i = 0; i < k->q->waits; i++) {
        *name = str_fmt(k->a, "jwks.turn:%d", i);
        int got = lease_take(k->db, *name, holder, now,
                             now + LAUNCH_WAIT_MS + LEASE_SPARE_MS, e);
        if (got != 0)
            return got;
    }
    return k->q->waits == 0;
}

/* We hold the lease. Another holder may have finished just before: look again first. */
static enum jwks_result fetch_and_settle(struct look *k, struct jwks_found *out,
                                         struct err *e)
{
    int64_t now = env_now_ms(k->env);
    if (look_up(k, e) != 0)
        return JWKS_DOWN;
    bool failed = tried_lately(k, now) && k->set.failed;
    if (!tried_lately(k, now)) {
        failed = fetch(k->j, k->db, k->env, k->a, k->q->registration_id, k->q->url,
                       LAUNCH_WAIT_MS, NULL, e) != 0;
        if (look_up(k, e) != 0)
            return JWKS_DOWN;
    }
    return settle(k, env_now_ms(k->env), failed ? JWKS_DOWN : JWKS_UNKNOWN, out);
}

enum jwks_result jwks_find(struct jwks *j, struct db *db, struct env *env,
                           struct arena *a, const struct jwks_query *q,
                           struct jwks_found *out, struct err *e)
{
    int64_t now = env_now_ms(env);
    *out = (struct jwks_found){.n = 0};
    if (keycache_get(j->cache, q->registration_id, q->kid, now, out))
        return JWKS_FOUND;
    struct look k = {.j = j, .db = db, .env = env, .a = a, .q = q};
    if (look_up(&k, e) != 0)
        return JWKS_DOWN;
    if (k.n > 0 && k.set.expires_ms > now)
        return use(&k, k.set.expires_ms, out);
    if (tried_lately(&k, now)) {
        if (k.set.failed)
            err_set(e, ERR_UNAVAILABLE, "the last fetch failed less than 30 s ago");
        return settle(&k, now, k.set.failed ? JWKS_DOWN : JWKS_UNKNOWN, out);
    }
    if (q->at_hand)
        return JWKS_BUSY;
    struct str name, holder;
    int got = take(db, env, a, q->registration_id, LAUNCH_WAIT_MS, &name, &holder, e);
    if (got != 1)
        return settle(&k, now, got == 0 ? JWKS_BUSY : JWKS_DOWN, out);
    struct str turn;
    enum jwks_result r;
    got = take_turn(&k, holder, &turn, e);
    if (got == 1)
        r = fetch_and_settle(&k, out, e);
    else
        r = settle(&k, now, got == 0 ? JWKS_BUSY : JWKS_DOWN, out);
    lease_drop(db, name, holder, NULL); /* else they run out by themselves */
    if (got == 1 && turn.n > 0)
        lease_drop(db, turn, holder, NULL);
    return r;
}

int jwks_refresh(struct jwks *j, struct db *db, struct env *env, struct arena *a,
                 int64_t registration_id, struct str url, size_t *keys_n, struct err *e)
{
    struct str name, holder;
    int got = take(db, env, a, registration_id, REFRESH_WAIT_MS, &name, &holder, e);
    if (got < 0)
        return -1;
    if (got == 0)
        return err_set(e, ERR_BUSY, "another process is fetching this set");
    int rc = fetch(j, db, env, a, registration_id, url, REFRESH_WAIT_MS, keys_n, e);
    lease_drop(db, name, holder, NULL);
    return rc;
}
