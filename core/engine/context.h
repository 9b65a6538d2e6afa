/* context.h: what came next after the last few items, for runs of two to five.
 *
 * A table of runs ("after A, B, C") with how many persons went on to which item: the
 * higher orders of a Markov chain (Shannon 1948, part I.3), kept only where they were
 * seen. transit.h blends them with the lower orders. */
#ifndef WAYMARK_ENGINE_CONTEXT_H
#define WAYMARK_ENGINE_CONTEXT_H

#include "base/arena.h"

#include <stdint.h>

#define CONTEXT_MIN 2 /* the shortest run kept here; runs of one are transit's pairs */
#define CONTEXT_MAX 5

struct context_next {
    int32_t item;
    float count;
};

struct context_run {
    uint64_t key;
    int32_t order;              /* how many items */
    int32_t items[CONTEXT_MAX]; /* oldest first; `order` of them */
    size_t from, n;             /* its nexts */
};

struct context_table {
    struct context_run *runs; /* by key */
    size_t run_n;
    struct context_next *nexts; /* of one run together, by item */
    size_t next_n;
    uint32_t *slots; /* open addressing, run + 1; 0 = empty */
    size_t slot_n;   /* a power of two */
};

/* Persons' items, each person's together in order: person p has items[from[p]] up to
 * items[from[p + 1]]; a negative item breaks every run through it. `worth` (or NULL: 1)
 * is how much a step to items[i] counts. */
struct context_rows {
    const size_t *from;
    size_t person_n;
    const int32_t *items;
    const float *worth;
};

/* Count. The rows are not kept. */
void context_fit(struct arena *a, const struct context_rows *rows,
                 struct context_table *out);

/* Make `slots` for runs filled in by hand (the reader's way); runs need their keys. */
void context_index(struct arena *a, struct context_table *t);
uint64_t context_key(const int32_t *items, int32_t order);

/* The run of the `order` items that end at items[-1], or NULL. */
const struct context_run *context_find(const struct context_table *t, const int32_t *end,
                                       int32_t order);

#endif
