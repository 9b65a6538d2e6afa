/* vec.h: an array that grows in an arena, for rows whose number is not known beforehand.
 *
 *   struct vec v;
 *   vec_init(&v, a, sizeof(struct thing));
 *   *(struct thing *)vec_push(&v) = (struct thing){...};
 *   rows = v.p; n = v.n;
 */
#ifndef WAYMARK_BASE_VEC_H
#define WAYMARK_BASE_VEC_H

#include "base/arena.h"

struct vec {
    struct arena *a;
    void *p; /* NULL while empty */
    size_t n;
    size_t cap;
    size_t size; /* bytes of one element */
};

void vec_init(struct vec *v, struct arena *a, size_t size);

/* Room for one more: a zeroed element. Pushing again may move the elements. */
void *vec_push(struct vec *v);

#endif
