#include "base/arena.h"

#include "base/err.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define RED_ZONE                                                                         \
    16 /* unusable bytes behind each allocation, so that ASan sees overruns */
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define RED_ZONE 0
#endif

#define ALIGN 16
#define BLOCK (16 * 1024)

struct block {
    struct block *next;
    size_t size;
    size_t used;
    size_t pad; /* keeps data[] aligned to ALIGN */
    unsigned char data[];
};

struct defer {
    struct defer *next;
    void (*fn)(void *);
    void *p;
};

struct arena {
    struct block *blocks; /* the newest first */
    struct defer *defers;
    size_t cap;
    size_t used;
};

static struct block *block_new(struct arena *a, size_t need)
{
    size_t size = need > BLOCK ? need : BLOCK;
    struct block *b = malloc(sizeof *b + size);
    INVARIANT(b != NULL);
    b->next = a->blocks;
    b->size = size;
    b->used = 0;
    POISON(b->data, size);
    a->blocks = b;
    return b;
}

struct arena *arena_new(size_t cap)
{
    struct arena *a = calloc(1, sizeof *a);
    INVARIANT(a != NULL);
    a->cap = cap;
    return a;
}

static void run_defers(struct arena *a)
{
    while (a->defers != NULL) {
        struct defer *d = a->defers;
        a->defers = d->next;
        d->fn(d->p);
    }
}

static void block_free(struct block *b)
{
    UNPOISON(b->data, b->size);
    free(b);
}

void arena_reset(struct arena *a)
{
    run_defers(a);
    struct block *keep =
        NULL; /* one ordinary block stays, so that small requests never malloc */
    while (a->blocks != NULL) {
        struct block *b = a->blocks;
        a->blocks = b->next;
        if (keep == NULL && b->size == BLOCK)
            keep = b;
        else
            block_free(b);
    }
    if (keep != NULL) {
        keep->next = NULL;
        keep->used = 0;
        POISON(keep->data, keep->size);
        a->blocks = keep;
    }
    a->used = 0;
}

void arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    run_defers(a);
    while (a->blocks != NULL) {
        struct block *b = a->blocks;
        a->blocks = b->next;
        block_free(b);
    }
    free(a);
}

void *arena_alloc(struct arena *a, size_t n)
{
    INVARIANT(n <= a->cap);
    size_t need = (n + RED_ZONE + ALIGN - 1) / ALIGN * ALIGN;
    a->used += need;
    INVARIANT(a->used <= a->cap);
    struct block *b = a->blocks;
    if (b == NULL || b->size - b->used < need)
        b = block_new(a, need);
    void *p = b->data + b->used;
    b->used += need;
    UNPOISON(p, n);
    memset(p, 0, n);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    INVARIANT(size == 0 || count <= SIZE_MAX / size);
    return arena_alloc(a, count * size);
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
    struct defer *d = ARENA_NEW(a, struct defer);
    d->fn = fn;
    d->p = p;
    d->next = a->defers;
    a->defers = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
