/* lktmodel.h: what the predictor's model consists of; for lkt*.c alone. */
#ifndef WAYMARK_ENGINE_LKTMODEL_H
#define WAYMARK_ENGINE_LKTMODEL_H

#include "engine/lktlook.h"

/* Two features whose joint bins have weights of their own. */
#define LKTMODEL_PAIRS(X)                                                                \
    X(ITEM, MIDDLE)                                                                      \
    X(ITEM, ABLE)                                                                        \
    X(ITEM, K_ABLE)                                                                      \
    X(ITEM, K_N)                                                                         \
    X(ITEM, PATTERN)                                                                     \
    X(ITEM, I_PATTERN)                                                                   \
    X(ITEM, ITEM_N)                                                                      \
    X(CONTEXT, ITEM)                                                                     \
    X(CONTEXT, MIDDLE)                                                                   \
    X(CONTEXT, ABLE)                                                                     \
    X(CONTEXT, I_LAG)                                                                    \
    X(CONTEXT, SKILL_AFTER)                                                              \
    X(SHORT, K_SHORT)                                                                    \
    X(ABLE, N)                                                                           \
    X(ABLE, K_N)                                                                         \
    X(ABLE, K_SHORT)                                                                     \
    X(ABLE, PATTERN)                                                                     \
    X(ABLE, I_PATTERN)                                                                   \
    X(LATE, K_ABLE)                                                                      \
    X(K_ABLE, K_N)                                                                       \
    X(K_ABLE, K_SHORT)                                                                   \
    X(K_ABLE, K_PAUSE)                                                                   \
    X(Q_ABLE, Q_N)                                                                       \
    X(SKILL_RUN, K_N)                                                                    \
    X(K_PATTERN, K_LAG)                                                                  \
    X(K_PATTERN, RUN)                                                                    \
    X(I_PATTERN, I_LAG)                                                                  \
    X(PATTERN, RUN)                                                                      \
    X(PATTERN, LAST_ODDS)                                                                \
    X(MIDDLE, PAUSE)

enum lktmodel_pair_no {
#define X(a, b) LKTMODEL_##a##_##b,
    LKTMODEL_PAIRS(X)
#undef X
        LKTMODEL_N_PAIRS
};

/* Where the weights stand. */
enum {
    LKTMODEL_BIAS = 0,
    LKTMODEL_LINEAR = 1,
    LKTMODEL_SHAPES = LKTMODEL_LINEAR + LKTLOOK_LINEAR,
    LKTMODEL_TABLES = LKTMODEL_SHAPES + LKTLOOK_N_FEATURES * LKTLOOK_BINS,
    LKTMODEL_WEIGHTS =
        LKTMODEL_TABLES + LKTMODEL_N_PAIRS * LKTLOOK_COARSE * LKTLOOK_COARSE
};

struct lkt_model {
    struct lktcurve curve;
    struct lktlook_rates look; /* curve: the one above */
    int32_t item_n;
    float w[LKTMODEL_WEIGHTS];
    double usual[LKT_PARTS]; /* mean log-odds of each part in TRAIN */
    uint8_t coarse[LKTLOOK_N_FEATURES][LKTLOOK_BINS];
};

extern const uint8_t lktmodel_pairs[LKTMODEL_N_PAIRS][2];

/* Fill curve and coarse, and point look.curve. */
void lktmodel_init(struct lkt_model *m);

/* Weights are kept as whole multiples of this, so that text gives back the same bits. */
#define LKTMODEL_UNIT (1.0 / 65536)
#define LKTMODEL_FAR 200.0 /* no weight is larger */
double lktmodel_rounded(double x);

/* The indexes of the weights that apply: LKTMODEL_ACTIVE of them, shapes first. */
#define LKTMODEL_ACTIVE (LKTLOOK_N_FEATURES + LKTMODEL_N_PAIRS)
static inline void lktmodel_active(const uint8_t coarse[][LKTLOOK_BINS],
                                   const uint8_t *bin, uint16_t *out)
{
    uint8_t c[LKTLOOK_N_FEATURES];
    for (int f = 0; f < LKTLOOK_N_FEATURES; f++) {
        c[f] = coarse[f][bin[f]];
        out[f] = (uint16_t)(LKTMODEL_SHAPES + f * LKTLOOK_BINS + bin[f]);
    }
    for (int j = 0; j < LKTMODEL_N_PAIRS; j++)
        out[LKTLOOK_N_FEATURES + j] =
            (uint16_t)(LKTMODEL_TABLES +
                       (j * LKTLOOK_COARSE + c[lktmodel_pairs[j][0]]) * LKTLOOK_COARSE +
                       c[lktmodel_pairs[j][1]]);
}

/* The log-odds. */
static inline double lktmodel_sum(const float *w, const float *x, const uint16_t *active)
{
    double z = (double)w[LKTMODEL_BIAS];
    for (int j = 0; j < LKTLOOK_LINEAR; j++)
        z += (double)w[LKTMODEL_LINEAR + j] * (double)x[j];
    for (int j = 0; j < LKTMODEL_ACTIVE; j++)
        z += (double)w[active[j]];
    return z;
}

/* The same by part of the explanation; the bias is left out. */
void lktmodel_parts(const struct lkt_model *m, const float *x, const uint8_t *bin,
                    double out[LKT_PARTS]);

#endif
