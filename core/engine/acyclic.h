/* acyclic.h: a graph that takes edge after edge and never lets a circle in.
 *
 * Keeps a topological order while it grows (Pearce & Kelly 2006, ACM JEA 11:1.7): an edge
 * that agrees with the order costs nothing, another one a search of what lies between. */
#ifndef WAYMARK_ENGINE_ACYCLIC_H
#define WAYMARK_ENGINE_ACYCLIC_H

#include "base/arena.h"

#include <stdint.h>

struct acyclic;

/* n nodes without edges, in the order 0 .. n-1. */
struct acyclic *acyclic_new(struct arena *a, size_t n);

enum acyclic_fate {
    ACYCLIC_ADDED,
    ACYCLIC_CIRCLE, /* it would close one: left out; acyclic_circle tells which */
    ACYCLIC_TIRED /* the searches cost too much by now (an adversary's graph): left out */
};

/* `from` comes before `to`. */
enum acyclic_fate acyclic_add(struct acyclic *g, int32_t from, int32_t to);

/* The circle that the last refused edge would have closed: from `to` along its edges to
 * `from`. Returns the number of nodes; valid until the next call of acyclic_add. */
size_t acyclic_circle(const struct acyclic *g, const int32_t **nodes);

/* Place of a node in the order; smaller comes first. */
int32_t acyclic_place(const struct acyclic *g, int32_t node);

#endif
