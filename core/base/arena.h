/* arena.h: memory of one request or one job, given back all at once.
 *
 * A FastCGI worker serves one request at a time, so whatever belongs to a request dies
 * when the request ends: allocate from its arena, free nothing by hand. Foreign handles
 * (a curl handle, a JSON tree) are tied to the arena with arena_defer. Secrets do not go
 * here: keep them in their own buffer and wipe it (crypt.h). */
#ifndef WAYMARK_BASE_ARENA_H
#define WAYMARK_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* A new arena that may hold at most `cap` bytes. Inputs are bounded at the edge, so
 * passing the cap is a bug: it aborts the process and the master starts another. Never
 * NULL. */
struct arena *arena_new(size_t cap);

/* Run the deferred calls (last first), release everything, and the arena too. NULL is
 * fine. */
void arena_free(struct arena *a);

/* Run the deferred calls (last first) and make the arena empty again, for the next
 * request. */
void arena_reset(struct arena *a);

/* `n` zeroed bytes, aligned for any type. n == 0 gives a valid pointer. Never NULL. */
void *arena_alloc(struct arena *a, size_t n);

/* `count` zeroed things of `size` bytes each; the product is checked. Never NULL. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* Call fn(p) when the arena is reset or freed. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))

#endif
