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
#define SPARE_MAX 16 /* so that an ordinary request never calls malloc */

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
    struct block *spare;  /* ordinary blocks of earlier requests, SPARE_MAX at most */
    size_t spare_n;
    struct defer *defers;
    size_t cap;
    size_t used;
};

static struct block *block_new(struct arena *a, size_t need)
{
    size_t size = need > BLOCK ? need : BLOCK;
    struct block *b = a->spare;
    if (size == BLOCK && b != NULL) {
        a->spare = b->next;
        a->spare_n--;
    } else {
        b = malloc(sizeof *b + size);
        INVARIANT(b != NULL);
        b->size = size;
        POISON(b->data, size);
    }
    b->used = 0;
    b->next = a->blocks;
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
    while (a->blocks != NULL) {
        struct block *b = a->blocks;
        a->blocks = b->next;
        if (b->size != BLOCK || a->spare_n == SPARE_MAX) {
            block_free(b);
            continue;
        }
        POISON(b->data, b->size);
        b->next = a->spare;
        a->spare = b;
        a->spare_n++;
    }
    a->used = 0;
}

static void free_list(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;
        block_free(b);
        b = next;
    }
}

void arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    run_defers(a);
    free_list(a->blocks);
    free_list(a->spare);
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
