/* draw.h: numbers by a seed, for simulations: the same on every machine. */
#ifndef WAYMARK_TESTS_DRAW_H
#define WAYMARK_TESTS_DRAW_H

#include <stdint.h>

struct draw {
    uint64_t state;
};

/* A stream of its own for each seed. */
struct draw draw_seed(uint64_t seed);
uint64_t draw_bits(struct draw *d);
/* 0 <= x < 1 */
double draw_share(struct draw *d);
/* Standard normal. */
double draw_normal(struct draw *d);

#endif
