#include "support/draw.h"

#include "engine/dist.h"

struct draw draw_seed(uint64_t seed)
{
    return (struct draw){seed * 0xd1342543de82ef95u + 0x2545f4914f6cdd1du};
}

/* splitmix64 (Steele, Lea & Flood 2014) */
uint64_t draw_bits(struct draw *d)
{
    uint64_t x = d->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

double draw_share(struct draw *d)
{
    return (double)(draw_bits(d) >> 11) * 0x1p-53;
}

double draw_normal(struct draw *d)
{
    return dist_quantile(((double)(draw_bits(d) >> 12) + 0.5) * 0x1p-52);
}
