#include "base/vec.h"

#include <string.h>

void vec_init(struct vec *v, struct arena *a, size_t size)
{
    *v = (struct vec){.a = a, .size = size};
}

void *vec_push(struct vec *v)
{
    if (v->n == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 16;
        char *p = arena_array(v->a, cap, v->size);
        if (v->n > 0)
            memcpy(p, v->p, v->n * v->size);
        v->p = p;
        v->cap = cap;
    }
    return (char *)v->p + v->n++ * v->size;
}
