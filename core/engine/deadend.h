/* deadend.h: can every target still be reached, whatever a student does?
 *
 * The transition system. A STATE is what the engine knows of one person: the mastery of
 * each skill (mastery.h), which skills and activities are open to them, how many attempts
 * each activity has left, and which skills were mastered at some time. It begins with
 * nothing known. A MOVE is one attempt, on the same day as the last or on a later one, at
 * an activity that is open and has an attempt left, with any share on any question. What
 * is OPEN: a skill when its hard prerequisites and the unlock rules about it are met at
 * one moment; an activity when it is visible and not over, the unlock rules about it are
 * met, one of the skills that it tells about is open, and where the LMS holds it behind
 * units (locks) one of these has the percentage. What opened stays open, attempts only go
 * down, what was once mastered stays noted; everything else may go both ways. Decisions
 * of people are no moves: nobody is counted on to rescue, and nobody shuts.
 *
 * A target is SAFE when from every reachable state some further moves lead to a state
 * where it holds. Unlock rules have no negation, and a right answer never lowers p; so
 * the worst state is the one where everything that can be opened was opened by way of
 * skills that can always be won back, and every activity with a limit then spent without
 * a right answer, on one day (supply.h). The targets are safe when they can be reached
 * from there: one least fixpoint over skills, rules and activities, a few passes in the
 * order of the map. SOUND is a proof. What is FOUND was run against the engine before
 * it is told (deadend_run.h). UNSURE: no proof, and the counter-example did not stand
 * up; that happens where one grade tells about several skills as a whole, where answers
 * that are all wrong lead to "mastered", or where running it is too much work (thousands
 * of skills with scores of needs each).
 *
 * Dates that lie ahead count as if there were time enough; deadend_late looks at them. */
#ifndef WAYMARK_ENGINE_DEADEND_H
#define WAYMARK_ENGINE_DEADEND_H

#include "engine/supply.h"
#include "engine/unlock.h"

/* The LMS opens this activity when so many of the skills were mastered at some time. */
struct deadend_lock {
    int64_t activity_id;
    const int32_t *skills;
    size_t skill_n;
    int32_t percent;
};

struct deadend_in {
    const struct skill_map *map; /* linked */
    const struct course_activity *activities;
    size_t activity_n;
    const struct tie *ties;
    size_t tie_n;
    const struct deadend_lock *locks; /* several about one activity: any of them */
    size_t lock_n;
    int64_t as_of_ms;
    bool assume; /* what is tied to a skill too little for a proof will come (supply.h) */
};

enum deadend_verdict { DEADEND_SOUND, DEADEND_FOUND, DEADEND_UNSURE };

enum deadend_kind {
    DEADEND_MASTERS, /* answers right in what tells about a skill until it is mastered */
    DEADEND_FAILS,   /* uses up an activity without a right answer, on one day */
    DEADEND_ANSWERS  /* one attempt, right in the questions whose bits are set in `tries`
                        (deadend_run alone: for whoever wants to try everything) */
};

#define DEADEND_NEXT_DAY (1 << 30) /* a bit beside those of the questions */

struct deadend_step {
    enum deadend_kind kind;
    int32_t what;  /* skill, or index of the activity */
    int32_t tries; /* of DEADEND_FAILS */
};

enum deadend_cause {
    DEADEND_LOCKED,  /* waits for the one before it */
    DEADEND_SPENT,   /* no attempts are left in what could prove it */
    DEADEND_NOTHING, /* nothing that is tied to it can prove it */
    DEADEND_TOO_FEW, /* what is tied to it gives too few proofs, or on too few days */
    DEADEND_RULE     /* a rule about it can never be met */
};

/* From what goes wrong first to the target. */
struct deadend_link {
    int32_t skill;
    enum deadend_cause cause;
    int32_t rule; /* of DEADEND_RULE, index; or -1 */
};

struct deadend {
    enum deadend_verdict verdict;
    struct skill_goal *lost; /* targets that are not safe */
    size_t lost_n;
    size_t goal_n;          /* targets that were looked at: of all paths */
    struct skill_goal goal; /* the one that the counter-example is about */
    struct deadend_step *steps;
    size_t step_n;
    bool shortest; /* no counter-example about it has fewer steps; else it is merely one
                      of which nothing can be left out */
    struct deadend_link *links;
    size_t link_n;
};

/* Prove, or find. Polynomial but for `shortest`, which is looked for within a budget. */
void deadend_prove(struct arena *a, const struct deadend_in *in, struct deadend *out);

/* The counter-example in words: "fails Check 3 twice -> no attempts are left: Ratios can
 * never be proved -> Proportions stays locked for good". */
struct str deadend_words(struct arena *a, const struct deadend_in *in,
                         const struct deadend *d);

/* A target that can be reached now and not any more after a date, by whoever has shown
 * nothing until then, because too much of what could prove it is over. */
struct deadend_late {
    struct skill_goal goal;
    int64_t after_ms;
};
size_t deadend_late(struct arena *a, const struct deadend_in *in,
                    struct deadend_late **out);

/* Targets that nobody could reach, however well they do: as things stand at as_of. */
size_t deadend_today(struct arena *a, const struct deadend_in *in,
                     const struct skill_goal **out);

/* Is the activity of any use at as_of: visible, not over, and open at some time? */
bool deadend_usable(const struct course_activity *act, int64_t as_of_ms);

#endif
