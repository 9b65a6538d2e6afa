/* mastery.h: how likely it is that a person has a skill, by Bayesian knowledge tracing.
 *
 * Corbett & Anderson 1995, "Knowledge tracing: modeling the acquisition of procedural
 * knowledge", UMUAI 4:253-278; score shares and weights enter as powers of the likelihood
 * (README.md has the equations). Rows are added in the engine's order; adding them one by
 * one or all at once is the same computation, so it gives the same bytes. */
#ifndef WAYMARK_ENGINE_MASTERY_H
#define WAYMARK_ENGINE_MASTERY_H

#include "engine/evidence.h"
#include "engine/skill.h"

enum mastery_word {
    MASTERY_NONE, /* no evidence yet */
    MASTERY_LEARNING,
    MASTERY_ALMOST,
    MASTERY_MASTERED,
    MASTERY_REVIEW /* was mastered; a proof is due again */
};

/* A row that counts below this weight moves p but is no proof towards min_rows and
 * min_days. */
#define MASTERY_PROOF_WEIGHT 0.5

/* What is known about one person and skill after some rows. */
struct mastery {
    double p;
    double weight_sum;
    int64_t last_ms;  /* newest row, or 0 */
    int64_t proof_ms; /* newest row that is a proof, or 0 */
    int64_t proof_day;
    int32_t proof_n;
    int32_t day_n; /* different days with a proof */
    bool was_mastered;
};

/* What is shown of it at one moment. */
struct mastery_view {
    double p;
    double p_low, p_high; /* 90 % interval, by spread.h; mastery_read knows p alone */
    enum mastery_word word;
};

/* One scored row on one skill. */
struct mastery_obs {
    int64_t at_ms;
    double share;      /* 0 to 1 */
    double weight;     /* row x tie x kind; 0 leaves everything as it was */
    enum ev_kind kind; /* a judgement tells without teaching (no learning step) */
};

struct mastery_rule {
    struct skill_bkt bkt;
    struct skill_limits limits;
    int32_t tz_min; /* minutes east of UTC where the student's day begins at midnight */
};

void mastery_start(const struct mastery_rule *r, struct mastery *m);

/* Take in one row; at_ms must not go back. */
void mastery_add(const struct mastery_rule *r, struct mastery *m,
                 const struct mastery_obs *o);

/* p and the word at as_of_ms. */
struct mastery_view mastery_read(const struct mastery_rule *r, const struct mastery *m,
                                 int64_t as_of_ms);

/* The least number of right answers from as_of_ms on that makes it "mastered", and on how
 * many different days they must lie at least: 0 when it is, -1 when 20 are not enough.
 * Found by replay, not by a formula. */
int32_t mastery_needed(const struct mastery_rule *r, const struct mastery *m,
                       int64_t as_of_ms, int32_t *days);

/* Weight of a kind: answers, attempts, grades and judgements 1; completion and access 0
 * (completion alone masters nothing); self-reports 0 too: they are shown and never
 * decide. */
double mastery_kind_weight(enum ev_kind kind);

/* Does the word open what needs the skill? mastered and review do. */
bool mastery_holds(enum mastery_word word);

/* Is a level of the map reached (SKILL_MASTERED: mastery_holds)? Something must be known
 * and p be high enough; up to the threshold of "mastered" the word alone will do, and
 * from there on the word is needed as well. */
bool mastery_reaches(const struct skill_map *m, int32_t level, enum mastery_word word,
                     double p);

/* "none", "learning", "almost", "mastered", "review". */
const char *mastery_word_name(enum mastery_word word);
bool mastery_word_from(struct str name, enum mastery_word *out);

#endif
