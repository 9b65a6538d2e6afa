/* supply.h: what evidence the activities of a course can give about each skill, and
 * whether it is enough for a level or for the word "mastered" (mastery.h, by running it).
 *
 * An attempt at an activity gives one row for each question that is tied to a skill, or
 * one for the whole; a question that tells about two skills gives each a row of the same
 * share. Three kinds:
 *   endless  as often as one likes, and each attempt counts
 *   few      attempts_max attempts, and each counts
 *   last     the newest result alone counts (a grade), with or without a limit
 * An activity is spent when its attempts are used up with no right answer, all on one
 * day: the worst that can happen to it. */
#ifndef WAYMARK_ENGINE_SUPPLY_H
#define WAYMARK_ENGINE_SUPPLY_H

#include "engine/mastery.h"

/* One attempt at an activity gives `rows` rows of this weight about the skill. */
struct supply_part {
    int32_t activity; /* index */
    int32_t skill;
    double weight;
    int32_t rows;
    bool lifts; /* right answers alone lift p to "mastered" */
};

struct supply {
    const struct skill_map *map;
    const struct course_activity *activities;
    size_t activity_n;
    struct supply_part *parts; /* by skill, then activity */
    size_t *from;              /* skill_n + 1 */
    struct supply_part *tells; /* the same by activity, then skill */
    size_t *tells_from;        /* activity_n + 1 */
};

/* `ties` of activities by their ids; those of weight 0 prove nothing and are left out. A
 * skill that these cannot prove, even if all goes well, gets an endless one, made up,
 * when `assume`: as if a teacher would yet tie something to it. */
struct supply *supply_new(struct arena *a, const struct skill_map *m,
                          const struct course_activity *activities, size_t activity_n,
                          const struct tie *ties, size_t tie_n, bool assume);

/* How things stand with the activities, by index. */
struct supply_world {
    const bool *open;
    const bool *spent; /* NULL: none */
};

/* Can the skill still be brought to the level (or SKILL_MASTERED), whatever the answers
 * were so far? True is certain; false may be too careful where the rows of one skill have
 * different weights, or where forgetting is on. */
bool supply_can(const struct supply *s, const struct supply_world *w, int32_t skill,
                int32_t level);

/* Can so many proofs on so many days come together? */
bool supply_rows(const struct supply *s, const struct supply_world *w, int32_t skill,
                 int32_t rows, int32_t days);

/* How many proofs more, right ones, each on a day of its own, the skill would need for
 * "mastered" if everything that is tied to it were open and answered right: 0 when it
 * can be said, -1 when no number will do. */
int32_t supply_short(const struct supply *s, int32_t skill);

/* May it be tried without end? Does it use up? */
bool supply_endless(const struct course_activity *a);
bool supply_limited(const struct course_activity *a);

#endif
