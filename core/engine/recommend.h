/* recommend.h: what to do next, and why.
 *
 * Candidates are open skills that are not mastered, and skills whose review is due.
 * Nothing mastered, nothing behind a missing hard prerequisite. At least one slot in five
 * is new territory or a choice. The same input and seed give the same bytes. */
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
     * missing "target_steps"                    steps to the nearest goal */
    struct str facts;
    const int64_t *ids; /* evidence, oldest first */
    size_t id_n;
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
};

struct recommend_in {
    const struct skill_map *map;
    const struct recommend_skill *skills; /* by ord */
    const struct progress *progress;
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
    size_t slots; /* how many at most */
};

/* Returns how many picks; 0 only when everything open is mastered and no review is due.
 */
size_t recommend_work(struct arena *a, const struct recommend_in *in,
                      struct recommend_pick **out);

/* "start", "new", "continue", "almost", "review". */
const char *recommend_reason_name(enum recommend_reason reason);

#endif
