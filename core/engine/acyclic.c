#include "engine/acyclic.h"

#include "base/vec.h"

#include <stdbool.h>
#include <stdlib.h>

#define STEPS_MAX ((int64_t)50 * 1000 * 1000) /* edges looked at, all searches together */

struct edge {
    int32_t node;
    int32_t next; /* of the same end, or -1 */
};

struct found {
    int32_t *v;
    size_t n;
};

struct acyclic {
    size_t n;
    int32_t *place; /* of a node */
    int32_t *out;   /* first edge out of a node, or -1 */
    int32_t *in;
    struct vec outs; /* struct edge */
    struct vec ins;
    int32_t *from; /* where a search came from; -1: its start, -2: not seen */
    int32_t *stack;
    struct found ahead, behind;
    int32_t *places; /* room for sorting */
    int32_t *circle;
    size_t circle_n;
    int64_t steps;
};

static int32_t *filled(struct arena *a, size_t n, int32_t x)
{
    int32_t *v = ARENA_ARRAY(a, int32_t, n);
    for (size_t i = 0; i < n; i++)
        v[i] = x;
    return v;
}

struct acyclic *acyclic_new(struct arena *a, size_t n)
{
    struct acyclic *g = ARENA_NEW(a, struct acyclic);
    g->n = n;
    g->place = ARENA_ARRAY(a, int32_t, n);
    for (size_t i = 0; i < n; i++)
        g->place[i] = (int32_t)i;
    g->out = filled(a, n, -1);
    g->in = filled(a, n, -1);
    g->from = filled(a, n, -2);
    g->stack = ARENA_ARRAY(a, int32_t, n);
    g->ahead.v = ARENA_ARRAY(a, int32_t, n);
    g->behind.v = ARENA_ARRAY(a, int32_t, n);
    g->places = ARENA_ARRAY(a, int32_t, 2 * n);
    g->circle = ARENA_ARRAY(a, int32_t, n);
    vec_init(&g->outs, a, sizeof(struct edge));
    vec_init(&g->ins, a, sizeof(struct edge));
    return g;
}

static void put(struct vec *edges, int32_t *first, int32_t node)
{
    *(struct edge *)vec_push(edges) = (struct edge){.node = node, .next = *first};
    *first = (int32_t)edges->n - 1;
}

/* All nodes from `start` along the edges whose place is between low and high; false when
 * `goal` is among them. */
static bool search(struct acyclic *g, bool ahead, int32_t start, int32_t goal,
                   int32_t low, int32_t high)
{
    struct found *f = ahead ? &g->ahead : &g->behind;
    const struct edge *edges = ahead ? g->outs.p : g->ins.p;
    size_t depth = 0;
    f->n = 0;
    g->stack[depth++] = start;
    g->from[start] = -1;
    f->v[f->n++] = start;
    while (depth > 0) {
        int32_t at = g->stack[--depth];
        int32_t i = ahead ? g->out[at] : g->in[at];
        for (; i >= 0; i = edges[i].next) {
            int32_t to = edges[i].node;
            g->steps++;
            if (g->from[to] != -2 || g->place[to] < low || g->place[to] > high)
                continue;
            g->from[to] = at;
            f->v[f->n++] = to;
            if (to == goal)
                return false;
            g->stack[depth++] = to;
        }
    }
    return true;
}

static void forget(struct acyclic *g, const struct found *f)
{
    for (size_t i = 0; i < f->n; i++)
        g->from[f->v[i]] = -2;
}

/* From `from` back to the start of the search, told the other way round. */
static void note_circle(struct acyclic *g, int32_t from)
{
    g->circle_n = 0;
    for (int32_t at = from; at >= 0; at = g->from[at])
        g->circle[g->circle_n++] = at;
    for (size_t i = 0, j = g->circle_n; i + 1 < j; i++) {
        int32_t x = g->circle[i];
        g->circle[i] = g->circle[--j];
        g->circle[j] = x;
    }
}

static int by_number(const void *x, const void *y)
{
    const int32_t *p = x, *q = y;
    return (*p > *q) - (*p < *q);
}

static void sort_found(const struct acyclic *g, struct found *f)
{
    /* Insertion into an array of places would be quadratic: sort places, then invert. */
    for (size_t i = 0; i < f->n; i++)
        g->places[i] = g->place[f->v[i]];
    qsort(g->places, f->n, sizeof g->places[0], by_number);
    for (size_t i = 0; i < f->n; i++) {
        int32_t node = f->v[i];
        const int32_t *at =
            bsearch(&g->place[node], g->places, f->n, sizeof *at, by_number);
        g->stack[at - g->places] = node;
    }
    for (size_t i = 0; i < f->n; i++)
        f->v[i] = g->stack[i];
}

/* What lies behind `from` goes before what lies ahead of `to`, in the places of both. */
static void reorder(struct acyclic *g)
{
    size_t n = 0;
    sort_found(g, &g->behind);
    sort_found(g, &g->ahead);
    for (size_t i = 0; i < g->behind.n; i++)
        g->places[n++] = g->place[g->behind.v[i]];
    for (size_t i = 0; i < g->ahead.n; i++)
        g->places[n++] = g->place[g->ahead.v[i]];
    qsort(g->places, n, sizeof g->places[0], by_number);
    for (size_t i = 0; i < g->behind.n; i++)
        g->place[g->behind.v[i]] = g->places[i];
    for (size_t i = 0; i < g->ahead.n; i++)
        g->place[g->ahead.v[i]] = g->places[g->behind.n + i];
}

enum acyclic_fate acyclic_add(struct acyclic *g, int32_t from, int32_t to)
{
    g->circle_n = 0;
    if (from == to) {
        g->circle[g->circle_n++] = from;
        return ACYCLIC_CIRCLE;
    }
    int32_t low = g->place[to], high = g->place[from];
    if (low < high) {
        if (g->steps > STEPS_MAX)
            return ACYCLIC_TIRED;
        bool free = search(g, true, to, from, low, high);
        if (!free)
            note_circle(g, from);
        forget(g, &g->ahead);
        if (!free)
            return ACYCLIC_CIRCLE;
        (void)search(g, false, from, -1, low, high);
        forget(g, &g->behind);
        reorder(g);
    }
    put(&g->outs, &g->out[from], to);
    put(&g->ins, &g->in[to], from);
    return ACYCLIC_ADDED;
}

size_t acyclic_circle(const struct acyclic *g, const int32_t **nodes)
{
    *nodes = g->circle;
    return g->circle_n;
}

int32_t acyclic_place(const struct acyclic *g, int32_t node)
{
    return g->place[node];
}
