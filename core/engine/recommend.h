/* recommend.h: what to do next, and why.
 *
 * Candidates are open skills that are not mastered, and skills whose review is due.
 * Nothing mastered, nothing behind a missing hard prerequisite. Four scorers (scorer.h),
 * blended by weights, put them in order. At least one slot in five is new territory or a
 * choice. The same input and seed give the same bytes. */
#ifndef WAYMARK_ENGINE_RECOMMEND_H
#define WAYMARK_ENGINE_RECOMMEND_H

#include "engine/count.h"
#include "engine/mastery.h"
#include "engine/progress.h"

enum recommend_reason {
    RECOMMEND_START,    /* an entry skill, nothing is known yet */
    RECOMMEND_NEW,      /* open now, not tried yet */
    RECOMMEND_CONTINUE, /* tried, not there yet */
    RECOMMEND_ALMOST,   /* nearly there: needs a proof or two */
    RECOMMEND_REVIEW    /* was mastered; a proof is due */
};

enum recommend_scorer {
    RECOMMEND_CONTENT,
    RECOMMEND_PREREQUISITE,
    RECOMMEND_COLLABORATIVE,
    RECOMMEND_BANDIT,
    RECOMMEND_SCORERS
};

struct recommend_weights {
    double w[RECOMMEND_SCORERS];
};

/* What leads in an arm of an experiment (expdoc.h, settings). */
enum recommend_lead {
    RECOMMEND_USUAL,
    RECOMMEND_LEAD_CONTENT,
    RECOMMEND_LEAD_PREREQUISITE,
    RECOMMEND_LEAD_COLLABORATIVE,
    RECOMMEND_LEAD_VARIETY
};

#define RECOMMEND_ARMS 8
#define RECOMMEND_FIRST 3 /* of the list; a page may show these alone */

/* An approved experiment that this person is in: which arm it is, and how likely each arm
 * was (bandit_shares, or the shares of the plan; they sum to 1). */
struct recommend_trial {
    int32_t arm_n;
    enum recommend_lead lead[RECOMMEND_ARMS];
    double share[RECOMMEND_ARMS];
    int32_t arm;
};

struct recommend_pick {
    int32_t skill;
    int64_t activity_id; /* to open, or 0 when none fits */
    enum recommend_reason reason;
    bool choice;  /* the slot kept for new territory or choice */
    double score; /* higher first */
    /* JSON object for the sentence; absent members are unknown:
     *   "got", "of", "at_ms", "activity"  the newest result that told about this skill
     *                                     (questions for answers, points otherwise)
     *   "rows", "days"                    proofs so far
     *   "right_needed", "days_needed"     what would change it: so many right answers, on
     * so many different days (verified by replay) "opens", "opens_missing"          code
     * of the skill that this one is needed for, and how many of that skill's needs are
     * missing "target_steps"                    steps to the nearest goal
     * "scaffold_for"  code of a skill that failed twice in a row: this comes before it
     * "failed"        results on this skill in a row that were not enough: 2 and more */
    struct str facts;
    const int64_t *ids; /* evidence, oldest first */
    size_t id_n;
    double
        propensity; /* how likely this person was to be shown this: 1 without a trial */
    double propensity_first; /* ... among the first RECOMMEND_FIRST */
    double parts[RECOMMEND_SCORERS]; /* weight x score of each; `score` is their sum */
};

/* One skill of one person, as recommend_work wants it. */
struct recommend_skill {
    struct mastery state;
    struct mastery_view view;
    const int64_t *ids; /* evidence rows that told about it, oldest first */
    size_t id_n;
    /* the newest result on it */
    bool has_result;
    double got, of;
    int64_t result_ms;
    int64_t result_activity;
    int32_t failed;   /* newest results in a row below RECOMMEND_PASS */
    int64_t first_ms; /* of its oldest row, or 0 */
};

#define RECOMMEND_PASS 0.6 /* of the maximum: less has not gone well */

struct transit_model;

struct recommend_in {
    const struct skill_map *map;
    const struct recommend_skill *skills; /* by ord */
    const struct progress *progress;
    const bool *shut;       /* by activity: an unlock rule keeps it shut; NULL: none */
    const int32_t *targets; /* the map's, or the person's own goals */
    size_t target_n;
    const struct course_activity *activities; /* sorted by id */
    size_t activity_n;
    const struct tie *ties; /* sorted by skill, then activity id */
    size_t tie_n;
    const struct counted *counted; /* what was done already */
    int32_t tz_min;
    int64_t as_of_ms;
    uint64_t seed;
    size_t slots;          /* how many at most */
    const double *p_right; /* by ord, of a right answer now; below 0 or NULL: not known */
    const struct transit_model *transit;     /* items are ords; or NULL */
    const struct recommend_weights *weights; /* NULL: the usual */
    const struct recommend_trial *trial;     /* NULL: no experiment */
    const bool *later; /* by ord: swapped away for now; or NULL */
    struct str format; /* kind of activity that the person would rather have; or empty */
};

/* Returns how many picks; 0 only when everything open is mastered and no review is due.
 */
size_t recommend_work(struct arena *a, const struct recommend_in *in,
                      struct recommend_pick **out);

/* What a list is made of (FEATURES 32, 33). */
struct recommend_shares {
    size_t slots;
    size_t fresh; /* new territory, or a slot kept for choice */
    size_t below; /* behind the person: something that holds already requires it */
};

void recommend_audit(struct arena *a, const struct skill_map *m,
                     const enum mastery_word *words, const struct recommend_pick *picks,
                     size_t n, struct recommend_shares *out);

/* "start", "new", "continue", "almost", "review". */
const char *recommend_reason_name(enum recommend_reason reason);

#endif
