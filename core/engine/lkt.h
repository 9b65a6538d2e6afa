/* lkt.h: the predictor: how likely the next answer is right, by logistic knowledge
 * tracing.
 *
 * A generalised additive model with a few pairs (Lou et al. 2012, 2013: GAM, GA2M) over
 * what is known before the answer: how hard item and skill are, what came just before,
 * how the person does overall, lately, on this skill and on this item, how long ago
 * that was. The log-odds are a sum, so every prediction can say what it is made of
 * (lkt_why).
 *
 * The model is fitted on many people and then stands; what is learnt online is about
 * the person: lkt_update takes one answer, and a person's state is a function of the
 * model and that person's answers in order. README.md has the equations and the papers.
 */
#ifndef WAYMARK_ENGINE_LKT_H
#define WAYMARK_ENGINE_LKT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "engine/answers.h"

struct lkt_model;
struct lkt_person;

struct lkt_opts {
    int64_t seed;
    void (*progress)(void *ctx, const char *step); /* or NULL */
    void *ctx;
};

/* Fit to `train`. The model lives in `a`; what the work needs (about 300 bytes a row
 * and 200 a different context, some 0.5 GB for a million rows) in `scratch`. Never
 * fails: few answers give a model that says little more than their mean. */
struct lkt_model *lkt_fit(struct arena *a, struct arena *scratch,
                          const struct answers *train, const struct lkt_opts *opts);

/* Nobody's answers yet. The state grows in `a`, with the number of different items. */
struct lkt_person *lkt_person_new(struct arena *a);

/* Begin with another person, in the same memory. */
void lkt_person_reset(struct lkt_person *p);

/* The probability, strictly between 0 and 1, that this answer will be right (or the
 * share that is to be expected), from the answers that were given to lkt_update. Of
 * `next` only item, skill and at_s are read. Numbers that the model does not know are
 * taken for an average item or skill; they may be larger than those of the fit, and -1.
 */
double lkt_predict(const struct lkt_model *m, struct lkt_person *p,
                   const struct answer *next);

/* Take in one answer. Answers come in the order in which they were given. */
void lkt_update(const struct lkt_model *m, struct lkt_person *p,
                const struct answer *given);

/* What a prediction is made of. */
enum lkt_part {
    LKT_ITEM,       /* how hard this item is */
    LKT_SKILL,      /* how hard its skill is */
    LKT_BEFORE,     /* what came just before it */
    LKT_OVERALL,    /* how the person does overall */
    LKT_RECENT,     /* how the last answers went */
    LKT_SAME_SKILL, /* how the person did on this skill */
    LKT_SAME_ITEM,  /* how the person did on this very item */
    LKT_TIME,       /* pauses: how long ago, how far into a sitting */
    LKT_PARTS
};

struct lkt_why {
    enum lkt_part part;
    double log_odds; /* more (or less) than on average in the data of the fit */
};

/* All parts, the largest first. Their sum and lkt_usual are the log-odds of
 * lkt_predict.
 */
void lkt_why(const struct lkt_model *m, struct lkt_person *p, const struct answer *next,
             struct lkt_why out[LKT_PARTS]);
double lkt_usual(const struct lkt_model *m);

/* "item", "skill", "before" ... */
const char *lkt_part_name(enum lkt_part part);

/* The codes behind the numbers of a model. */
struct lkt_codes {
    const struct str *items, *skills, *q_skills; /* q_skills NULL: skills are q-skills */
    size_t item_n, skill_n, q_skill_n;
};

/* The model as text, and back; a model that was read predicts the same bits. Codes must
 * be UTF-8 without control characters. ERR_INPUT names line and reason. */
struct str lkt_write(struct arena *a, const struct lkt_model *m,
                     const struct lkt_codes *codes);
#define LKT_BYTES_MAX ((size_t)32 << 20)
struct lkt_model *lkt_read(struct arena *a, struct str text, struct lkt_codes *codes,
                           struct err *e);

#endif
