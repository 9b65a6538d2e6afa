#include "engine/lktrate.h"

#include "base/err.h"

#include <math.h>
#include <string.h>

/* What fitting counts of a context. */
struct count {
    float n[LKTRATE_FOLDS], sum[LKTRATE_FOLDS];
};

struct lktrate {
    struct arena *a;
    struct lktrate_entry *entries;
    struct count *counts; /* beside the entries; NULL once the table is only read */
    size_t n, cap;
    uint32_t *slots; /* index + 1 */
    size_t mask;
};

static uint64_t mixed(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

static uint64_t hash_of(const struct lktrate_key *k)
{
    uint64_t low = (uint32_t)k->it | (uint64_t)(uint32_t)k->before << 32;
    uint64_t high =
        (uint32_t)k->before2 | (uint64_t)k->kind << 32 | (uint64_t)k->bits << 40;
    return mixed(low + mixed(high + UINT64_C(0x9e3779b97f4a7c15)));
}

static bool same(const struct lktrate_key *x, const struct lktrate_key *y)
{
    return x->it == y->it && x->before == y->before && x->before2 == y->before2 &&
           x->kind == y->kind && x->bits == y->bits;
}

struct lktrate *lktrate_new(struct arena *a)
{
    struct lktrate *t = ARENA_NEW(a, struct lktrate);
    t->a = a;
    t->mask = 255;
    t->slots = ARENA_ARRAY(a, uint32_t, t->mask + 1);
    return t;
}

/* Where the key stands, or the empty slot where it would. */
static size_t slot_of(const struct lktrate *t, const struct lktrate_key *key)
{
    size_t i = (size_t)hash_of(key) & t->mask;
    while (t->slots[i] != 0 && !same(&t->entries[t->slots[i] - 1].key, key))
        i = (i + 1) & t->mask;
    return i;
}

static void widen(struct lktrate *t)
{
    t->mask = t->mask * 2 + 1;
    t->slots = ARENA_ARRAY(t->a, uint32_t, t->mask + 1);
    for (size_t i = 0; i < t->n; i++)
        t->slots[slot_of(t, &t->entries[i].key)] = (uint32_t)i + 1;
}

static void make_room(struct lktrate *t, bool counting)
{
    size_t cap = t->cap > 0 ? t->cap * 2 : 64;
    struct lktrate_entry *entries = ARENA_ARRAY(t->a, struct lktrate_entry, cap);
    if (t->n > 0)
        memcpy(entries, t->entries, t->n * sizeof *entries);
    t->entries = entries;
    if (counting) {
        struct count *counts = ARENA_ARRAY(t->a, struct count, cap);
        if (t->n > 0)
            memcpy(counts, t->counts, t->n * sizeof *counts);
        t->counts = counts;
    }
    t->cap = cap;
}

/* The index of the key's entry, made if need be. */
static size_t entry_of(struct lktrate *t, const struct lktrate_key *key, bool counting)
{
    size_t s = slot_of(t, key);
    if (t->slots[s] != 0)
        return t->slots[s] - 1;
    INVARIANT(t->n < UINT32_MAX);
    if (t->n == t->cap)
        make_room(t, counting);
    t->entries[t->n] = (struct lktrate_entry){.key = *key};
    t->slots[s] = (uint32_t)++t->n;
    if (t->n * 2 > t->mask)
        widen(t);
    return t->n - 1;
}

void lktrate_add(struct lktrate *t, const struct lktrate_key *key, int fold, double share)
{
    size_t i = entry_of(t, key, true);
    t->counts[i].n[fold] += 1;
    t->counts[i].sum[fold] += (float)share;
}

double lktrate_without(const struct lktrate *t, const struct lktrate_key *key, int fold,
                       double wider, double strength, double *n)
{
    uint32_t at = t->slots[slot_of(t, key)];
    double sum = 0, count = 0;
    for (int f = 0; at > 0 && f < LKTRATE_FOLDS; f++)
        if (f != fold) {
            count += (double)t->counts[at - 1].n[f];
            sum += (double)t->counts[at - 1].sum[f];
        }
    *n = count >= LKTRATE_LEAST ? count : 0;
    return *n > 0 ? (sum + strength * wider) / (count + strength) : wider;
}

/* To 1/65536, so that a model that is written and read has the same bits. */
static double rounded(double x)
{
    return floor(x * 65536 + 0.5) / 65536;
}

void lktrate_settle(struct lktrate *t, const struct lktrate_key *key, double wider,
                    double strength, const struct lktcurve *curve)
{
    double n = 0, p = lktrate_without(t, key, -1, wider, strength, &n);
    uint32_t at = t->slots[slot_of(t, key)];
    if (at == 0)
        return;
    t->entries[at - 1].n = (float)n;
    t->entries[at - 1].log_odds = (float)rounded(lktcurve_logit(curve, p));
}

struct lktrate *lktrate_keep(struct arena *a, const struct lktrate *t)
{
    struct lktrate *kept = lktrate_new(a);
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].n >= LKTRATE_LEAST)
            lktrate_put(kept, &t->entries[i]);
    return kept;
}

const struct lktrate_entry *lktrate_find(const struct lktrate *t,
                                         const struct lktrate_key *key)
{
    uint32_t at = t->slots[slot_of(t, key)];
    return at > 0 ? &t->entries[at - 1] : NULL;
}

bool lktrate_put(struct lktrate *t, const struct lktrate_entry *entry)
{
    size_t before = t->n, i = entry_of(t, &entry->key, false);
    if (t->n == before)
        return false;
    t->entries[i] = *entry;
    return true;
}

size_t lktrate_len(const struct lktrate *t)
{
    return t->n;
}

const struct lktrate_entry *lktrate_at(const struct lktrate *t, size_t i)
{
    return &t->entries[i];
}
