#include "jose/keycache.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    int64_t registration_id;
    int64_t until_ms; /* 0: a free place */
    uint64_t hash;    /* of the kid, to skip most comparisons */
    char *kid;
    size_t kid_n;
    struct rsa_key *key[JWKS_SAME_KID_MAX];
    size_t n;
};

struct keycache {
    size_t places;
    struct entry *at;
};

/* FNV-1a; kids are not secret and the table is small, so a poor spread costs little. */
static uint64_t hash_of(struct str s)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    return h;
}

struct keycache *keycache_new(size_t places)
{
    struct keycache *c = calloc(1, sizeof *c);
    INVARIANT(c != NULL && places > 0);
    c->places = places;
    c->at = calloc(places, sizeof *c->at);
    INVARIANT(c->at != NULL);
    return c;
}

static void empty(struct entry *x)
{
    for (size_t i = 0; i < x->n; i++)
        rsa_free(x->key[i]);
    free(x->kid);
    *x = (struct entry){.until_ms = 0};
}

void keycache_free(struct keycache *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->places; i++)
        empty(&c->at[i]);
    free(c->at);
    free(c);
}

static struct entry *find(const struct keycache *c, int64_t registration_id,
                          struct str kid)
{
    uint64_t h = hash_of(kid);
    for (size_t i = 0; i < c->places; i++) {
        struct entry *x = &c->at[i];
        if (x->until_ms != 0 && x->hash == h && x->registration_id == registration_id &&
            str_eq((struct str){x->kid, x->kid_n}, kid))
            return x;
    }
    return NULL;
}

bool keycache_get(const struct keycache *c, int64_t registration_id, struct str kid,
                  int64_t now_ms, struct jwks_found *out)
{
    const struct entry *x = find(c, registration_id, kid);
    if (x == NULL || x->until_ms <= now_ms)
        return false;
    out->n = x->n;
    for (size_t i = 0; i < x->n; i++)
        out->key[i] = x->key[i];
    return true;
}

/* A free place, or the one that ends first. */
static struct entry *place(struct keycache *c)
{
    struct entry *best = &c->at[0];
    for (size_t i = 1; i < c->places && best->until_ms != 0; i++)
        if (c->at[i].until_ms < best->until_ms)
            best = &c->at[i];
    return best;
}

void keycache_put(struct keycache *c, int64_t registration_id, struct str kid,
                  int64_t until_ms, struct rsa_key *const *key, size_t n)
{
    INVARIANT(n <= JWKS_SAME_KID_MAX && until_ms > 0);
    struct entry *x = find(c, registration_id, kid);
    if (x == NULL)
        x = place(c);
    empty(x);
    x->registration_id = registration_id;
    x->until_ms = until_ms;
    x->hash = hash_of(kid);
    x->kid = malloc(kid.n + 1);
    INVARIANT(x->kid != NULL);
    memcpy(x->kid, kid.p, kid.n);
    x->kid_n = kid.n;
    x->n = n;
    for (size_t i = 0; i < n; i++)
        x->key[i] = key[i];
}

void keycache_drop(struct keycache *c, int64_t registration_id)
{
    for (size_t i = 0; i < c->places; i++)
        if (c->at[i].until_ms != 0 && c->at[i].registration_id == registration_id)
            empty(&c->at[i]);
}
