#include "engine/context.h"

#include <stdbool.h>
#include <stdlib.h>

struct step {
    uint64_t key;
    int32_t item;
    int32_t order;
    size_t at; /* of the item in the rows: equal keys keep the order of the rows */
};

uint64_t context_key(const int32_t *items, int32_t order)
{
    uint64_t h = 0xcbf29ce484222325u + (uint64_t)order; /* FNV-1a, then stirred */
    for (int32_t i = 0; i < order; i++) {
        h = (h ^ (uint32_t)items[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return h;
}

static int by_key(const void *a, const void *b)
{
    const struct step *x = a;
    const struct step *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    if (x->item != y->item) {
        return x->item < y->item ? -1 : 1;
    }
    return (x->at > y->at) - (x->at < y->at);
}

/* Every run before the item at `i` of one person. */
static size_t add_steps(const struct context_rows *r, size_t begin, size_t i,
                        struct step *out)
{
    size_t n = 0;
    for (int32_t order = 1; order <= CONTEXT_MAX; order++) {
        if (i < begin + (size_t)order || r->items[i - (size_t)order] < 0) {
            break;
        }
        if (order >= CONTEXT_MIN) {
            out[n++] = (struct step){.key = context_key(r->items + i - order, order),
                                     .item = r->items[i],
                                     .order = order,
                                     .at = i};
        }
    }
    return n;
}

static void group(const struct context_rows *r, const struct step *v, size_t n,
                  struct context_table *t)
{
    for (size_t i = 0; i < n; i++) {
        bool same_run = i > 0 && v[i].key == v[i - 1].key;
        if (!same_run) {
            struct context_run *run = &t->runs[t->run_n++];
            *run = (struct context_run){
                .key = v[i].key, .order = v[i].order, .from = t->next_n};
            for (int32_t k = 0; k < run->order; k++) {
                run->items[k] = r->items[v[i].at - (size_t)(run->order - k)];
            }
        }
        if (!same_run || v[i].item != v[i - 1].item) {
            t->nexts[t->next_n++] = (struct context_next){.item = v[i].item};
            t->runs[t->run_n - 1].n++;
        }
        t->nexts[t->next_n - 1].count += r->worth != NULL ? r->worth[v[i].at] : 1.0f;
    }
}

void context_fit(struct arena *a, const struct context_rows *rows,
                 struct context_table *out)
{
    size_t row_n = rows->from[rows->person_n];
    size_t cap = row_n * (CONTEXT_MAX - CONTEXT_MIN + 1);
    struct arena *own = arena_new(cap * sizeof(struct step) + (1u << 20));
    struct step *v = ARENA_ARRAY(own, struct step, cap);
    size_t n = 0;
    for (size_t p = 0; p < rows->person_n; p++) {
        for (size_t i = rows->from[p]; i < rows->from[p + 1]; i++) {
            n += rows->items[i] >= 0 ? add_steps(rows, rows->from[p], i, v + n) : 0;
        }
    }
    if (n > 0) {
        qsort(v, n, sizeof(*v), by_key);
    }
    size_t run_n = 0;
    size_t next_n = 0;
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && v[i].key == v[i - 1].key;
        run_n += same ? 0 : 1;
        next_n += same && v[i].item == v[i - 1].item ? 0 : 1;
    }
    *out = (struct context_table){.runs = ARENA_ARRAY(a, struct context_run, run_n),
                                  .nexts = ARENA_ARRAY(a, struct context_next, next_n)};
    group(rows, v, n, out);
    arena_free(own);
    context_index(a, out);
}

void context_index(struct arena *a, struct context_table *t)
{
    t->slot_n = 16;
    while (t->slot_n < 2 * t->run_n) {
        t->slot_n *= 2;
    }
    t->slots = ARENA_ARRAY(a, uint32_t, t->slot_n);
    for (size_t i = 0; i < t->run_n; i++) {
        size_t at = (size_t)t->runs[i].key & (t->slot_n - 1);
        while (t->slots[at] != 0) {
            at = (at + 1) & (t->slot_n - 1);
        }
        t->slots[at] = (uint32_t)i + 1;
    }
}

static bool is_run(const struct context_run *r, const int32_t *items, int32_t order)
{
    bool same = r->order == order;
    for (int32_t k = 0; same && k < order; k++) {
        same = r->items[k] == items[k];
    }
    return same;
}

const struct context_run *context_find(const struct context_table *t, const int32_t *end,
                                       int32_t order)
{
    const int32_t *items = end - order;
    uint64_t key = context_key(items, order);
    if (t->slot_n == 0) {
        return NULL;
    }
    size_t at = (size_t)key & (t->slot_n - 1);
    for (; t->slots[at] != 0; at = (at + 1) & (t->slot_n - 1)) {
        const struct context_run *r = &t->runs[t->slots[at] - 1];
        if (r->key == key && is_run(r, items, order)) {
            return r;
        }
    }
    return NULL;
}
