#include "base/map.h"

#include "base/err.h"

#include <string.h>

struct entry {
    struct str key;
    void *val;
    uint64_t hash;
};

struct map {
    struct arena *a;
    struct entry *entries; /* in order of insertion */
    size_t n;
    size_t cap;
    uint32_t *slots; /* index + 1 into entries; 0 is free */
    size_t slot_n;   /* a power of two, at least twice n */
};

/* FNV-1a with a final mix: maps here hold ids from one course, of bounded number. */
static uint64_t hash_of(struct str s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h ^ h >> 29;
}

struct map *map_new(struct arena *a)
{
    struct map *m = ARENA_NEW(a, struct map);
    m->a = a;
    m->cap = 8;
    m->entries = ARENA_ARRAY(a, struct entry, m->cap);
    m->slot_n = 16;
    m->slots = ARENA_ARRAY(a, uint32_t, m->slot_n);
    return m;
}

/* The slot that holds `key`, or the free one where it belongs. */
static uint32_t *slot_of(const struct map *m, struct str key, uint64_t h)
{
    for (size_t i = h & (m->slot_n - 1);; i = (i + 1) & (m->slot_n - 1)) {
        uint32_t *s = &m->slots[i];
        if (*s == 0 ||
            (m->entries[*s - 1].hash == h && str_eq(m->entries[*s - 1].key, key)))
            return s;
    }
}

static void grow(struct map *m)
{
    struct entry *bigger = ARENA_ARRAY(m->a, struct entry, m->cap * 2);
    memcpy(bigger, m->entries, m->n * sizeof *bigger);
    m->entries = bigger;
    m->cap *= 2;
    m->slot_n = m->cap * 2;
    m->slots = ARENA_ARRAY(m->a, uint32_t, m->slot_n);
    for (size_t i = 0; i < m->n; i++)
        *slot_of(m, bigger[i].key, bigger[i].hash) = (uint32_t)i + 1;
}

void *map_get(const struct map *m, struct str key)
{
    uint32_t s = *slot_of(m, key, hash_of(key));
    return s == 0 ? NULL : m->entries[s - 1].val;
}

void *map_put(struct map *m, struct str key, void *val)
{
    INVARIANT(val != NULL);
    uint64_t h = hash_of(key);
    uint32_t *s = slot_of(m, key, h);
    if (*s != 0) {
        void *old = m->entries[*s - 1].val;
        m->entries[*s - 1].val = val;
        return old;
    }
    if (m->n == m->cap) {
        grow(m);
        s = slot_of(m, key, h);
    }
    m->entries[m->n] = (struct entry){str_dup(m->a, key), val, h};
    *s = (uint32_t)++m->n;
    return NULL;
}

size_t map_len(const struct map *m)
{
    return m->n;
}

struct str map_key(const struct map *m, size_t i)
{
    INVARIANT(i < m->n);
    return m->entries[i].key;
}

void *map_val(const struct map *m, size_t i)
{
    INVARIANT(i < m->n);
    return m->entries[i].val;
}
