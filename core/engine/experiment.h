/* experiment.h: a fair comparison, from its plan to its last look.
 *
 * Pure arithmetic: what is asked is fixed before anything starts (a registration that
 * cannot change), how many are needed follows from it, who gets what follows from a key,
 * and how often one may look is paid for (sequential.h). An answer is "not enough data"
 * until it is something else. */
#ifndef WAYMARK_ENGINE_EXPERIMENT_H
#define WAYMARK_ENGINE_EXPERIMENT_H

#include "engine/sequential.h"

#include "base/err.h"
#include "base/str.h"

#define EXPERIMENT_ARMS 4
#define EXPERIMENT_WEIGHT 10   /* the largest weight of an arm */
#define EXPERIMENT_LEAST 10    /* units of an arm below which nothing is said */
#define EXPERIMENT_POWER 0.8   /* the least power that may be planned */
#define EXPERIMENT_MIXED 0.001 /* sizes of the arms less likely than this: broken */
#define EXPERIMENT_APART 0.25  /* standardised difference that is worth a word */

enum experiment_unit { EXPERIMENT_PERSON, EXPERIMENT_COURSE };

/* What counts: a mean, or the share of units with a yes. */
enum experiment_kind { EXPERIMENT_MEAN, EXPERIMENT_SHARE };

struct experiment_arm {
    struct str code;
    struct str setting; /* a name from the closed list of what may differ */
    int32_t weight;     /* how many of its kind in a block */
};

/* A registration. The first arm is what is usual: the others are compared with it, and
 * who opts out gets it. */
struct experiment_plan {
    struct str code, question, purpose;
    enum experiment_unit unit;
    struct experiment_arm arms[EXPERIMENT_ARMS];
    int32_t arm_n;
    struct str metric;
    enum experiment_kind kind;
    int32_t days;            /* what is measured is measured so long after the start */
    bool higher;             /* is more of it better? */
    double effect;           /* the least difference worth knowing, > 0 */
    double base;             /* EXPERIMENT_SHARE: the share in the usual arm */
    double sd;               /* EXPERIMENT_MEAN: of single persons */
    int32_t cluster_n;       /* persons in a unit of courses */
    double icc;              /* how alike they are, 0 to 1 */
    double alpha, power;     /* two-sided */
    struct sequential looks; /* n and at: shares of the units whose outcome is known */
    int64_t ends_ms;         /* the last look is due */
    bool opt_in;             /* only who says yes; else all but who says no */
    bool bandit;             /* shares of the arms follow what helped */
    double floor;            /* then: the least share of an arm */
};

struct experiment_need {
    int64_t units;                /* of all arms together */
    int64_t arm[EXPERIMENT_ARMS]; /* of each */
    double inflation;             /* what looking early costs: 1 = nothing */
    double design;                /* what alikeness within a course costs: 1 = nothing */
};

/* How many units it takes to find the least effect with the planned power. */
void experiment_size(struct arena *scratch, const struct experiment_plan *p,
                     struct experiment_need *out);

/* The power that so many units give, looks and design taken into account. */
double experiment_power(struct arena *scratch, const struct experiment_plan *p,
                        int64_t units);

/* May it start with so many units? 0, or -1 with ERR_DENIED and the numbers in words. */
int experiment_may_start(struct arena *scratch, const struct experiment_plan *p,
                         int64_t units, struct err *e);

/* Where a unit stands in the order of dealing: sort a batch by it. */
uint64_t experiment_key(uint64_t seed, int64_t unit);

/* The arm of the unit that is number `place` (from 0) of its stratum: blocks that hold
 * each arm by its weight, each block shuffled by the key (permuted blocks; Pocock 1979,
 * Biometrics 35:183). */
int32_t experiment_assign(const struct experiment_plan *p, uint64_t seed, int64_t stratum,
                          int64_t place);

/* A unit in a look. */
struct experiment_row {
    int32_t arm;
    bool known;      /* is the outcome in? */
    double value;    /* 0 or 1 when a share counts */
    double baseline; /* before the start */
};

struct experiment_balance {
    int64_t n[EXPERIMENT_ARMS];
    double chi2, p;                /* sizes of the arms against their weights */
    double apart[EXPERIMENT_ARMS]; /* standardised difference to the usual arm */
    bool broken;                   /* p below EXPERIMENT_MIXED: no result may be read */
    bool uneven;                   /* an arm is EXPERIMENT_APART or more away */
};

/* Sample-ratio mismatch and baselines (Austin 2009, Statist. Med. 28:3083). */
void experiment_check(const struct experiment_plan *p, const struct experiment_row *rows,
                      size_t n, struct experiment_balance *out);

enum experiment_word {
    EXPERIMENT_TOO_LITTLE, /* not enough data: the answer until there is another */
    EXPERIMENT_GO_ON,      /* no boundary passed, and looks are left */
    EXPERIMENT_BETTER,     /* an arm is better than the usual one */
    EXPERIMENT_WORSE,      /* an arm is worse: stop */
    EXPERIMENT_NO_SIGN,    /* the last look passed without a sign of a difference */
    EXPERIMENT_BROKEN      /* the arms' sizes cannot be chance */
};

/* An arm against the usual one. */
struct experiment_result {
    int64_t n;
    double mean;
    double difference, low, high; /* repeated confidence interval at 1 - alpha */
    double z;                     /* the deviate that the bound is compared with */
    enum experiment_word word;
};

struct experiment_look {
    int32_t number;   /* 1 = the first */
    double at, bound; /* information and what |z| must pass */
    bool last;
    struct experiment_balance balance;
    struct experiment_result arms[EXPERIMENT_ARMS]; /* [0]: n and mean alone */
    enum experiment_word word;                      /* of all together */
};

/* A look at the data. `done` are the looks before (n and at; bounds are worked out again,
 * the same each time); `units` is how many were planned; `last`: the end date is here, or
 * it is the last of the plan. Arms are compared by Welch's t turned into a normal
 * deviate, each at alpha / (arms - 1); with units of courses the values are the courses'
 * means. */
void experiment_look(struct arena *scratch, const struct experiment_plan *p,
                     const struct sequential *done, int64_t units, bool last,
                     const struct experiment_row *rows, size_t n,
                     struct experiment_look *out);

/* "not_enough_data", "go_on", "better", "worse", "no_sign", "broken". */
const char *experiment_word_name(enum experiment_word word);

#endif
