/* flipset.h: what would change each state of one person, seen to do so.
 *
 * Every change is applied to a copy of the person's evidence, and engine_person must show
 * the flip there; else it is not handed out. Changes that cannot touch each other (no row
 * of one tells about a skill of the other) and that are read at the same moment share a
 * run: a skill's state depends on the rows that tell about it and on the time alone, so
 * each comes out as it would by itself. */
#ifndef WAYMARK_ENGINE_FLIPSET_H
#define WAYMARK_ENGINE_FLIPSET_H

#include "engine/flip.h"

/* What is kept of one skill. Not found: nothing to say. */
struct flipset_skill {
    struct flip mastered; /* by new rows: what somebody can do */
    struct flip open;     /* for a lock, by new rows */
};

struct flipset {
    struct flipset_skill *skills; /* by ord */
    struct flip *flags;           /* as out->flags, by new rows */
    size_t runs;                  /* of the engine, to see the changes of skills */
    size_t refused; /* changes that the engine did not show: 0, or the search is wrong */
};

/* `see`: as said above. Without it the changes are found in the same way and not seen to
 * work again: for a replay, which compares them with those that were. */
void flipset_all(struct flip_person *p, bool see, struct flipset *out);

/* What is worked out for somebody who looks at one skill. */
struct flipset_more {
    struct flip next; /* where the next word is not "mastered": by new rows */
    struct flip less; /* where other scores would master it with less */
    struct flip down; /* what would lower it */
    struct flip open; /* where other scores would open the lock with less */
    size_t refused;
};

void flipset_skill(struct flip_person *p, int32_t skill, struct flipset_more *out);

/* A flag, with another score allowed: found only when that does it with less. */
struct flip flipset_flag(struct flip_person *p, size_t flag);

/* Does engine_person show the flip of this one change? `index`: the skill (FLIP_GONE: of
 * the recommendation), or with `flag` the index in out->flags. */
bool flipset_shows(struct arena *a, const struct flip_person *p, const struct flip *f,
                   bool flag, int32_t index);

/* A change as a JSON object; {} when there is none:
 *   "to"    the word, "open" or "gone"      "rows"  new and changed rows
 *   "add"   [{"activity", "item", "n", "share", "skill", "kind"}]: n new results there of
 *           so many percent; "skill" only where it is not `skill` itself; no activity:
 *           the teacher's judgement of the skill, or a visit; "kind" only without a
 *           score: "visit", "handed_in"
 *   "first", "days"  the day of the first new row (0: now), and on how many they lie
 *   "edit"  [{"id", "was"}], "share": counted rows with their share so far, and what it
 *           would be, percent; absent: none
 *   "perhaps" true: a smaller change may do as well (fliplock.h) */
struct str flipset_json(struct arena *a, const struct skill_map *m, const struct flip *f,
                        int32_t skill);

#endif
