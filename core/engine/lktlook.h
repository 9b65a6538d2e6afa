/* lktlook.h: what the predictor looks at before an answer, and what it remembers after.
 *
 * Every feature is put into one of 64 bins with fixed borders, so that a model needs no
 * borders of its own; those that are log-odds or abilities also enter as they are. */
#ifndef WAYMARK_ENGINE_LKTLOOK_H
#define WAYMARK_ENGINE_LKTLOOK_H

#include "engine/answers.h"
#include "engine/lkt.h"
#include "engine/lktrate.h"

#define LKTLOOK_BINS 64
#define LKTLOOK_COARSE 16 /* bins of a feature in a pair */

/* How a feature is binned. */
enum lktlook_scale {
    LKTLOOK_BY_ODDS,    /* log-odds, a quarter each */
    LKTLOOK_BY_COUNT,   /* 0, 1, 2 ... 7, then ever wider */
    LKTLOOK_BY_PATTERN, /* the last five answers, bit by bit behind a leading 1 */
    LKTLOOK_BY_SECONDS, /* powers of two; 0 unknown */
    LKTLOOK_BY_SHARE    /* 0 to 1; -1 unknown */
};

/* X(NAME, scale, part of the explanation); those up to I_ABLE enter linearly, too. */
#define LKTLOOK_FEATURES(X)                                                              \
    X(ITEM, ODDS, ITEM)             /* rate of the item */                               \
    X(SKILL, ODDS, SKILL)           /* rate of the skill */                              \
    X(CONTEXT, ODDS, BEFORE)        /* item after the two items before */                \
    X(ITEM_SKILL, ODDS, SAME_SKILL) /* item, by the last two answers on its skill */     \
    X(ITEM_AGAIN, ODDS, SAME_ITEM)  /* item, by the last three tries at it */            \
    X(SKILL_RUN, ODDS, SAME_SKILL)  /* skill, by the last five answers on it */          \
    X(SKILL_AFTER, ODDS, BEFORE)    /* skill after the skill before */                   \
    X(SKILL_AFTER2, ODDS, BEFORE)   /* ... and the one before that */                    \
    X(SHORT, ODDS, RECENT)          /* answers beyond what was to be expected, lately */ \
    X(MIDDLE, ODDS, RECENT)         /* the same over a longer time */                    \
    X(ABLE, ODDS, OVERALL)          /* ability, all answers */                           \
    X(LATE, ODDS, OVERALL)          /* ability, the last hundred or so */                \
    X(K_ABLE, ODDS, SAME_SKILL)     /* ability on the skill */                           \
    X(Q_ABLE, ODDS, SAME_SKILL)     /* ability on the q-matrix's skills of the item */   \
    X(I_ABLE, ODDS, SAME_ITEM)      /* ability on the very item */                       \
    X(ITEM_N, COUNT, ITEM)          /* how many answered it in TRAIN */                  \
    X(N, COUNT, OVERALL)            /* answers so far */                                 \
    X(PATTERN, PATTERN, RECENT)     /* the last five */                                  \
    X(STREAK, PATTERN, RECENT)      /* right or wrong in a row */                        \
    X(K_N, COUNT, SAME_SKILL)       /* answers on the skill */                           \
    X(K_SHORT, SHARE, SAME_SKILL)   /* recent share on the skill */                      \
    X(K_PATTERN, PATTERN, SAME_SKILL)                                                    \
    X(K_LAG, COUNT, SAME_SKILL) /* answers since the last on the skill */                \
    X(Q_N, COUNT, SAME_SKILL)   /* answers on the q-matrix's skills */                   \
    X(I_N, COUNT, SAME_ITEM)                                                             \
    X(I_PATTERN, PATTERN, SAME_ITEM)                                                     \
    X(I_LAG, COUNT, SAME_ITEM)                                                           \
    X(RUN, COUNT, BEFORE)     /* answers on this skill in a row */                       \
    X(PAUSE, SECONDS, TIME)   /* since the answer before */                              \
    X(K_PAUSE, SECONDS, TIME) /* since the last on the skill */                          \
    X(I_PAUSE, SECONDS, TIME)                                                            \
    X(SITTING, COUNT, TIME)    /* answers since a pause of half an hour */               \
    X(SKILLS, COUNT, SKILL)    /* how many skills the item needs */                      \
    X(LAST_ODDS, ODDS, BEFORE) /* how likely the answer before was to be right */

enum lktlook_feature {
#define X(name, scale, part) LKTLOOK_##name,
    LKTLOOK_FEATURES(X)
#undef X
        LKTLOOK_N_FEATURES
};
#define LKTLOOK_LINEAR (LKTLOOK_I_ABLE + 1)

extern const enum lktlook_scale lktlook_scales[LKTLOOK_N_FEATURES];
extern const enum lkt_part lktlook_parts[LKTLOOK_N_FEATURES];
/* The coarse bin of a bin, by scale. */
int lktlook_coarse(enum lktlook_scale scale, int bin);

#define LKTLOOK_KEYS (LKTRATE_KINDS - 1)

/* What was looked at. */
struct lktlook {
    float x[LKTLOOK_LINEAR];
    uint8_t bin[LKTLOOK_N_FEATURES];
    struct lktrate_key keys[LKTLOOK_KEYS]; /* by kind - 1 */
    double expected; /* the rate of the context: what the answer is compared with */
};

/* Which rates are asked. */
struct lktlook_rates {
    const struct lktrate *rates;
    const struct lktcurve *curve;
    double mean;                     /* share of right answers, all of TRAIN */
    const int32_t *q_from, *q_skill; /* q-skills of a skill; q_from has skill_n + 1 */
    int32_t skill_n;
    int fold; /* LKTLOOK_SETTLED, or count without that fold (-1: all) */
};
#define LKTLOOK_SETTLED (-2)

struct lkt_person *lktlook_person(struct arena *a);
void lktlook_reset(struct lkt_person *p);

/* Fill `keys` alone: which contexts the answer belongs to. */
void lktlook_keys(struct lkt_person *p, const struct answer *next, struct lktlook *out);

/* Work out the log-odds of every context of out->keys for good (all folds). */
void lktlook_settle(struct lktrate *rates, const struct lktlook_rates *r,
                    const struct lktrate_key *keys);

/* Look at everything. What comes back is the person's and stands until the next call;
 * asking twice about one answer costs once. */
const struct lktlook *lktlook_all(const struct lktlook_rates *r, struct lkt_person *p,
                                  const struct answer *next);

/* Remember the answer; `seen` is what lktlook_all gave before it, or NULL: counts and
 * patterns alone. */
void lktlook_take(const struct lktlook_rates *r, struct lkt_person *p,
                  const struct answer *given, const struct lktlook *seen);

#endif
