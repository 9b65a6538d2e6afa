/* expdoc.h: the registration of an experiment as a JSON document. Strict: a member that
 * is not known, missing or out of its range is an error that names it.
 *
 *   format     "waymark-experiment/1"
 *   code       short name;  question, purpose: sentences for people
 *   unit       "person" or "course" (then cluster_n and icc)
 *   arms       2 to 4 of {"code", "setting", "weight"}; the first is what is usual
 *   metric     see expdoc_metrics;  days: when it is measured;  better: "higher" (if not
 *              said) or "lower"
 *   effect     the least difference worth knowing;  base or sd: what to expect
 *   alpha, power   two-sided; power .8 at least
 *   looks      shares of the outcomes, ascending, the last is 1
 *   ends       date of the last look, YYYY-MM-DD (the end of that day, UTC)
 *   consent    "opt_out" or "opt_in"
 *   bandit     true: shares follow what helped;  floor: the least share, .1 or more */
#ifndef WAYMARK_ENGINE_EXPDOC_H
#define WAYMARK_ENGINE_EXPDOC_H

#include "engine/experiment.h"

#define EXPDOC_FORMAT "waymark-experiment/1"
#define EXPDOC_MAX_BYTES 20000
#define EXPDOC_FLOOR 0.1 /* the least floor of a bandit's arm */

/* What can be measured. Outcomes, never clicks. */
struct expdoc_metric {
    const char *code;
    enum experiment_kind kind;
    const char *words;
};
extern const struct expdoc_metric expdoc_metrics[];
extern const size_t expdoc_metrics_n;

/* What may differ between arms: the closed list of this version. Everything in it keeps
 * the recommender's own promises (no mastered skill, no missing hard prerequisite). */
struct expdoc_setting {
    const char *code;
    const char *words;
};
extern const struct expdoc_setting expdoc_settings[];
extern const size_t expdoc_settings_n;

/* The plan in a document; texts stay in the arena. NULL with ERR_INPUT, in words. */
struct experiment_plan *expdoc_read(struct arena *a, struct str json, struct err *e);

#endif
