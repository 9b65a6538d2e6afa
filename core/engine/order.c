#include "engine/order.h"

#include <string.h>

#define RUN_LEAST 8 /* shorter runs are made so long by insertion */

typedef int order_cmp(const void *x, const void *y);

static void reverse(const void **p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        const void *t = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = t;
    }
}

/* p[0, sorted) is in order; put the elements up to `n` where they belong. */
static void insert(const void **p, size_t sorted, size_t n, order_cmp *cmp)
{
    for (size_t i = sorted; i < n; i++) {
        const void *x = p[i];
        size_t k = i;
        for (; k > 0 && cmp(p[k - 1], x) > 0; k--) {
            p[k] = p[k - 1];
        }
        p[k] = x;
    }
}

/* The length of the run at p[0], at least RUN_LEAST where there is as much. */
static size_t run_at(const void **p, size_t n, order_cmp *cmp)
{
    size_t k = 1;
    if (n > 1 && cmp(p[0], p[1]) > 0) {
        while (k < n && cmp(p[k - 1], p[k]) > 0) {
            k++; /* strictly falling: turning it round keeps it stable */
        }
        reverse(p, k);
    }
    while (k < n && cmp(p[k - 1], p[k]) <= 0) {
        k++;
    }
    size_t least = n < RUN_LEAST ? n : RUN_LEAST;
    if (k < least) {
        insert(p, k, least, cmp);
        k = least;
    }
    return k;
}

/* Merge p[0, m) and p[m, n) by way of `t`, which holds m. */
static void merge(const void **p, size_t m, size_t n, const void **t, order_cmp *cmp)
{
    if (cmp(p[m - 1], p[m]) <= 0) {
        return;
    }
    memcpy(t, p, m * sizeof(*p));
    size_t i = 0;
    size_t j = m;
    size_t k = 0;
    while (i < m && j < n) {
        p[k++] = cmp(t[i], p[j]) <= 0 ? t[i++] : p[j++];
    }
    memcpy(p + k, t + i, (m - i) * sizeof(*p));
}

void order_sort(struct arena *a, const void **p, size_t n, order_cmp *cmp)
{
    if (n < 2) {
        return;
    }
    size_t first = run_at(p, n, cmp);
    if (first == n) {
        return;
    }
    size_t *ends = ARENA_ARRAY(a, size_t, n / RUN_LEAST + 2);
    const void **t = ARENA_ARRAY(a, const void *, n);
    size_t runs = 1;
    ends[0] = first;
    while (ends[runs - 1] < n) {
        size_t from = ends[runs - 1];
        ends[runs++] = from + run_at(p + from, n - from, cmp);
    }
    /* Neighbours two by two, until there is one. */
    while (runs > 1) {
        size_t k = 0;
        for (size_t i = 0; i < runs; i += 2) {
            size_t from = i == 0 ? 0 : ends[i - 1];
            if (i + 1 < runs) {
                merge(p + from, ends[i] - from, ends[i + 1] - from, t, cmp);
            }
            size_t end = i + 1 < runs ? ends[i + 1] : ends[i];
            ends[k++] = end;
        }
        runs = k;
    }
}

const void **order_of(struct arena *a, const void *base, size_t n, size_t size,
                      order_cmp *cmp)
{
    const void **p = ARENA_ARRAY(a, const void *, n);
    for (size_t i = 0; i < n; i++) {
        p[i] = (const char *)base + i * size;
    }
    order_sort(a, p, n, cmp);
    return p;
}
