/* bkt.h: Bayesian knowledge tracing with forgetting, fitted from many people's answers.
 *
 * The model is mastery.h's: a skill is there or not; between two rows it is learnt with
 * p_learn or lost with p_forget; an answer is right by 1 - p_slip or p_guess. The fit is
 * expectation-maximisation (Corbett & Anderson 1995, UMUAI 4:253; Baum et al. 1970) from
 * several fixed starts, towards the skill's family: the logits of its skills' parameters
 * are normal, with a mean and a variance of the family that are fitted too (empirical
 * Bayes by EM; Laird 1978, JASA 73:805). Few rows: the family's values; many: its own.
 *
 * Only sound parameters are told (bkt_sound): a right answer never lowers p, and
 * "mastered" is within reach. The same rows give the same bytes. */
#ifndef WAYMARK_ENGINE_BKT_H
#define WAYMARK_ENGINE_BKT_H

#include "engine/answers.h"
#include "engine/bkttree.h"
#include "engine/skill.h"

#define BKT_TRI (BKT_PARAMS * (BKT_PARAMS + 1) / 2)
#define BKT_REACH_MAX 20 /* right answers that must be enough for "mastered" */
#define BKT_DOC_MAX_BYTES (8u * 1024 * 1024)

/* What is believed of parameters: their logits, in the order of bkttree.h's list, are
 * normal. `root`: the lower triangle, by rows, of a square root of the covariance. */
struct bkt_belief {
    double mean[BKT_PARAMS];
    double root[BKT_TRI];
};

enum bkt_origin {
    BKT_FITTED,
    BKT_PULLED, /* its own were not sound: moved towards the family's until they were */
    BKT_FAMILY, /* the family's: no rows of its own, or nothing nearer was sound */
    BKT_BASE    /* those it had: the family's were not sound either */
};

struct bkt_skill {
    struct skill_bkt bkt; /* half_life_days is the base's, not fitted */
    struct bkt_belief belief;
    enum bkt_origin origin;
    int32_t row_n, student_n;
    int32_t family;
};

/* Of the logits; parameters of a skill nobody answered yet. */
struct bkt_family {
    double mean[BKT_PARAMS];
    double var[BKT_PARAMS];
    int32_t skill_n; /* with rows */
};

struct bkt_model {
    struct bkt_skill *skills;
    size_t skill_n;
    struct bkt_family *families;
    size_t family_n;
    int64_t row_n;
};

struct bkt_opts {
    const int32_t *family; /* of each skill, below family_n; NULL: all are one family */
    int32_t family_n;
    const struct skill_bkt *base; /* skill_n: what they have; NULL: the default */
    struct skill_limits limits;   /* for "mastered"; all 0: the default */
    bool no_forgetting;
    bool no_shrinkage; /* a wide prior for each skill by itself */
};

/* The units of a map as families: one of each skill; returns how many there are. */
int32_t bkt_units(struct arena *a, const struct skill_map *map, int32_t **out);

/* Fit all skills. The model lives in `a`; what the fit itself needs is given back. */
void bkt_fit(struct arena *a, const struct answers *in, const struct bkt_opts *o,
             struct bkt_model *out);

/* As JSON by skill codes, and back. Skills of `map` that the document does not know keep
 * the map's parameters (BKT_BASE), and so do those for which the fitted ones are not
 * sound under its thresholds; what it says of a code of an earlier version holds for
 * those that replace it. ERR_INPUT or ERR_LIMIT. */
struct str bkt_write(struct arena *a, const struct bkt_model *m,
                     const struct skill_map *map);
int bkt_read(struct arena *a, struct str text, const struct skill_map *map,
             struct bkt_model *out, struct err *e);

/* Before the first answer; the chance that the next is right; after it. */
double bkt_start(const struct skill_bkt *b);
double bkt_predict(const struct skill_bkt *b, double p);
double bkt_update(const struct skill_bkt *b, double p, bool right);

/* Where right answers lead to: above it a right answer would lower p, so p stays below.
 * 1 without forgetting. */
double bkt_ceiling(const struct skill_bkt *b);

/* What happens between two rows, after one of weight `w` (0 to 1). */
double bkt_step(const struct skill_bkt *b, double p, double w);

/* Fitted and drawn parameters forget so little that right answers lead so high: enough
 * above "mastered" to get there. */
double bkt_reach(double p_mastered);

/* In range, 1 - slip > guess, learn + forget <= 1, and from the start as from the lowest
 * p that wrong answers lead to, BKT_REACH_MAX right ones are enough for p_mastered. */
bool bkt_sound(const struct skill_bkt *b, const struct skill_limits *l);

/* About parameters that nobody fitted: how much skills differ. */
void bkt_belief_default(const struct skill_bkt *b, struct bkt_belief *out);

#endif
