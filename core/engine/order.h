/* order.h: putting rows in order. Evidence mostly comes in order already, or in a few
 * runs, so this is a natural merge sort (Knuth, TAOCP vol. 3, 5.2.4): linear for what is
 * sorted, n log(runs) otherwise; stable, and the same on every machine. */
#ifndef WAYMARK_ENGINE_ORDER_H
#define WAYMARK_ENGINE_ORDER_H

#include "base/arena.h"

/* Sort `n` pointers by what they point to. */
void order_sort(struct arena *a, const void **p, size_t n,
                int (*cmp)(const void *x, const void *y));

/* Pointers to the `n` elements of `size` bytes at `base`, sorted. */
const void **order_of(struct arena *a, const void *base, size_t n, size_t size,
                      int (*cmp)(const void *x, const void *y));

#endif
