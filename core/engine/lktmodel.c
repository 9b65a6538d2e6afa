#include "engine/lktmodel.h"

#include "engine/num.h"

#include <math.h>
#include <string.h>

const uint8_t lktmodel_pairs[LKTMODEL_N_PAIRS][2] = {
#define X(a, b) {LKTLOOK_##a, LKTLOOK_##b},
    LKTMODEL_PAIRS(X)
#undef X
};

_Static_assert(LKTMODEL_WEIGHTS < UINT16_MAX, "indexes of weights have 16 bits");

void lktmodel_init(struct lkt_model *m)
{
    lktcurve_init(&m->curve);
    m->look.curve = &m->curve;
    for (int f = 0; f < LKTLOOK_N_FEATURES; f++)
        for (int b = 0; b < LKTLOOK_BINS; b++)
            m->coarse[f][b] = (uint8_t)lktlook_coarse(lktlook_scales[f], b);
}

double lktmodel_rounded(double x)
{
    return floor(num_clamp(x, -LKTMODEL_FAR, LKTMODEL_FAR) / LKTMODEL_UNIT + 0.5) *
           LKTMODEL_UNIT;
}

void lktmodel_parts(const struct lkt_model *m, const float *x, const uint8_t *bin,
                    double out[LKT_PARTS])
{
    uint16_t active[LKTMODEL_ACTIVE];
    memset(out, 0, LKT_PARTS * sizeof *out);
    lktmodel_active(m->coarse, bin, active);
    for (int f = 0; f < LKTLOOK_N_FEATURES; f++) {
        out[lktlook_parts[f]] += (double)m->w[active[f]];
        if (f < LKTLOOK_LINEAR)
            out[lktlook_parts[f]] += (double)m->w[LKTMODEL_LINEAR + f] * (double)x[f];
    }
    for (int j = 0; j < LKTMODEL_N_PAIRS; j++)
        for (int side = 0; side < 2; side++)
            out[lktlook_parts[lktmodel_pairs[j][side]]] +=
                (double)m->w[active[LKTLOOK_N_FEATURES + j]] / 2;
}
