/* offer.h: how a recommendation ended: taken, swapped or ignored, and what came next.
 *
 * An offer is one skill shown to one person for a week from the first time that it was
 * seen: however often the page was opened meanwhile, it is one offer. When the week is
 * over, and two days more for results that arrive late, it closes once and for all:
 *   taken    within the week a result told about the skill, or the activity that was
 * shown
 *            was opened or completed
 *   swapped  not that, but the person asked for something else, did another thing that
 * was
 *            offered, or got a result on another skill
 *   ignored  nothing of it
 * What came next: the first result on the skill within the week, and mastery before and
 * after, both as all that is known by now tells them (a result that arrived late counts
 * when it happened). */
#ifndef WAYMARK_ENGINE_OFFER_H
#define WAYMARK_ENGINE_OFFER_H

#include "engine/engine.h"

#define OFFER_WEEK_MS (INT64_C(7) * 24 * 3600 * 1000)
#define OFFER_GRACE_MS (INT64_C(2) * 24 * 3600 * 1000)

/* One line of what was shown at one view. */
struct offer_shown {
    int64_t exposure_id;
    int64_t at_ms;
    struct str skill;    /* code of its day: what makes views one offer */
    int32_t ord;         /* in the map in force, or -1: it has no such skill any more */
    int64_t activity_id; /* or 0 */
    int64_t rank;
    double propensity;
    struct str reason; /* empty: not noted then */
    double arm_share;  /* with which probability it was that arm; 1 without one */
    struct str arm;    /* EXPERIMENT/ARM, or empty */
};

/* The newest offer of a skill that closed before. */
struct offer_last {
    struct str skill;
    int64_t first_ms;
};

struct offer_in {
    const struct offer_shown *shown; /* of one person, by at_ms */
    size_t shown_n;
    const struct offer_last *last; /* any order */
    size_t last_n;
    const struct ev *evidence; /* all the person's rows, any order */
    size_t evidence_n;
    const struct engine_decision *decisions; /* "swap" (subject: skill) counts */
    size_t decision_n;
    int64_t now_ms;
};

enum offer_fate { OFFER_TAKEN, OFFER_SWAPPED, OFFER_IGNORED };

struct offer {
    struct offer_shown first; /* the first view */
    int64_t last_ms;          /* the last one */
    int64_t views;
    enum offer_fate fate;
    int64_t by_id; /* the row that says so, or 0 */
    int64_t by_ms; /* when, or 0 */
    bool has_p;    /* the skill is in the map */
    double p_before, p_after;
    int64_t next_id; /* first result on the skill, or 0 */
    int64_t next_ms;
    double next_share;
};

/* The offers that are over and did not close before, by first view. Returns how many. */
size_t offer_work(struct arena *a, const struct engine_course *c,
                  const struct offer_in *in, struct offer **out);

/* "taken", "swapped", "ignored". */
const char *offer_fate_name(enum offer_fate fate);

#endif
